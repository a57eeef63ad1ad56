"""The people and organizations of an 837: gathered from an NM1 and what follows it, then turned into typed parts."""

from __future__ import annotations

from datetime import date

from connectors.formats.x12.claims import (
    BillingProvider,
    ClaimProvider,
    Patient,
    Payer,
    Receiver,
    Submitter,
    Subscriber,
)
from connectors.formats.x12.name_segments import party_address, read_contact
from connectors.formats.x12.parts import Address, Contact
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.values import day_value


class Entity:
    """An NM1 and the segments that belong to it."""

    __slots__ = ("address", "contact", "day", "demographics", "nm1", "references", "taxonomy")

    def __init__(self, nm1: Segment) -> None:
        self.nm1 = nm1
        self.address: list[Segment] = []
        self.references: dict[str, str] = {}
        self.contact = self.demographics = NO_SEGMENT
        self.taxonomy = ""
        self.day: date | None = None  # DTP of loop 2330B

    @property
    def place(self) -> Address | None:
        return party_address(self.address)

    @property
    def birth_date(self) -> date | None:
        return day_value(self.demographics.get(2))

    @property
    def gender(self) -> str:
        return self.demographics.get(3)


#: Stands for an entity that did not come.
NOBODY = Entity(NO_SEGMENT)


def submitter(found: Entity) -> Submitter:
    """Loop 1000A."""
    per = found.contact
    contact = read_contact(per) if per.number else Contact("IC")
    return Submitter(found.nm1.get(3), found.nm1.get(9), contact)


def receiver(found: Entity) -> Receiver:
    """Loop 1000B."""
    return Receiver(found.nm1.get(3), found.nm1.get(9))


def billing(found: Entity, taxonomy: str) -> BillingProvider:
    """Loop 2010AA; its taxonomy stands in a PRV of the level above."""
    get = found.nm1.get
    qualifier = "SY" if "SY" in found.references and "EI" not in found.references else "EI"
    return BillingProvider(
        name=get(3),
        first=get(4),
        npi=get(9),
        tax_id=found.references.get(qualifier, ""),
        tax_id_qualifier=qualifier,
        address=found.place or Address(),
        taxonomy=taxonomy,
    )


def subscriber(found: Entity, sbr: Segment) -> Subscriber:
    """Loop 2010BA and the SBR of its level."""
    get = found.nm1.get
    return Subscriber(
        last=get(3),
        first=get(4),
        middle=get(5),
        suffix=get(7),
        member_id=get(9),
        payer_responsibility=sbr.get(1),
        group_number=sbr.get(3),
        group_name=sbr.get(4),
        filing_indicator=sbr.get(9),
        insurance_type=sbr.get(5),
        address=found.place,
        birth_date=found.birth_date,
        gender=found.gender,
    )


def payer(found: Entity) -> Payer:
    """Loop 2010BB or 2330B."""
    get = found.nm1.get
    return Payer(name=get(3), identifier=get(9), id_qualifier=get(8))


def patient(found: Entity | None, pat: Segment) -> Patient | None:
    """Loop 2010CA and the PAT of its level; None where the subscriber is the patient."""
    if found is None:
        return None
    get = found.nm1.get
    return Patient(
        last=get(3),
        first=get(4),
        middle=get(5),
        suffix=get(7),
        relationship=pat.get(1),
        birth_date=found.birth_date,
        address=found.place,
        gender=found.gender,
    )


def provider(found: Entity | None) -> ClaimProvider | None:
    """A loop 2310 or 2420."""
    if found is None:
        return None
    get = found.nm1.get
    return ClaimProvider(
        last=get(3),
        first=get(4),
        middle=get(5),
        npi=get(9),
        taxonomy=found.taxonomy,
        address=found.place,
        person=get(2) != "2",
    )
