"""The segments that the 005010 guides demand of a claim and of whom it names, and that a claim read does not have.

Those of 004010 demand others and are read tolerantly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from connectors.formats.x12.claim_coverages import OpenCoverage, OpenDecision
from connectors.formats.x12.claim_entities import NOBODY, Entity
from connectors.formats.x12.claim_gathered import OpenClaim
from connectors.formats.x12.tokenizer import Segment

VERSION = "005010"
_PRINCIPAL = frozenset({"ABK", "BK"})


class Lacking(NamedTuple):
    """A segment that is not there: `where` is what it should have followed or stood before."""

    where: Segment
    segment_id: str
    loop: str
    what: str


def lacking_above(clm: Segment, levels: Mapping[str, Entity], pat: Segment) -> Iterator[Lacking]:
    """What the levels over a claim lack."""
    billing = levels.get("2010AA", NOBODY)
    if billing is not NOBODY:
        yield from _address(clm, billing, "2010AA", "billing provider")
        if not {"EI", "SY"} & billing.references.keys():
            yield Lacking(clm, "REF", "2010AA", "REF*EI, the billing provider's tax number")
    patient = levels.get("2010CA", NOBODY)
    if patient is not NOBODY:
        yield from _address(clm, patient, "2010CA", "patient")
        if not pat.number:
            yield Lacking(clm, "PAT", "2000C", "PAT, the patient's relationship to the subscriber")
        if not patient.demographics.number:
            yield Lacking(clm, "DMG", "2010CA", "DMG, the patient's birth date")


def lacking_in(claim: OpenClaim) -> Iterator[Lacking]:
    """What a claim of either kind lacks, its lines left out."""
    if not any(parts[0] in _PRINCIPAL for parts in claim.codes):
        yield Lacking(claim.clm, "HI", "2300", "HI, the principal diagnosis, in the claim")
    for coverage in claim.coverages:
        yield from _coverage(coverage)


def lacking_in_line(decision: OpenDecision) -> Iterator[Lacking]:
    """What a line adjudication lacks."""
    if decision.paid_date is None:
        yield Lacking(decision.svd, "DTP", "2430", "DTP*573, the day of the decision, after this SVD")


def _coverage(coverage: OpenCoverage) -> Iterator[Lacking]:
    if not coverage.oi.number:
        yield Lacking(coverage.sbr, "OI", "2320", "OI after this SBR")
    if "IL" not in coverage.entities:
        yield Lacking(coverage.sbr, "NM1", "2330A", "NM1*IL, the other subscriber, after this SBR")
    if "PR" not in coverage.entities:
        yield Lacking(coverage.sbr, "NM1", "2330B", "NM1*PR, the other payer, after this SBR")


def _address(clm: Segment, who: Entity, loop: str, name: str) -> Iterator[Lacking]:
    found = {segment.id for segment in who.address}
    if "N3" not in found:
        yield Lacking(clm, "N3", loop, f"N3, the street of the {name}")
    if "N4" not in found:
        yield Lacking(clm, "N4", loop, f"N4, the city of the {name}")
