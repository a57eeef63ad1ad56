"""The shape of a KPI's number, and how numbers of several facilities make one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hub.core import clock
from hub.kpis.definitions import Combine, Definition
from hub.kpis.models import WHOLE_GROUP

#: What the daily snapshots and the pages look back over where nobody chose a period. House default.
WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to before `end`, business time."""

    start: datetime
    end: datetime

    @classmethod
    def last(cls, window: timedelta = WINDOW) -> Period:
        end = clock.now()
        return cls(end - window, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` and `tail` are in the definition's unit and None where there is nothing to measure.

    `part` splits a facility's number: an interface (source→target), an age. `newest` is the newest source change
    among it, where the KPI tells.
    """

    facility: str
    part: str = ""
    count: int
    value: Decimal | None
    tail: Decimal | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    day: date
    figure: Figure


def combined(definition: Definition, figures: Sequence[Figure]) -> Figure:
    """One figure for several facilities or parts. The tail of a mixture is not known, so it is left out."""
    if len(figures) == 1:
        return replace(figures[0], facility=WHOLE_GROUP)
    measured = [figure for figure in figures if figure.value is not None]
    return Figure(
        facility=WHOLE_GROUP,
        count=sum(figure.count for figure in figures),
        value=_combined_value(definition.combine, measured),
        tail=_worst_tail(measured) if definition.combine is Combine.WORST else None,
        newest=min((figure.newest for figure in figures if figure.newest), default=None),
    )


def _combined_value(combine: Combine, figures: Sequence[Figure]) -> Decimal | None:
    values = [(figure.value, figure.count) for figure in figures if figure.value is not None]
    if combine is Combine.SUM:
        return sum((value for value, _ in values), Decimal("0.00"))
    if not values:
        return None
    if combine is Combine.WORST:
        return max(value for value, _ in values)
    weight = sum(count for _, count in values)
    total = sum((value * count for value, count in values), Decimal(0))
    return (total / weight).quantize(Decimal("0.01")) if weight else None


def _worst_tail(figures: Sequence[Figure]) -> Decimal | None:
    return max((figure.tail for figure in figures if figure.tail is not None), default=None)
