"""What a 278 response decides of one request for authorization, in the hub's terms."""

from __future__ import annotations

from datetime import date, datetime

from connectors.formats.x12 import Decision, ReviewResponse
from connectors.formats.x12.review import (
    CANCELLED,
    CERTIFIED,
    CONTACT_PAYER,
    DENIED,
    EFFECTIVE,
    EVENT,
    EXPIRES,
    MODIFIED,
    NOT_NEEDED,
    PARTIAL,
    PENDED,
    URGENT,
)
from connectors.payers.coverages import account_of, our_trace
from hub.core.errors import DataFault
from hub.core.events.authorization import (
    AuthorizationApproved,
    AuthorizationDenied,
    AuthorizationEvent,
    AuthorizationExpired,
    AuthorizationPended,
)

#: HCR03 is a code; what is longer is prose, and says no more here.
_LONGEST_REASON = 20
#: What stands as action code where the payer refused to review at all.
NOT_REVIEWED = "AAA"
_EVENTS: dict[str, type[AuthorizationEvent]] = {
    CERTIFIED: AuthorizationApproved,
    PARTIAL: AuthorizationApproved,
    MODIFIED: AuthorizationApproved,
    NOT_NEEDED: AuthorizationApproved,
    DENIED: AuthorizationDenied,
    NOT_REVIEWED: AuthorizationDenied,
    PENDED: AuthorizationPended,
    CONTACT_PAYER: AuthorizationPended,
    CANCELLED: AuthorizationExpired,
}
#: Qualifiers (X12 list 1270) of ICD-10-CM: principal, other, admitting.
_ICD_10 = frozenset({"ABK", "ABF", "ABJ"})
_GRANTING = frozenset({CERTIFIED, PARTIAL, MODIFIED, NOT_NEEDED})


def authorization_event(response: ReviewResponse, reference: str, at: datetime) -> AuthorizationEvent:
    """The event of one response; `reference` is BHT03, which is ours where the response has no trace of ours.

    Raises DataFault where it decides nothing, or says so in a code that nobody knows.
    """
    key = our_trace(response.traces) or reference
    decision = _decision(response)
    if not key or decision is None or decision.action not in _EVENTS:
        raise DataFault(
            "no-decision",
            "The response decides nothing that the hub can read (TRN02, HCR01).",
            cause=("HCR01", decision.action if decision else ""),
            hint="Ask the payer; the request stays open.",
        )
    first, last = _validity(response)
    return _EVENTS[decision.action](
        occurred_at=at,
        entity_key=key,
        facility="",
        account_number=account_of(response.dependent, response.subscriber),
        payer=response.payer.name.id,
        procedure_codes=_procedures(response),
        diagnoses=tuple(_dotted(*each) for each in response.diagnoses),
        expedited=response.review is not None and response.review.urgency == URGENT,
        action_code=decision.action,
        certification_number=decision.number,
        reason=decision.reason[:_LONGEST_REASON],
        valid_from=first,
        valid_until=last,
    )


def _dotted(qualifier: str, code: str) -> str:
    """An ICD-10-CM code with the dot that X12 leaves out."""
    return f"{code[:3]}.{code[3:]}" if qualifier in _ICD_10 and len(code) > 3 else code


def _decision(response: ReviewResponse) -> Decision | None:
    """That of the event; else what those of its services come to; else the refusal to review."""
    if response.decision is not None:
        return response.decision
    decisions = response.decisions
    if decisions:
        return _together(decisions)
    if response.rejections:
        return Decision(NOT_REVIEWED, "", response.rejections[-1].reason)
    return None


def _together(decisions: tuple[Decision, ...]) -> Decision:
    """One undecided service leaves the request undecided; some certified and some not make it certified in part."""
    first = decisions[0]
    for undecided in (PENDED, CONTACT_PAYER):
        for each in decisions:
            if each.action == undecided:
                return each
    granted = [each for each in decisions if each.action in _GRANTING]
    if not granted or len({each.action for each in decisions}) == 1:
        return first
    return Decision(PARTIAL, granted[0].number, granted[0].reason)


def _procedures(response: ReviewResponse) -> tuple[str, ...]:
    """What is certified where services are decided one by one; else all of them."""
    services = [
        each
        for each in response.services
        if each.procedure is not None and (each.decision is None or each.decision.action in _GRANTING)
    ]
    return tuple(each.procedure.code for each in services if each.procedure is not None)


def _validity(response: ReviewResponse) -> tuple[date | None, date | None]:
    """From when to when the certification holds: DTP 007, its end also 036; payers also narrow the event's own days."""
    days = {each.qualifier: each for each in response.dates}
    effective, ends = days.get(EFFECTIVE), days.get(EXPIRES)
    if effective is None and EVENT in days and days[EVENT].last is not None:
        effective = days[EVENT]
    last = ends.first if ends else effective.last if effective else None
    return (effective.first if effective else None), last
