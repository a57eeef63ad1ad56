"""Cases that are open too long for what they are worth are lifted a level: once each, told to those who answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from exceptions import notices
from exceptions.acts import audited, note
from exceptions.alerts import telling
from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.clocks import zone_of
from exceptions.counting import set_priority
from exceptions.models import Case
from exceptions.states import CASE_OPEN, AlertEvent, NoteKind
from exceptions.teams.models import EscalationRule
from exceptions.triage import HUB
from hub.core.business_days import after_business_days
from hub.core.clock import now
from hub.governance.access import Actor
from hub.governance.roles import Role

#: Looked at in one pass for one rule, the oldest first; what is left comes with the next.
_PART = 200
#: A clock that ran out longer ago than this is no news: the hub was away, or told of it by an older pass.
_NEWS = timedelta(days=2)


def escalate() -> int:
    """Apply every rule, the highest level first, so that nobody hears of a lower one besides; returns how many."""
    rules = EscalationRule.objects.select_related("team__lead", "tell").order_by("-level", "id")
    return sum(_apply(rule) for rule in rules)


def _apply(rule: EscalationRule) -> int:
    moment = now()
    # Business days last at least as long as calendar days: the index of time narrows, the calendar decides.
    rows = _meant(rule).filter(opened_at__lt=moment - timedelta(days=rule.business_days)).order_by("opened_at")
    chosen = [case.id for case in rows[:_PART] if _overdue(case, rule, moment)]
    return sum(_escalate(case_id, rule) for case_id in chosen)


def _meant(rule: EscalationRule) -> QuerySet[Case]:
    rows = Case.objects.filter(state__in=CASE_OPEN, escalated__lt=rule.level, amount__gt=rule.amount_over)
    if rule.queue:
        rows = rows.filter(queue=rule.queue)
    return rows.filter(team=rule.team) if rule.team else rows


def _overdue(case: Case, rule: EscalationRule, moment: datetime) -> bool:
    return after_business_days(case.opened_at, rule.business_days, zone_of(case.facility)) < moment


@transaction.atomic
def _escalate(case_id: UUID, rule: EscalationRule) -> int:
    """A case that somebody is busy with, or that moved on meanwhile, is left for the next pass."""
    rows = _meant(rule).filter(pk=case_id).select_related("team__lead", "owner")
    case = rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
    if case is None:
        return 0
    before, case.escalated = case.escalated, rule.level
    case.save(update_fields=["escalated"])
    set_priority(case.id)
    actor = Actor.rule(HUB)
    days = "1 business day" if rule.business_days == 1 else f"{rule.business_days} business days"
    text = f"Open for more than {days} with more than ${rule.amount_over:,.0f} at risk."
    note(case, actor, NoteKind.ESCALATED, f"Escalated to level {rule.level}. {text}")
    notices.tell_leads(case, actor, f"Escalated to level {rule.level}: {text[0].lower()}{text[1:]}", _leads(case, rule))
    telling.tell(case, AlertEvent.ESCALATED, once=f"{int(case.opened_at.timestamp())}:{rule.level}")
    audited(
        case,
        actor,
        "case.escalate",
        reason=text,
        before={"level": before},
        after={"level": rule.level, "rule": rule.pk},
    )
    return 1


def _leads(case: Case, rule: EscalationRule) -> Iterable[User]:
    """Whom the rule names and the lead of its team; the leads of its facility where there is neither. And its owner."""
    named = [rule.tell, case.team.lead if case.team else None]
    people = [user for user in named if user is not None and user.is_active]
    if not people:
        people = list(
            User.objects.filter(is_active=True, grants__role=Role.LEAD, grants__facility__in={"", case.facility})
        )
    return {user.pk: user for user in [*people, *([case.owner] if case.owner else [])]}.values()


def tell_overdue() -> None:
    """Programs outside hear once of each clock that runs out. Nothing is looked for where none asked."""
    asked = AlertEndpoint.objects.filter(paused=False, events__contains=[AlertEvent.OVERDUE.value])
    meant = Q()
    for team_id, queue in asked.values_list("team_id", "queue"):
        meant |= Q(
            **({"team_id": team_id} if team_id else {}), **({"queue": queue} if queue else {"pk__isnull": False})
        )
    if not meant:
        return
    moment = now()
    told = Alert.objects.filter(case=OuterRef("pk"), event=AlertEvent.OVERDUE, made_at__gte=OuterRef("due_at"))
    rows = Case.objects.filter(meant, ~Exists(told), state__in=CASE_OPEN, due_at__lt=moment, due_at__gte=moment - _NEWS)
    for case in rows.order_by("due_at")[:_PART]:
        telling.tell(case, AlertEvent.OVERDUE, once=f"{int(case.due_at.timestamp())}" if case.due_at else "")
