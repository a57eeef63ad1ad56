"""What the hub asks a payer: the payloads of this connector's operations, as they are kept in sealed deliveries.

    Deliver("payer-aetna", ELIGIBILITY, as_payload(EligibilityInquiry(trace=..., member=..., ...)))

Who the payer is stands in the system's options, so a payload names people, providers and services only. A payload
holds what identifies a person; it lives in the sealed request of its delivery and nowhere else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from hub.core.errors import DataFault

ELIGIBILITY = "eligibility.inquire"
CLAIM_STATUS = "claim_status.inquire"
AUTHORIZATION = "authorization.request"

#: TRN02 and BHT03 hold at most this many characters.
LONGEST_TRACE = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as the payer knows them; `sex` is F, M or U, empty where it is not known."""

    last: str
    first: str
    birth_date: date | None = None
    sex: str = ""
    middle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Person):
    """The subscriber."""

    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who asks, or who will do the service. An organization has no `first` name."""

    name: str
    npi: str
    first: str = ""
    taxonomy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityInquiry:
    """`eligibility.inquire`: does the payer cover this member on `for_date`?

    `trace` comes back in the answer and is the key of its event and of the Coverage record: asked again under the
    same trace, the answer brings the same record up to date. `dependent` is the patient where that is not the
    subscriber. `service_types` are X12 list 1365 (30 is the plan as such).
    """

    trace: str
    member: Member
    provider: Provider
    for_date: date
    service_types: tuple[str, ...] = ("30",)
    account_number: str = ""
    dependent: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatusInquiry:
    """`claim_status.inquire`: where does this claim stand? `claim_number` is the CLM01 that the claim went out with."""

    trace: str
    member: Member
    provider: Provider
    claim_number: str
    amount: Decimal
    service_from: date
    service_to: date | None = None
    payer_claim_control_number: str = ""
    bill_type: str = ""
    dependent: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """`authorization.request`: may this be done? Asked again under the same `trace`, the payer says where it stands.

    `diagnoses` are ICD-10-CM, dotted or not, the first the principal one. `expedited` asks for the 72-hour clock.
    `category` is UM01 (HS health services review, AR admission review), `service_type` UM03, `place_of_service`
    UM04. `servicing` is who will do it where that is not who asks.
    """

    trace: str
    member: Member
    provider: Provider
    procedure_codes: tuple[str, ...]
    diagnoses: tuple[str, ...]
    service_from: date
    service_to: date | None = None
    expedited: bool = False
    category: str = "HS"
    service_type: str = "1"
    place_of_service: str = "11"
    units: Decimal | None = None
    account_number: str = ""
    servicing: Provider | None = None
    dependent: Person | None = None


Inquiry = EligibilityInquiry | ClaimStatusInquiry | AuthorizationRequest


def as_payload(inquiry: Inquiry) -> dict[str, Any]:
    """`inquiry` as the plain JSON of a delivery: decimals and days as strings."""
    payload: dict[str, Any] = msgspec.to_builtins(inquiry)
    return payload


def from_payload(payload: Mapping[str, Any], shape: type[T]) -> T:
    """The inquiry that a delivery carries. Raises DataFault naming the place that does not fit, never its value."""
    try:
        return msgspec.convert(dict(payload), shape)
    except msgspec.ValidationError as error:
        place = str(error).partition(" - at ")[2].strip("`") or "$"
        raise DataFault("inquiry-malformed", f"The inquiry cannot be read at {place}.", cause=(place,)) from error


def trace_for(key: str, *parts: str | int) -> str:
    """A trace that X12 can carry, always the same for the same words: an appointment's key and, say, a number.

    What X12 reserves is replaced; a text too long for TRN02 ends in a digest of the whole.
    """
    whole = "-".join((key, *(str(part) for part in parts)))
    text = re.sub(r"[^A-Za-z0-9.]+", "-", whole).strip("-")
    if len(text) <= LONGEST_TRACE:
        return text
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return f"{text[: LONGEST_TRACE - 13]}-{digest}"
