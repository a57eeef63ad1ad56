"""What goes wrong on the day on purpose, and the cases that must come of it; no others may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import time

import msgspec

from connectors.sandbox.cast import Course, Visit
from connectors.sandbox.plan import Plan, Timed, revision
from connectors.sandbox.senders import Outgoing
from connectors.sandbox.voices import scheduling

_NOON = time(12)
#: A version of the scheduling contract that nobody has agreed on.
_UNKNOWN_VERSION = "v7"


def cases(denied: int) -> dict[str, int]:
    """The cases that must be open when the day is over, by code.

    A duplicate, an event that comes too late or never, an outage, a lost answer, a late charge and a denial that is
    appealed in time are the hub's own affair: no case.
    """
    return {
        "unmapped-department": 1,
        "unknown-contract-version": 1,
        "signature-wrong": 1,
        "coverage-inactive": 1,
        "eligibility-rejected": 1,
        "authorization-denied": 1,
        "completed-without-charge": 1,
        "performed-without-charge": 1,
        "discharged-not-final-billed": 1,
        "claim-rejected": 1,
        "claim-denied": denied,
        "remittance-out-of-balance": 1,
        # The claim in that remittance: nothing else tells that it was decided.
        "claim-not-decided": 1,
    }


def without_late(plan: Plan, timed: Sequence[Timed]) -> list[Timed]:
    """The bookings but for the move of an appointment that arrives hours too late."""
    late = _key(_moved(plan), "rescheduled")
    return [one for one in timed if one.message.key != late]


def disturbed(plan: Plan, timed: Sequence[Timed]) -> list[Outgoing]:
    """The forenoon as it reaches the hub: something twice, out of order, too late, lost, forged, and in no version."""
    messages = [one.message for one in timed]
    _swap(messages, _key(_hasty(plan), "checked_in"), _key(_hasty(plan), "completed"))
    lost = _key(_lost(plan), "checked_in")
    messages = [replace(message, lost=message.key == lost) for message in messages]
    late = _key(_moved(plan), "rescheduled")
    messages += [one.message for one in plan.bookings() if one.message.key == late]
    genuine = next(message for message in messages if message.feed == "scheduling")
    messages.append(replace(genuine, key="msg_forged", spoiled=True))
    messages.append(_of_no_version(genuine))
    return [*_once_more(messages)]


def _once_more(messages: Sequence[Outgoing]) -> Iterator[Outgoing]:
    """The first webhook and the first HL7 message of the EHR come a second time."""
    repeated: set[str] = set()
    for message in messages:
        yield message
        if message.feed in ("scheduling", "ehr") and message.feed not in repeated:
            repeated.add(message.feed)
            yield message


def _swap(messages: list[Outgoing], first: str, second: str) -> None:
    keys = [message.key for message in messages]
    one, other = keys.index(first), keys.index(second)
    messages[one], messages[other] = messages[other], messages[one]


def _moved(plan: Plan) -> Visit:
    """A visit whose move to another time reaches the hub after the visit itself (contract v1: by time alone).

    Its payer need not be asked first: an authorization would be for the day that it was moved from.
    """
    return next(
        visit
        for visit in _of_the_forenoon(plan)
        if visit.rescheduled and scheduling.version_of(visit) == "v1" and visit.visit_type in ("office", "lab")
    )


def _hasty(plan: Plan) -> Visit:
    """A visit whose completion overtakes its check-in (contract v2: revisions tell)."""
    return next(visit for visit in _of_the_forenoon(plan) if scheduling.version_of(visit) == "v2")


def _of_the_forenoon(plan: Plan) -> Iterator[Visit]:
    return (visit for visit in plan.visits if visit.in_clinic and visit.course is Course.KEPT and visit.starts < _NOON)


def _lost(plan: Plan) -> Visit:
    """A visit whose check-in never reaches the hub by itself: its completion shows the gap, and it is read back."""
    return [visit for visit in _of_the_forenoon(plan) if scheduling.version_of(visit) == "v2"][1]


def _of_no_version(genuine: Outgoing) -> Outgoing:
    """The same in a version of the contract that the sender has, and nobody here."""
    fields = msgspec.json.decode(genuine.body)
    fields["contract_version"] = _UNKNOWN_VERSION
    body = msgspec.json.encode(fields)
    return replace(genuine, key="msg_unknown", body=body, headers={"X-Contract-Version": _UNKNOWN_VERSION})


def _key(visit: Visit, what: str) -> str:
    return f"msg_{visit.appointment}-{revision(visit, what)}"
