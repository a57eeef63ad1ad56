"""How teams, the people in them and the rules that leads keep are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.models import Answer, Queue
from exceptions.states import AlertEvent, AlertState, AssignmentMode
from exceptions.teams.models import Absence, EscalationRule, RoutingRule, ServiceLevel, Team
from exceptions.teams.selectors import Colleague
from exceptions.teams.states import Presence
from hub.console.words import class_badge, person_name, place_name, queue_name
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.format import money_text
from hub.ui.pages import Action
from hub.ui.tables import TableRow, build_table


@dataclass(frozen=True, slots=True)
class Deeds:
    """A table whose rows end with what can be done to them: (the row, its actions)."""

    columns: Sequence[Column]
    rows: list[tuple[TableRow, list[Action]]]


def with_deeds(columns: Sequence[Column], rows: Iterable[Any], actions: Callable[[Any], list[Action]]) -> Deeds:
    rows = list(rows)
    return Deeds(columns, list(zip(build_table(columns, rows).rows, map(actions, rows), strict=True)))


def team_url(team: Team) -> str:
    return reverse("console:team", args=[team.pk])


def assignment_name(team: Team) -> str:
    name = str(AssignmentMode(team.assignment).label)
    return f"{name}: {person_name(team.person)}" if team.person else name


TEAM_COLUMNS = (
    Column(key="team", label="Team", value="team.name", link=lambda line: team_url(line.team), sub="team.about"),
    Column(key="facility", label="Works for", value=lambda line: place_name(line.team.facility), css="nowrap"),
    Column(key="lead", label="Lead", value=lambda line: person_name(line.team.lead), kind=Kind.PERSON),
    Column(key="in", label="In now", value=lambda line: f"{line.present} of {line.members}", css="nowrap"),
    Column(key="assignment", label="Cases go", value=lambda line: assignment_name(line.team)),
    Column(key="open", label="Open", value="backlog.cases", kind=Kind.NUMBER),
    Column(key="amount", label="At risk", value="backlog.amount", kind=Kind.MONEY),
    Column(key="nobodys", label="Nobody's", value="backlog.nobodys", kind=Kind.NUMBER),
)


def presence_badge(colleague: Colleague) -> Badge:
    presence = Presence(colleague.presence)
    text = str(presence.label)
    if colleague.away is not None:
        text = f"Away until {colleague.away.until:%b %-d}"
    return Badge(text, presence.tone)


def _share(colleague: Colleague) -> str:
    return f"{colleague.member.share} % of the work" if colleague.member.share < 100 else ""


MEMBER_COLUMNS = (
    Column(
        key="person", label="Person", value=lambda row: person_name(row.user), kind=Kind.PERSON, sub=_share,
        css="cell-main nowrap",
    ),
    Column(key="presence", label="Now", value=presence_badge, kind=Kind.BADGE),
    Column(key="open", label="Open", value="load.cases", kind=Kind.NUMBER, sub=lambda row: f"load {row.load.points}"),
    Column(key="amount", label="At risk", value="load.amount", kind=Kind.MONEY),
)  # fmt: skip


ABSENCE_COLUMNS = (
    Column(
        key="person", label="Person", value=lambda left: person_name(left.absence.user), kind=Kind.PERSON,
        css="cell-main",
    ),
    Column(key="days", label="Away", value=lambda left: days_text(left.absence), sub="absence.note", css="nowrap"),
    Column(key="stand_in", label="Stands in", value=lambda left: person_name(left.absence.stand_in) or "Nobody"),
    Column(key="cases", label="Open cases", kind=Kind.NUMBER),
    Column(key="amount", label="At risk", kind=Kind.MONEY),
)  # fmt: skip


def days_text(absence: Absence) -> str:
    if absence.since == absence.until:
        return f"{absence.since:%b %-d, %Y}"
    return f"{absence.since:%b %-d} to {absence.until:%b %-d, %Y}"


def conditions_text(rule: RoutingRule) -> str:
    """The conditions in a line; the rule without any takes all that is left."""
    parts = [
        queue_name(rule.queue) if rule.queue else "",
        f"class {class_badge(rule.failure_class).label.lower()}" if rule.failure_class else "",
        f"at {rule.facility}" if rule.facility else "",
        f"from {rule.system}" if rule.system else "",
        f"payer {rule.payer}" if rule.payer else "",
        f"{money_text(rule.amount_from)} or more" if rule.amount_from is not None else "",
    ]
    return ", ".join(filter(None, parts)) or "Everything else"


RULE_COLUMNS = (
    Column(key="position", label="Rule", value="position", css="nowrap"),
    Column(key="conditions", label="A new case of", value=conditions_text, css="cell-main"),
    Column(key="team", label="Goes to", value="team.name", link=lambda rule: team_url(rule.team)),
)


def _day(level: ServiceLevel) -> str:
    return f"{level.opens:%H:%M} to {level.closes:%H:%M}"


LEVEL_COLUMNS = (
    Column(key="queue", label="Queue", value=lambda level: queue_name(level.queue), css="cell-main"),
    Column(key="hours", label="Business hours", kind=Kind.NUMBER),
    Column(key="day", label="Working day", value=_day, css="nowrap"),
)


def _whom(rule: EscalationRule) -> str:
    lead = "The team's lead and the owner"
    return f"{lead}, {person_name(rule.tell)}" if rule.tell else lead


def _what(rule: EscalationRule) -> str:
    return ", ".join(filter(None, (queue_name(rule.queue) if rule.queue else "", str(rule.team or "")))) or "Every case"


ESCALATION_COLUMNS = (
    Column(key="level", label="Level", value=lambda rule: Badge(f"Level {rule.level}", Tone.CAUTION), kind=Kind.BADGE),
    Column(key="what", label="Cases", value=_what, css="cell-main"),
    Column(key="days", label="Open for more than", value=lambda rule: f"{rule.business_days} business days"),
    Column(key="amount", label="With more than", value="amount_over", kind=Kind.MONEY),
    Column(key="whom", label="Tells", value=_whom),
)

ANSWER_COLUMNS = (
    Column(key="name", label="Name", css="cell-main nowrap"),
    Column(key="queue", label="Queue", value=lambda answer: answer_queue(answer), css="nowrap"),
    Column(key="text", label="Text"),
)


def answer_queue(answer: Answer) -> str:
    return str(Queue(answer.queue).label) if answer.queue else "Every queue"


def endpoint_url(endpoint: AlertEndpoint) -> str:
    return reverse("console:alert-endpoint", args=[endpoint.pk])


def endpoint_badge(endpoint: AlertEndpoint) -> Badge:
    return Badge("Paused", Tone.CAUTION) if endpoint.paused else Badge("On", Tone.POSITIVE)


def endpoint_scope(endpoint: AlertEndpoint) -> str:
    parts = (str(endpoint.team or ""), queue_name(endpoint.queue) if endpoint.queue else "")
    return ", ".join(filter(None, parts)) or "Every case"


ENDPOINT_COLUMNS = (
    Column(key="name", label="Endpoint", link=endpoint_url, sub="url"),
    Column(key="scope", label="Cases", value=endpoint_scope),
    Column(key="events", label="Events", value=lambda row: ", ".join(events_of(row))),
    Column(key="state", label="State", value=endpoint_badge, kind=Kind.BADGE),
)


def events_of(endpoint: AlertEndpoint) -> list[str]:
    return [str(AlertEvent(event).label) for event in endpoint.events if event in AlertEvent.values]


def event_name(alert: Alert) -> str:
    return str(AlertEvent(alert.event).label) if alert.event in AlertEvent.values else "Test"


def _case_of(alert: Alert) -> str:
    return reverse("console:case", args=[alert.case.number]) if alert.case else ""


ALERT_COLUMNS = (
    Column(key="event", label="What", value=event_name, css="cell-main"),
    Column(
        key="case", label="Case", value=lambda alert: alert.case.number if alert.case else "", kind=Kind.CODE,
        link=_case_of,
    ),
    Column(key="state", label="Outcome", kind=Kind.BADGE, choices=AlertState, sub="answer"),
    Column(key="attempts", label="Attempts", kind=Kind.NUMBER),
    Column(key="made_at", label="Age", kind=Kind.AGE),
)  # fmt: skip


def hours_url(user: User) -> str:
    return reverse("console:person-hours", args=[user.get_username()])
