"""The parts that several transactions share: names, addresses, references, qualified dates and amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from connectors.formats.x12.values import day_value


@dataclass(frozen=True, slots=True)
class Address:
    """N3 and N4."""

    line1: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    line2: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """NM1: `role` is NM101 (QC patient, IL insured, 82 rendering …); an organization has no `first` name."""

    role: str
    last: str = ""
    first: str = ""
    middle: str = ""
    suffix: str = ""
    id_qualifier: str = ""
    id: str = ""
    person: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """PER: whom to ask."""

    function: str
    name: str = ""
    phone: str = ""
    email: str = ""
    url: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """REF: `qualifier` says whose number it is (6R line control number, F8 original claim number …)."""

    qualifier: str
    value: str


@dataclass(frozen=True, slots=True)
class QualifiedDate:
    """DTM: `qualifier` says what happened that day (232 and 233 claim from and to, 472 service …)."""

    qualifier: str
    day: date


@dataclass(frozen=True, slots=True)
class QualifiedAmount:
    """AMT: `qualifier` says what the amount is (B6 allowed, AU covered, I interest …)."""

    qualifier: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class QualifiedQuantity:
    """QTY."""

    qualifier: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Procedure:
    """A composite medical procedure: `qualifier` names the code list (HC is HCPCS and CPT)."""

    qualifier: str
    code: str
    modifiers: tuple[str, ...] = ()
    description: str = ""


@lru_cache(maxsize=4096)
def procedure(text: str, component: str) -> Procedure:
    """Read a composite procedure (SVC01, SV101). Remembered: the same few repeat throughout a file."""
    parts = text.split(component)
    return Procedure(
        parts[0],
        parts[1] if len(parts) > 1 else "",
        tuple(part for part in parts[2:6] if part),
        parts[6] if len(parts) > 6 else "",
    )


@lru_cache(maxsize=4096)
def qualified_date(qualifier: str, text: str) -> QualifiedDate | None:
    """Read a DTM, or None where it is no date. Remembered: the same few days repeat throughout a file."""
    day = day_value(text)
    return None if day is None else QualifiedDate(qualifier, day)
