"""The tables, tiles and charts of the KPI pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from connectors.models import Delivery
from connectors.states import DeliveryState
from hub.console.links import journey_url
from hub.console.selectors.kpis import Breakdown, SourceState
from hub.console.tables.home import direction_text, kpi_stat, value_text
from hub.console.words import count_text, place_name
from hub.core.identifiers import masked_identifier, masked_key
from hub.kpis.definitions import Definition, Unit
from hub.kpis.figures import Figure
from hub.records.models import Appointment, Charge, ClaimPayment, Payment
from hub.records.states import AppointmentStatus, ChargeStatus, PaymentStatus
from hub.ui.badges import Badge, Tone
from hub.ui.charts import Slice, bars, line
from hub.ui.columns import Column, Kind, resolve
from hub.ui.format import duration_text, money_text
from hub.ui.stats import Stat

_MOST_BARS = 12
_CARD_BARS = 4


def exact_text(figure: Figure, definition: Definition) -> str:
    if figure.value is None:
        return "–"
    return (
        money_text(figure.value) if definition.unit is Unit.DOLLARS else f"{figure.value:,.2f} {definition.unit.value}"
    )


def facility_columns(definition: Definition) -> tuple[Column, ...]:
    return (
        Column(
            key="facility", label="Facility", value=lambda figure: place_name(figure.facility),
            link=lambda figure: rows_url(definition, 0, figure.facility),
        ),
        Column(key="count", label="Items", kind=Kind.NUMBER),
        *_value_columns(definition),
    )  # fmt: skip


def part_columns(definition: Definition) -> tuple[Column, ...]:
    return (
        Column(key="part", label="Part", css="cell-main"),
        Column(key="count", label="Items", kind=Kind.NUMBER),
        *_value_columns(definition),
    )


def _heading(label: str) -> str:
    """`Mean`, but `p50`."""
    return label.capitalize() if label.isalpha() else label


def _value_columns(definition: Definition) -> list[Column]:
    found = [
        Column(
            key="value",
            label=_heading(definition.value_label),
            value=lambda one: exact_text(one, definition),
            css="num",
        )
    ]
    if definition.tail_label:
        found.append(
            Column(
                key="tail", label=_heading(definition.tail_label),
                value=lambda one: "" if one.tail is None else f"{one.tail:,.2f} {definition.unit.value}", css="num",
            )
        )  # fmt: skip
    return found


SOURCE_COLUMNS = (
    Column(key="system", label="Source", css="cell-main", sub=lambda state: _silent_text(state)),
    Column(key="received_at", label="Heard of", kind=Kind.AGE, css="nowrap"),
    Column(
        key="state", label="State", kind=Kind.BADGE,
        value=lambda state: Badge("Silent", Tone.CAUTION) if state.is_silent else Badge("Fresh", Tone.POSITIVE),
    ),
)  # fmt: skip
_SILENT_NAMED = 4


def _silent_text(state: SourceState) -> str:
    if not state.silent:
        return count_text(state.facilities, "facility", "facilities")
    if len(state.silent) == state.facilities:
        return "at every facility"
    named = ", ".join(place_name(facility) for facility in state.silent[:_SILENT_NAMED])
    rest = len(state.silent) - _SILENT_NAMED
    return f"at {named} and {rest} more" if rest > 0 else f"at {named}"


def facility_chart(found: Breakdown, most: int = _MOST_BARS) -> SafeString:
    slices = [
        Slice(
            place_name(figure.facility),
            figure.value,
            Tone.ACCENT,
            shown=value_text(figure.value, found.definition.unit),
            url=rows_url(found.definition, 0, figure.facility),
        )
        for figure in found.by_facility[:most]
        if figure.value is not None
    ]
    return bars(slices, title=f"{found.definition.name} by facility") if slices else SafeString("")


@dataclass(frozen=True, slots=True)
class KpiCard:
    """One KPI on the page of all: its tile, where it is worst, what it means."""

    found: Breakdown
    stat: Stat
    chart: SafeString
    direction: str


def kpi_cards(found: Sequence[Breakdown]) -> list[KpiCard]:
    return [
        KpiCard(one, kpi_stat(one.headline), facility_chart(one, _CARD_BARS), direction_text(one.definition))
        for one in found
    ]


def trend_chart(found: Breakdown) -> SafeString:
    points = [(f"{point.day:%b} {point.day.day}", point.figure.value) for point in found.trend]
    known = [(label, value) for label, value in points if value is not None]
    return line(
        [value for _, value in known],
        labels=[label for label, _ in known],
        title=f"{found.definition.name}, day by day",
    )


def rows_url(definition: Definition, part: int, facility: str = "") -> str:
    url = reverse("console:kpi-rows", args=[definition.kpi.value, part])
    return f"{url}?facility={facility}" if facility else url


# --- the rows behind a number -------------------------------------------------------------------------------
_FACILITY = Column(key="facility", label="Facility", sort="facility")
_JOURNEY = Column(
    key="journey",
    label="Journey",
    value=lambda row: "Open" if journey_url(row) else "",
    link=journey_url,
    export="journey_id",
)
_ACCOUNT = Column(
    key="account", label="Account", value=lambda row: masked_identifier(row.account_number), kind=Kind.CODE
)


def _lag(begun: str, ended: str) -> Column:
    """What the number is made of: how long the row took from one moment to the other."""

    def length(row: Any) -> timedelta | None:
        first, last = resolve(begun, row), resolve(ended, row)
        return None if first is None or last is None else last - first

    def shown(row: Any) -> str:
        return "" if (found := length(row)) is None else duration_text(found)

    def hours(row: Any) -> str:
        return "" if (found := length(row)) is None else f"{found / timedelta(hours=1):.2f} h"

    return Column(key="lag", label="Lag", value=shown, export=hours, css="num")


_APPOINTMENTS = (
    Column(key="key", label="Appointment", value=lambda row: masked_key(row.key), kind=Kind.CODE),
    _ACCOUNT,
    _FACILITY,
    Column(key="department", label="Department", sort="department"),
    Column(key="expected", label="Expected", value="expected_amount", kind=Kind.MONEY, sort="expected_amount"),
    Column(key="completed", label="Completed", value="completed_at", kind=Kind.AGE, sort="completed_at"),
    Column(key="status", label="Status", kind=Kind.BADGE, choices=AppointmentStatus),
    _JOURNEY,
)
_PAYMENTS = (
    Column(key="key", label="Payment", value=lambda row: masked_key(row.key), kind=Kind.CODE),
    _ACCOUNT,
    _FACILITY,
    Column(key="amount", label="Amount", kind=Kind.MONEY, sort="amount"),
    Column(key="settled", label="Settled", value="settled_at", kind=Kind.WHEN, sort="settled_at"),
    Column(key="posted", label="Posted", value="posted_at", kind=Kind.WHEN, sort="posted_at"),
    _lag("settled_at", "posted_at"),
    Column(key="status", label="Status", kind=Kind.BADGE, choices=PaymentStatus),
    _JOURNEY,
)
_CLAIM_PAYMENTS = (
    Column(key="claim", label="Claim", value=lambda row: masked_identifier(row.claim_number), kind=Kind.CODE),
    _FACILITY,
    Column(key="trace", label="Remittance", value="remittance.trace_number", kind=Kind.CODE),
    Column(key="paid", label="Paid", kind=Kind.MONEY, sort="paid"),
    Column(key="received", label="Received", value="remittance.received_at", kind=Kind.WHEN),
    Column(key="posted", label="Posted", value="posted_at", kind=Kind.WHEN, sort="posted_at"),
    _lag("remittance.received_at", "posted_at"),
    _JOURNEY,
)
_CHARGES = (
    Column(key="key", label="Charge", value=lambda row: masked_key(row.key), kind=Kind.CODE),
    _ACCOUNT,
    _FACILITY,
    Column(key="department", label="Department", sort="department"),
    Column(key="amount", label="Amount", kind=Kind.MONEY, sort="amount"),
    Column(key="service_date", label="Service", kind=Kind.WHEN, sort="service_date"),
    Column(key="captured", label="Captured", value="captured_at", kind=Kind.WHEN, sort="captured_at"),
    Column(key="status", label="Status", kind=Kind.BADGE, choices=ChargeStatus),
    _JOURNEY,
)
_DELIVERIES = (
    Column(key="operation", label="Delivery", sub="system", css="cell-main"),
    _FACILITY,
    Column(key="created", label="Made", value="created_at", kind=Kind.WHEN),
    Column(key="finished", label="Confirmed", value="finished_at", kind=Kind.WHEN),
    Column(key="state", label="State", kind=Kind.BADGE, choices=DeliveryState),
    _JOURNEY,
)

#: Columns and the order without a choice, by what the rows are.
ROWS: dict[type[Any], tuple[Sequence[Column], str]] = {
    Appointment: (_APPOINTMENTS, "completed_at"),
    Payment: (_PAYMENTS, "settled_at"),
    ClaimPayment: (_CLAIM_PAYMENTS, "pk"),
    Charge: (_CHARGES, "service_date"),
    Delivery: (_DELIVERIES, "-pk"),
}
