"""The part of a stored payload where the fault lies: masked, a few lines around the place that the case names."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from connectors.models import Message
from connectors.selectors import open_body
from exceptions import selectors
from exceptions.models import Case, Member
from exceptions.states import CASE_OPEN, MemberState
from hub.console.selectors.payload import find_place
from hub.core.errors import Failure
from hub.core.masking import Line, lay_out, masked_text
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import Claim, Event
from hub.ui.payload import Highlight, PayloadLine, payload_lines
from orchestration.models import Run

#: As much of a payload as is searched for the place. A fault further into a larger file is found on its own page.
_LOOKED_AT_BYTES = 1024 * 1024
_BEFORE, _AFTER = 9, 9
#: Codes whose fault stands in an answer to what the run sent, and the event that brought the answer.
_ANSWERS = {"claim-rejected": "claim.rejected", "claim-not-decided": "claim.status_reported"}
#: What a subject may name that stands in a message as it is, the most telling first.
_NAMES = ("claim", "payment", "trace_number", "remittance")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`note` says what is shown; without lines, why nothing is."""

    lines: list[PayloadLine]
    note: str
    message_id: UUID | None = None


def excerpt(who: Who, case: Case) -> Excerpt:
    """Of the first message that the case holds and `who` may see."""
    if not access.may(who, Permission.VIEW_MESSAGES):
        return Excerpt([], "Your role does not include messages.")
    message = _first_message(who, case)
    if message is None:
        return Excerpt([], "Nothing that this case holds came in a message.")
    if not access.may(who, Permission.VIEW_MESSAGES, message.facility or None):
        return Excerpt([], "The message belongs to a facility outside your scope.")
    try:
        with open_body(message) as body:
            layout = lay_out(body.read(_LOOKED_AT_BYTES))
    except Failure as failure:
        return Excerpt([], failure.message, message.pk)
    found = _place(layout, case)
    return Excerpt(_around(layout, found), _note(message, found), message.pk)


def _first_message(who: Who, case: Case) -> Message | None:
    rows = selectors.members(who, case).filter(kind__in=(Held.MESSAGE, Held.RUN))
    held = rows.filter(state__in=(MemberState.HELD, MemberState.RELEASED)).first() if case.state in CASE_OPEN else None
    member = held or rows.first()
    message_id = (_answer_of(case) or _message_of(member)) if member else None
    return Message.objects.filter(pk=message_id).first() if message_id else None


def _message_of(member: Member) -> UUID | None:
    """The message itself, or the one that brought the event which started the run."""
    if member.kind == Held.MESSAGE:
        return member.ref
    event_id = Run.objects.filter(pk=member.ref).values_list("event_id", flat=True).first()
    return Event.objects.filter(pk=event_id).values_list("causation_id", flat=True).first() if event_id else None


def _answer_of(case: Case) -> UUID | None:
    """The message of the newest answer about the case's claim; None where its fault stands in no answer."""
    number = case.subject.get("claim", "")
    told = _ANSWERS.get(case.code)
    if not told or not number:
        return None
    # A 999 names our file, a 277CA the claim.
    control = Claim.objects.filter(key=number).values_list("control_number", flat=True).first()
    keys = [key for key in (number, control) if key]
    rows = Event.objects.filter(entity_kind="claim", entity_key__in=keys, type=told)
    return rows.order_by("-id").values_list("causation_id", flat=True).first()


def _place(layout: list[Line], case: Case) -> Highlight | None:
    """Where the failure's words or the subject's element point to, else where what the subject names stands."""
    if found := find_place(layout, case.detail, case.subject):
        return found
    named = (find_place(layout, "", {"local_code": case.subject[name]}) for name in _NAMES if case.subject.get(name))
    return next((place for place in named if place), None)


def _around(layout: list[Line], found: Highlight | None) -> list[PayloadLine]:
    lines = payload_lines(masked_text(layout), [found] if found else [])
    middle = found.line if found else 1
    return [line for line in lines if middle - _BEFORE <= line.number <= middle + _AFTER]


def _note(message: Message, found: Highlight | None) -> str:
    what = f"From {message.feed_code}, {message.size:,} bytes. What may name a patient is masked."
    return what if found else f"{what} The case names no place in it."
