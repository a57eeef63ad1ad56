"""The columns of the work queue."""

from __future__ import annotations

from dataclasses import replace

from exceptions.models import Case
from exceptions.states import CaseState
from hub.console.links import case_url
from hub.console.words import class_badge, clock_badge, person_name, place_name, queue_name
from hub.core.clock import now
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact

CASE_COLUMNS = (
    Column(
        key="title", label="Cause", link=case_url, sub=lambda case: f"{case.number} · {queue_name(case.queue)}",
        sort="title",
    ),
    Column(
        key="class", label="Class", value=lambda case: class_badge(case.failure_class), kind=Kind.BADGE,
        sort="failure_class", export="failure_class", spare=True,
    ),
    Column(
        key="facility", label="Facility", value=lambda case: place_name(case.facility), sort="facility", css="nowrap"
    ),
    Column(key="amount", label="At risk", kind=Kind.MONEY, sort="amount"),
    Column(key="held", label="Held", kind=Kind.NUMBER, sort="held", spare=True),
    Column(key="opened", label="Age", value="opened_at", kind=Kind.AGE, sort="opened_at", spare=True),
    Column(key="due", label="Clock", value=clock_badge, kind=Kind.BADGE, sort="due_at", export="due_at"),
    Column(key="owner", label="Owner and team", value=lambda case: person_name(case.owner), kind=Kind.PERSON,
           sub="team_name", sort="owner_name", spare=True),
    Column(key="state", label="State", kind=Kind.BADGE, choices=CaseState, sort="state", spare=True),
    Column(key="queue", label="Queue", value=lambda case: queue_name(case.queue), sort="queue", css="nowrap",
           extra=True, spare=True),
    Column(key="team", label="Team", value="team_name", sort="team_name", css="nowrap", extra=True, spare=True),
    Column(key="payer", label="Payer", sort="payer", css="nowrap", extra=True, spare=True),
    Column(key="system", label="System", sort="system", css="nowrap", extra=True, spare=True),
)  # fmt: skip
#: What the page says in the second lines of other columns has columns of its own in an export.
_OWN_IN_EXPORTS = frozenset({"queue", "team"})


def export_columns() -> tuple[Column, ...]:
    number = Column(key="number", label="Case", kind=Kind.CODE)
    return (number, *(replace(one, extra=one.extra and one.key not in _OWN_IN_EXPORTS) for one in CASE_COLUMNS))


def preview_facts(case: Case) -> list[Fact]:
    """What the pane beside the queue says of one case."""
    facts = [
        Fact("At risk", case.amount, Kind.MONEY),
        Fact("Clock", clock_badge(case), Kind.BADGE),
        Fact("Held", case.held, Kind.NUMBER),
        Fact("Owner", person_name(case.owner), Kind.PERSON),
        Fact("Team", case.team_name),
        Fact("Facility", place_name(case.facility)),
        Fact("Class", class_badge(case.failure_class), Kind.BADGE),
        Fact("System", case.system),
        Fact("Payer", case.payer),
        Fact("Opened", case.opened_at, Kind.WHEN),
    ]
    if case.snoozed_until is not None and case.snoozed_until > now():
        facts.append(Fact("Snoozed until", case.snoozed_until, Kind.WHEN))
    return [fact for fact in facts if fact.value not in (None, "") or fact.kind is Kind.PERSON]
