"""The people and organizations of an 837: gathered from an NM1 and what follows it, then turned into typed parts."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

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
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.values import day_value

_billing = sealed(BillingProvider)
_patient = sealed(Patient)
_payer = sealed(Payer)
_provider = sealed(ClaimProvider)
_subscriber = sealed(Subscriber)
#: Makes the last elements of a segment there to be named where the sender left them off.
_PAD = [""] * 10


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
        return self.demographics.get(3) or "U"


#: Stands for an entity that did not come.
NOBODY = Entity(NO_SEGMENT)


def submitter(found: Entity) -> Submitter:
    """Loop 1000A."""
    return _submitter(found.nm1.get(3), found.nm1.get(9), tuple(found.contact.elements))


@lru_cache(maxsize=256)
def _submitter(name: str, number: str, per: tuple[str, ...]) -> Submitter:
    """Remembered: each transaction of a file names the same one."""
    contact = read_contact(Segment(0, 0, "PER", list(per), b"", b"")) if per else Contact("IC")
    return Submitter(name, number, contact)


def receiver(found: Entity) -> Receiver:
    """Loop 1000B."""
    return Receiver(found.nm1.get(3), found.nm1.get(9))


def billing(found: Entity, taxonomy: str) -> BillingProvider:
    """Loop 2010AA; its taxonomy stands in a PRV of the level above."""
    _, _, _, last, first, _, _, _, _, number, *_ = found.nm1.elements + _PAD
    qualifier = "SY" if "SY" in found.references and "EI" not in found.references else "EI"
    return _billing(
        name=last,
        first=first,
        npi=number,
        tax_id=found.references.get(qualifier, ""),
        tax_id_qualifier=qualifier,
        address=found.place or Address(),
        taxonomy=taxonomy,
    )


def subscriber(found: Entity, sbr: Segment) -> Subscriber:
    """Loop 2010BA and the SBR of its level."""
    _, _, _, last, first, middle, _, suffix, _, number, *_ = found.nm1.elements + _PAD
    _, responsibility, _, group, group_name, insurance_type, _, _, _, filing, *_ = sbr.elements + _PAD
    return _subscriber(
        last=last,
        first=first,
        middle=middle,
        suffix=suffix,
        member_id=number,
        payer_responsibility=responsibility,
        group_number=group,
        group_name=group_name,
        filing_indicator=filing,
        insurance_type=insurance_type,
        address=found.place,
        birth_date=found.birth_date,
        gender=found.gender,
    )


def payer(found: Entity) -> Payer:
    """Loop 2010BB or 2330B."""
    get = found.nm1.get
    return _payer(name=get(3), identifier=get(9), id_qualifier=get(8))


def patient(found: Entity | None, pat: Segment) -> Patient | None:
    """Loop 2010CA and the PAT of its level; None where the subscriber is the patient."""
    if found is None:
        return None
    _, _, _, last, first, middle, _, suffix, *_ = found.nm1.elements + _PAD
    return _patient(
        last=last,
        first=first,
        middle=middle,
        suffix=suffix,
        relationship=pat.get(1),
        birth_date=found.birth_date,
        address=found.place,
        gender=found.gender,
    )


def provider(found: Entity | None) -> ClaimProvider | None:
    """A loop 2310 or 2420."""
    if found is None:
        return None
    _, _, kind, last, first, middle, _, _, _, number, *_ = found.nm1.elements + _PAD
    return _provider(
        last=last,
        first=first,
        middle=middle,
        npi=number,
        taxonomy=found.taxonomy,
        address=found.place,
        person=kind != "2",
    )
