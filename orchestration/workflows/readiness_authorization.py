"""W2's second question: may it be done? Asked where the payer or a rule of ours says that it must be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.payers.payloads import trace_for
from hub.core.business_days import is_business_day
from hub.core.errors import Defect
from hub.core.events.authorization import AuthorizationRequested
from hub.core.sealing import open_json
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Authorization, Coverage, Order
from hub.records.states import AuthorizationStatus, OrderStatus
from orchestration.work import Work
from orchestration.workflow import Again, Done, Outcome, Skip, Wait
from orchestration.workflows import readiness_questions as questions
from orchestration.workflows.readiness_coverage import reason_in_words
from orchestration.workflows.readiness_questions import Question
from orchestration.workflows.readiness_visit import PATIENCE, Topics, Visit, changes, hold, over, visit_of

RULE = "authorization-required"
#: The payer's limits for its decision (CMS-0057-F): 72 hours where it is expedited, 7 calendar days otherwise.
EXPEDITED, STANDARD = timedelta(hours=72), timedelta(days=7)
#: A pended request is asked after in every hour of a business day. House default.
_OPENS, _CLOSES = time(8), time(17)
#: How long the last question before the limit is given. House default; a real-time answer takes 20 seconds at most.
ANSWERS_WITHIN = timedelta(minutes=15)
#: ORC-7: stat, and as soon as possible.
_URGENT = frozenset({"S", "A"})
_UNDECIDED = (AuthorizationStatus.REQUESTED, AuthorizationStatus.PENDED)
_DECISIONS = ("authorization.approved", "authorization.denied", "authorization.pended", "authorization.expired")


def request(work: Work) -> Outcome:
    """Find out whether it needs authorization; take up what stands for this visit, or begin a request."""
    visit = visit_of(work)
    if end := over(work, visit):
        return end
    if visit.is_self_pay:
        return Skip("the patient pays")
    orders = list(Order.objects.filter(journey_id=work.run.journey_id, status=OrderStatus.PLACED).order_by("id"))
    procedures = _required(work, visit, orders)
    if procedures is None:
        return Skip("neither the payer nor a rule of ours asks for it")
    if not visit.payer.real_time_system or visit.missing():
        return _by_hand(work, visit)
    known = list(Authorization.objects.filter(appointment_key=visit.appointment.key).order_by("id"))
    standing = next((one for one in reversed(known) if _stands(one, visit)), None)
    if standing is not None:
        return Done({"trace": standing.key, "procedures": standing.procedure_codes, "expedited": standing.expedited})
    urgent = any(order.priority in _URGENT for order in orders)
    expedited = urgent or visit.appointment.starts_at < work.now + STANDARD
    trace = trace_for(visit.appointment.key, "A", len(known) + 1)
    event = AuthorizationRequested(
        occurred_at=work.now,
        entity_key=trace,
        facility=visit.facility.code,
        account_number=visit.appointment.account_number,
        appointment_id=visit.appointment.key,
        payer=visit.payer.code,
        procedure_codes=tuple(procedures),
        diagnoses=_diagnoses(visit, orders),
        expedited=expedited,
        trace_number=trace,
    )
    return Done({"trace": trace, "procedures": list(procedures), "expedited": expedited}, events=(event,))


def _required(work: Work, visit: Visit, orders: Sequence[Order]) -> Sequence[str] | None:
    """The procedures that authorization is asked for, maybe none by name; None where none is needed."""
    ordered = [order.procedure_code for order in orders]
    for rule in snapshot().rules_for("278", visit.payer.code, visit.facility.code, visit.on):
        if rule.kind == RULE and (procedures := _by_rule(rule.parameters, visit, ordered)) is not None:
            return procedures
    trace = work.output("eligibility").get("trace", "")
    asked_for = bool(trace) and Coverage.objects.filter(key=trace, authorization_required=True).exists()
    return ordered if asked_for else None


def _by_rule(parameters: Any, visit: Visit, ordered: Sequence[str]) -> Sequence[str] | None:
    """All conditions that a rule names must hold. Where no order says what will be done, its own codes stand in."""
    appointment = visit.appointment
    line = snapshot().service_lines.get(appointment.department, "")
    for name, value in (("visit_types", appointment.visit_type), ("service_lines", line)):
        if name in parameters and value not in parameters[name]:
            return None
    codes = parameters.get("codes", ())
    if not codes or not ordered:
        return ordered or [code for code in codes if not code.endswith("*")]
    matching = [code for code in ordered if any(_fits(code, pattern) for pattern in codes)]
    return matching or None


def _fits(code: str, pattern: str) -> bool:
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def _stands(one: Authorization, visit: Visit) -> bool:
    """Whether an earlier request is good for the visit as it now is: undecided, or approved for its day."""
    if (one.payer, one.facility) != (visit.payer.code, visit.facility.code):
        return False
    if one.status in _UNDECIDED:
        return True
    return one.status == AuthorizationStatus.APPROVED and _holds_on(one, visit)


def _holds_on(one: Authorization, visit: Visit) -> bool:
    begun = one.valid_from is None or one.valid_from <= visit.on
    return begun and (one.valid_until is None or visit.on <= one.valid_until)


def _diagnoses(visit: Visit, orders: Sequence[Order]) -> tuple[str, ...]:
    ordered = [code for order in orders for code in open_json(order.sealed).get("diagnoses", ())]
    return tuple(dict.fromkeys([*ordered, *visit.person.get("diagnoses", ())]))


def _by_hand(work: Work, visit: Visit) -> Outcome:
    if work.released:
        return Done({"trace": "", "by_hand": True})
    return hold(
        work, visit, "authorization-by-hand", "The visit needs authorization, and the payer cannot be asked from here.",
        topics=changes(work, visit), hint="Ask the payer by phone or on its portal, then retry: the visit goes on.",
    )  # fmt: skip


# --- the decision ---


def authorization(work: Work) -> Outcome:
    """The payer's decision, within its own clock and before the visit's cut-off; else a case."""
    trace = str(work.output("request").get("trace", ""))
    if not trace:
        return Skip("none is needed")
    visit = visit_of(work)
    if end := over(work, visit):
        return end
    if questions.coverage_changed(work, visit):
        return Again("eligibility", "the coverage changed")
    one = Authorization.objects.filter(key=trace).first()
    topics = (*changes(work, visit), *((topic, trace) for topic in _DECISIONS))
    match one.status if one is not None else AuthorizationStatus.REQUESTED:
        case AuthorizationStatus.APPROVED:
            return _approved(work, visit, one, topics)
        case AuthorizationStatus.DENIED | AuthorizationStatus.EXPIRED:
            return _denied(work, visit, one, topics)
        case _:
            return _undecided(work, visit, one, _question(work, visit, trace, one), topics)


def _question(work: Work, visit: Visit, trace: str, one: Authorization | None) -> Question:
    orders = Order.objects.filter(journey_id=work.run.journey_id, status=OrderStatus.PLACED).order_by("id")
    wanted = work.output("request")
    return questions.authorization(
        work, visit, trace, procedures=wanted["procedures"], diagnoses=_diagnoses(visit, list(orders)),
        expedited=bool(wanted["expedited"]),
    )  # fmt: skip


def _approved(work: Work, visit: Visit, one: Authorization | None, topics: Topics) -> Outcome:
    if one is None:
        raise Defect("authorization-missing", "The authorization of this run is gone.")
    if _holds_on(one, visit):
        return Done({"certification_number": one.certification_number, "trace": one.key})
    return hold(
        work, visit, "authorization-other-days", "The payer approved it, but not for the day of the visit.",
        topics=topics, hint="Ask the payer to extend it, or move the visit into the days that it approved.",
    )  # fmt: skip


def _denied(work: Work, visit: Visit, one: Authorization | None, topics: Topics) -> Outcome:
    reason = one.reason if one is not None else ""
    if one is not None and one.status == AuthorizationStatus.EXPIRED:
        message = "The payer took the authorization back."
    elif _was_not_reviewed(reason):
        message = f"The payer did not review the request: {reason_in_words(reason)}."
    else:
        message = f"The payer denied the authorization{f' ({reason})' if reason else ''}."
    return hold(
        work, visit, "authorization-denied", message, topics=topics, reason=reason,
        hint="Talk to the payer (peer to peer), or correct the request and replay from “Request authorization”.",
    )  # fmt: skip


def _was_not_reviewed(reason: str) -> bool:
    """AAA03 codes are two digits; HCR03 reasons are letters or letters and digits."""
    return reason.isdigit()


def _undecided(work: Work, visit: Visit, one: Authorization | None, question: Question, topics: Topics) -> Outcome:
    """Ask, and ask after it in every business hour, until it is decided; late is late, and asked after still."""
    requested = one.requested_at if one is not None and one.requested_at is not None else work.now
    expedited = bool(work.output("request").get("expedited"))
    clock_ends = requested + (EXPEDITED if expedited else STANDARD)
    limit = min(clock_ends, max(visit.ready_by(work.run), requested + PATIENCE))
    refused = question.refused
    if refused is not None and not work.released:
        return hold(
            work, visit, "authorization-denied", f"The payer refused our request ({refused.code}).",
            topics=topics, reason=refused.code,
            hint="The delivery says what the payer complains of; retry once it is mended.",
        )  # fmt: skip
    look = _next_look(question, work.now, visit.facility.time_zone)
    due = question.newest is None or refused is not None or (not question.is_open and work.now >= look)
    ask = question.next() if due else None
    if due:
        look = _next_business_hour(work.now, visit.facility.time_zone)
    if work.now < limit:
        return Wait(topics, until=min(look, limit), ask=ask)
    if not work.released and (last := _last_question(question, limit, work.now, asking=ask is not None)):
        return Wait(topics, until=last, ask=ask)
    words = ("72 hours" if expedited else "7 days") if work.now >= clock_ends else ""
    message = (
        f"The payer has not decided about the authorization within {words}."
        if words
        else "The payer has not decided about the authorization in time for the visit."
    )
    return hold(
        work, visit, "authorization-late", message, topics=topics, until=look, ask=ask,
        hint="Ask the payer by phone, or move the visit; a decision that comes is taken up by itself.",
    )  # fmt: skip


def _last_question(question: Question, limit: datetime, moment: datetime, *, asking: bool) -> datetime | None:
    """Until when the last question may be answered: nothing is late that was not asked after once more."""
    newest = question.newest
    since = newest.created_at if newest is not None and newest.created_at >= limit else None
    if since is None:
        return moment + ANSWERS_WITHIN if asking else None
    ends = since + ANSWERS_WITHIN
    return ends if moment < ends else None


def _next_look(question: Question, moment: datetime, zone: str) -> datetime:
    """An hour of business after the payer's newest answer; the lane has its own patience with what it holds."""
    newest = question.newest
    answered = newest.finished_at if newest is not None and not question.is_open else None
    return _next_business_hour(answered or moment, zone)


def _next_business_hour(moment: datetime, zone: str) -> datetime:
    """An hour later, and where that is out of business hours when they next begin."""
    local = moment.astimezone(ZoneInfo(zone)) + timedelta(hours=1)
    if is_business_day(local.date()) and _OPENS <= local.time() <= _CLOSES:
        return local
    day = local.date() if local.time() < _OPENS else local.date() + timedelta(days=1)
    while not is_business_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, _OPENS, tzinfo=ZoneInfo(zone))
