"""The people and organizations of an 837P: gathered from an NM1 and what follows it, then turned into typed parts."""

from __future__ import annotations

from datetime import date

from connectors.formats.x12.claims import BillingProvider, ClaimProvider, Patient, Payer, Subscriber
from connectors.formats.x12.name_segments import party_address
from connectors.formats.x12.parts import Address, Contact, Name
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.values import day_value


class Entity:
    """An NM1 and the segments that belong to it."""

    def __init__(self, name: Name) -> None:
        self.name = name
        self.address: list[Segment] = []
        self.references: dict[str, str] = {}
        self.contact: Contact | None = None
        self.demographics = NO_SEGMENT
        self.taxonomy = ""

    @property
    def place(self) -> Address | None:
        return party_address(self.address)

    @property
    def birth_date(self) -> date | None:
        return day_value(self.demographics.get(2))

    @property
    def gender(self) -> str:
        return self.demographics.get(3)


def billing(found: Entity | None, taxonomy: str) -> BillingProvider:
    """Loop 2010AA; its taxonomy stands in a PRV of the level above."""
    entity = found or Entity(Name("85"))
    qualifier = next((each for each in ("EI", "SY") if each in entity.references), "EI")
    return BillingProvider(
        name=entity.name.last,
        first=entity.name.first,
        npi=entity.name.id,
        tax_id=entity.references.get(qualifier, ""),
        tax_id_qualifier=qualifier,
        address=entity.place or Address(),
        taxonomy=taxonomy,
    )


def subscriber(found: Entity | None, sbr: Segment) -> Subscriber:
    """Loop 2010BA and the SBR of its level."""
    entity = found or Entity(Name("IL"))
    name = entity.name
    return Subscriber(
        last=name.last,
        first=name.first,
        middle=name.middle,
        suffix=name.suffix,
        member_id=name.id,
        payer_responsibility=sbr.get(1),
        group_number=sbr.get(3),
        group_name=sbr.get(4),
        filing_indicator=sbr.get(9),
        insurance_type=sbr.get(5),
        address=entity.place,
        birth_date=entity.birth_date,
        gender=entity.gender,
    )


def payer(found: Entity | None) -> Payer:
    """Loop 2010BB."""
    name = found.name if found else Name("PR")
    return Payer(name=name.last, identifier=name.id, id_qualifier=name.id_qualifier)


def patient(found: Entity | None, pat: Segment) -> Patient | None:
    """Loop 2010CA and the PAT of its level; None where the subscriber is the patient."""
    if found is None:
        return None
    name = found.name
    return Patient(
        last=name.last,
        first=name.first,
        middle=name.middle,
        suffix=name.suffix,
        relationship=pat.get(1),
        birth_date=found.birth_date,
        address=found.place,
        gender=found.gender,
    )


def provider(found: Entity | None) -> ClaimProvider | None:
    """A loop 2310."""
    if found is None:
        return None
    name = found.name
    return ClaimProvider(
        last=name.last,
        first=name.first,
        middle=name.middle,
        npi=name.id,
        taxonomy=found.taxonomy,
        address=found.place,
        person=name.person,
    )
