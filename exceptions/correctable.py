"""What people may put right from a case: which cases, which fields, and which of them take two people.

A policy and not mechanism. Money, identifiers of messages and what proves a sender are in no row of it: who says those
says them anew. What is put right here stays its owner's: the next word of the source stands before it
(docs/decisions/a-correction-is-kept-beside-the-original.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from connectors.models import Message
from connectors.selectors import feed
from exceptions.models import Case, Member
from exceptions.states import CASE_OPEN, MemberState
from hub.core.amending import is_place
from hub.core.errors import FailureClass
from hub.core.parking import Held
from hub.records.models import Appointment, Claim, Encounter, Payment
from hub.records.states import EncounterStatus
from orchestration.correcting import Correctable
from orchestration.models import Run


class Kind(StrEnum):
    """How a value is asked for."""

    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is the field of a record or the place in a message; `two_people` where one person is not enough."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    two_people: bool = False
    longest: int = 120


@dataclass(frozen=True, slots=True)
class Target:
    """What a case lets one put right: one message or one record that it holds work for."""

    member: Member
    row: Message | Correctable
    fields: Sequence[Field]
    #: The system whose word it is.
    owner: str

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


_MEMBER_ID = Field("member_id", "Member id")
_PERSON = (
    _MEMBER_ID,
    Field("patient_last_name", "Last name"),
    Field("patient_first_name", "First name"),
    Field("patient_birth_date", "Birth date", Kind.DATE),
)
#: Money goes where the account says: two people.
_ACCOUNT = (Field("account_number", "Account number", two_people=True, longest=40),)

#: Codes of cases whose cause is in a patient's registration.
OF_REGISTRATION = frozenset(
    {
        "eligibility-not-asked",
        "eligibility-rejected",
        "coverage-inactive",
        "authorization-denied",
        "claim-incomplete",
        "claim-edit-failed",
        "claim-rejected",
    }
)
OF_PAYMENT = frozenset({"unmatched-payment"})

#: Fields of HL7 v2 that may be put right, by segment. No money, no header, no identifier of the message.
_HL7: Mapping[str, frozenset[int]] = {
    "EVN": frozenset({2, 6}),
    "PID": frozenset({5, 7, 8, 11, 18}),
    "PV1": frozenset({2, 3, 7, 18, 36, 44, 45}),
    "SCH": frozenset({6, 7, 11}),
    "TQ1": frozenset({7, 8}),
    "AIS": frozenset({3, 4, 7}),
    "AIG": frozenset({8}),
    "AIL": frozenset({3, 6}),
    "AIP": frozenset({3, 6}),
    "IN1": frozenset({2, 3, 36}),
    "DG1": frozenset({3, 5}),
    "FT1": frozenset({4, 5, 7, 10, 13, 20, 25, 26}),
    "OBR": frozenset({4, 7, 8, 22}),
    "ORC": frozenset({9}),
}
_TWO_PEOPLE_HL7 = frozenset({"PID-18"})
#: Last words of JSON names that are not put right here.
_NOT_JSON = frozenset("amount currency event fee id livemode object signature type version".split())
_TWO_PEOPLE_JSON = frozenset({"account_number", "account"})
_HL7_PLACE = re.compile(r"\b([A-Z][A-Z0-9]{2})(?:\((\d+)\))?-(\d+)")
_POINTER = re.compile(r"(?<![\w/])(/[\w~/-]+)")
_LACKS = re.compile(r"(?<![\w/])(/[\w~/-]*) lacks ([\w, ]+)")
_MOST_PLACES = 4


def target_of(case: Case) -> Target | None:
    """What may be put right in this case, of the oldest member that it holds; None where nothing may."""
    if case.state not in CASE_OPEN:
        return None
    if case.failure_class == FailureClass.DATA:
        return _message_target(case)
    if case.code in OF_PAYMENT | OF_REGISTRATION:
        return _record_target(case)
    return None


def _held(case: Case, kind: Held) -> Member | None:
    return Member.objects.filter(case=case, kind=kind.value, state=MemberState.HELD).order_by("id").first()


# --- messages -----------------------------------------------------------------------------------------------
def _message_target(case: Case) -> Target | None:
    member = _held(case, Held.MESSAGE)
    message = Message.objects.filter(pk=member.ref, chunks=0).first() if member else None
    if member is None or message is None:
        return None
    fields = [_place_field(place) for place in places_named(case.subject, message.detail or case.detail)]
    allowed = [field for field in fields if field is not None][:_MOST_PLACES]
    return Target(member, message, allowed, feed(message.feed_code).system) if allowed else None


def places_named(subject: Mapping[str, str], words: str) -> list[str]:
    """The places that a failure names, as `hub.core.amending` calls them, the first the one it is about."""
    found = [place for place in (subject.get("element", ""), subject.get("field", "")) if is_place(place)]
    for pointer, names in _LACKS.findall(words):
        found += [f"{pointer.rstrip('/')}/{name.strip()}" for name in names.split(",") if name.strip()]
    missing = {pointer for pointer, _ in _LACKS.findall(words)}
    found += [one for one in _POINTER.findall(words) if one not in missing]
    if (pointer := subject.get("pointer", "")) and pointer not in missing and pointer != "/":
        found.append(pointer)
    found += [one.group() for one in _HL7_PLACE.finditer(words)]
    return list(dict.fromkeys(found))


def _place_field(place: str) -> Field | None:
    """The field at a place, where policy lets people put it right."""
    if place.startswith("/"):
        name = place.rpartition("/")[2].lower()
        if not name or (name.rpartition("_")[2] in _NOT_JSON and name != "member_id"):
            return None
        return Field(place, place, two_people=name in _TWO_PEOPLE_JSON)
    found = _HL7_PLACE.fullmatch(place)
    if found is None or int(found.group(3)) not in _HL7.get(found.group(1), ()):
        return None
    return Field(place, place, two_people=f"{found.group(1)}-{found.group(3)}" in _TWO_PEOPLE_HL7)


# --- records ------------------------------------------------------------------------------------------------
def _record_target(case: Case) -> Target | None:
    member = _held(case, Held.RUN)
    run = Run.objects.filter(pk=member.ref).first() if member else None
    if member is None or run is None:
        return None
    if case.code in OF_PAYMENT:
        payment = Payment.objects.filter(key=run.entity_key).first()
        return Target(member, payment, _ACCOUNT, payment.system) if payment else None
    row = _registration(run, case)
    return Target(member, row, _PERSON, row.system) if row else None


def _registration(run: Run, case: Case) -> Encounter | Appointment | None:
    """What registration says stands before what scheduling took down, as readiness and claims read it."""
    claim = Claim.objects.filter(key=case.subject.get("claim", "")).select_related("encounter").first()
    if claim is not None and claim.encounter is not None:
        return claim.encounter
    rows = Encounter.objects.filter(journey_id=run.journey_id).exclude(status=EncounterStatus.CANCELLED)
    encounter = rows.order_by("-id").first()
    return encounter or Appointment.objects.filter(journey_id=run.journey_id).order_by("-id").first()


def refusal_of(field: Field, value: str) -> str:
    """Why a value cannot stand there, in words; empty where it can."""
    if len(value) > field.longest:
        return f"At most {field.longest} characters."
    if field.kind is not Kind.DATE:
        return ""
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return "A date, as in 1970-01-31."
    return "" if born.year >= 1880 else "Look at the year again."
