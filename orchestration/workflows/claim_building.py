"""From an encounter and its charges to the typed claim that goes to the payer: 837P or 837I."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.formats.x12 import (
    ClaimLine,
    Diagnosis,
    InstitutionalClaim,
    LineAdjudication,
    Procedure,
    ProfessionalClaim,
)
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import Crosswalk
from hub.records.models import Charge, Claim, ClaimForm, Coding, Encounter
from orchestration.workflows.claim_coverage import decided_before
from orchestration.workflows.claim_heads import Bill, head, line_number, line_units, provider
from orchestration.workflows.claim_institutional import institutional

#: An 837P claim carries at most this many diagnoses, and a line points at four of them.
_MOST_DIAGNOSES = 12
_MOST_POINTERS = 4
_INPATIENT_PLACES = frozenset({"21", "51", "61"})


def build(claim: Claim, encounter: Encounter, charges: Sequence[Charge]) -> ProfessionalClaim | InstitutionalClaim:
    """The claim that goes to the payer. Raises BusinessRefusal naming what is missing, never its value."""
    coding = Coding.objects.filter(journey_id=claim.journey_id).order_by("-completed_at").first()
    bill = Bill(claim=claim, encounter=encounter, charges=charges, crosswalk=snapshot(), coding=coding)
    lines: Sequence[tuple[LineAdjudication, ...]] = [() for _ in charges]
    if claim.follows is not None:
        bill, lines = decided_before(bill, claim.follows)
    if claim.form == ClaimForm.INSTITUTIONAL:
        return institutional(bill, lines)
    return _professional(bill, lines)


def _professional(bill: Bill, adjudications: Sequence[tuple[LineAdjudication, ...]]) -> ProfessionalClaim:
    encounter = bill.encounter
    codes = bill.diagnoses[:_MOST_DIAGNOSES]
    places = {code: number for number, code in enumerate(codes, 1)}
    place = _place_of_service(bill.crosswalk, encounter)
    return ProfessionalClaim(
        **head(bill),
        diagnoses=tuple(
            Diagnosis(code.replace(".", ""), "ABF" if index else "ABK") for index, code in enumerate(codes)
        ),
        lines=tuple(
            _line(charge, [places[code] for code in own if code in places], place, decided)
            for charge, own, decided in zip(bill.charges, bill.line_diagnoses, adjudications, strict=True)
        ),
        place_of_service=place,
        rendering=provider(bill.crosswalk, encounter.provider or bill.charges[0].provider),
        admission_date=bill.days[0] if place in _INPATIENT_PLACES else None,
    )


def _place_of_service(crosswalk: Crosswalk, encounter: Encounter) -> str:
    if encounter.location:
        return crosswalk.location(encounter.location).place_of_service
    if crosswalk.facility(encounter.facility).kind == "clinic":
        return "11"
    return {"I": "21", "E": "23"}.get(encounter.encounter_class, "22")


def _line(charge: Charge, pointers: Sequence[int], place: str, decided: tuple[LineAdjudication, ...]) -> ClaimLine:
    return ClaimLine(
        procedure=Procedure("HC", charge.procedure_code, tuple(charge.modifiers)),
        charge=charge.amount,
        units=line_units(charge),
        service_date=charge.service_date,
        place_of_service=place,
        diagnosis_pointers=tuple(pointers[:_MOST_POINTERS]) or (1,),
        control_number=line_number(charge),
        adjudications=decided,
    )
