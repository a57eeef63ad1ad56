"""The tiles, tables and bars of the home page."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse
from django.utils.safestring import SafeString

from exceptions.models import Case
from hub.console.links import GROUP, case_url, entry_url, mapping_url, queue_url, runs_url, systems_url
from hub.console.selectors.home import Request, Stuck, SystemHealth
from hub.console.words import clock_badge, count_text, person_name, place_name, queue_name
from hub.governance.states import ApprovalKind
from hub.kpis.definitions import Definition, Direction, Unit
from hub.kpis.selectors import Headline
from hub.ui.badges import Tone
from hub.ui.charts import Slice, bars, sparkline
from hub.ui.columns import Column, Kind
from hub.ui.format import money_brief, money_text
from hub.ui.stats import Stat
from orchestration.states import RunState

_MOST_BARS = 8
_DIRECTIONS = {Direction.DOWN: "lower is better", Direction.UP: "higher is better"}


def _queue_and_held(case: Case) -> str:
    return f"{queue_name(case.queue)} · {case.held:,} held"


CASE_COLUMNS = (
    Column(key="title", label="Cause", link=case_url, sub=lambda case: f"{case.number} · {queue_name(case.queue)}"),
    Column(key="facility", label="Facility", value=lambda case: place_name(case.facility), css="nowrap"),
    Column(key="amount", label="At risk", kind=Kind.MONEY),
    Column(key="clock", label="Clock", value=clock_badge, kind=Kind.BADGE),
    Column(key="owner", label="Owner", value=lambda case: person_name(case.owner), kind=Kind.PERSON, css="nowrap"),
)
NEW_COLUMNS = (
    Column(key="title", label="Cause", link=case_url, sub=_queue_and_held),
    Column(key="opened", label="Age", value="opened_at", kind=Kind.AGE),
)
PROPOSAL_COLUMNS = (
    Column(key="local_code", label="Local code", link=mapping_url, sub=lambda row: f"{row.system} {row.domain}"),
    Column(key="canonical_code", label="Means", kind=Kind.CODE),
    Column(key="facility", label="Facility", value=lambda row: row.facility or "Every facility"),
    Column(key="proposed_by", label="Proposed by", kind=Kind.PERSON),
)


def _asked_for(request: Request) -> str:
    approval = request.approval
    if approval.kind == ApprovalKind.WRITE_OFF:
        return f"Write off {money_text(approval.amount)}"
    return f"Correct {', '.join(approval.subject.get('fields', []))}"


REQUEST_COLUMNS = (
    Column(
        key="asked", label="Asked for", value=_asked_for, link=lambda one: case_url(one.case), sub="case.title",
    ),
    Column(key="facility", label="Facility", value=lambda one: place_name(one.case.facility), css="nowrap"),
    Column(key="by", label="By", value="approval.asked_by", kind=Kind.PERSON),
    Column(key="at", label="Age", value="approval.asked_at", kind=Kind.AGE),
)  # fmt: skip
POSTED_COLUMNS = (
    Column(
        key="what",
        label="Entry",
        value="entry.description",
        link=lambda row: entry_url(row.entry),
        sub="entry.facility",
    ),
    Column(key="amount", label="Amount", kind=Kind.MONEY),
    Column(key="at", label="Posted", value="entry.posted_at", kind=Kind.AGE),
)


def queue_stats(rows: list[Stuck]) -> list[Stat]:
    return [
        Stat(
            queue_name(row.key),
            f"{row.count:,}",
            hint=f"{money_brief(row.amount)} at risk" if row.count else "all clear",
            tone=Tone.CAUTION if row.count else Tone.POSITIVE,
            url=queue_url(queue=row.key),
        )
        for row in rows
    ]


def facility_bars(rows: list[Stuck]) -> SafeString:
    slices = [
        Slice(
            place_name(row.key),
            row.amount,
            Tone.CAUTION,
            shown=f"{money_brief(row.amount)} · {row.count:,}",
            url=queue_url(facility=row.key or GROUP),
        )
        for row in rows[:_MOST_BARS]
    ]
    return bars(slices, title="Dollars at risk and open cases, by facility")


def kpi_stat(headline: Headline) -> Stat:
    """A KPI as a tile: its value, its shape over the last weeks, and what to doubt."""
    definition, figure = headline.definition, headline.figure
    trend = [point.figure.value for point in headline.trend if point.figure.value is not None]
    hint = count_text(figure.count, "item")
    if headline.stale:
        hint = f"{hint} · a source is silent"
    return Stat(
        definition.name,
        value_text(figure.value, definition.unit),
        unit="" if definition.unit is Unit.DOLLARS or figure.value is None else definition.unit.value,
        hint=hint,
        tone=Tone.CAUTION if headline.stale else None,
        url=reverse("console:kpi", args=[definition.kpi.value]),
        chart=sparkline(trend, title=f"{definition.name}, day by day", tone=_trend_tone(trend, definition.direction)),
    )


def direction_text(definition: Definition) -> str:
    return _DIRECTIONS[definition.direction]


def value_text(value: Decimal | None, unit: Unit) -> str:
    if value is None:
        return "–"
    if unit is Unit.DOLLARS:
        return money_brief(value)
    return f"{value:,.1f}".removesuffix(".0")


def _trend_tone(values: list[Decimal], direction: Direction) -> Tone:
    if len(values) < 2 or values[0] == values[-1]:
        return Tone.NEUTRAL
    rising = values[-1] > values[0]
    return Tone.POSITIVE if rising == (direction is Direction.UP) else Tone.CAUTION


def runs_stat(counts: dict[str, int]) -> Stat:
    parked = counts[RunState.PARKED]
    under_way = counts[RunState.READY] + counts[RunState.SENDING]
    return Stat(
        "Runs parked",
        f"{parked:,}",
        hint=f"{counts[RunState.WAITING]:,} waiting, {under_way:,} under way",
        tone=Tone.CAUTION if parked else Tone.POSITIVE,
        url=runs_url(state=RunState.PARKED.value),
    )


def systems_stat(health: SystemHealth) -> Stat:
    if health.down:
        return Stat(
            "Systems down", f"{len(health.down)}", hint=", ".join(health.down), tone=Tone.CRITICAL, url=systems_url()
        )
    hint = f"{', '.join(health.paused)} paused" if health.paused else "none down"
    tone = Tone.CAUTION if health.paused else Tone.POSITIVE
    return Stat("Systems up", f"{health.total}", hint=hint, tone=tone, url=systems_url())
