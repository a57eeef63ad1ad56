"""The step waterfall: what ran when, as bars on one time axis, with waits shown as waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.core.clock import now
from hub.ui.badges import Badge
from hub.ui.format import duration_text

_TICKS = 4
# A step of a millisecond in a run of a day must still be seen.
_THINNEST_PERCENT = 0.6


@dataclass(frozen=True, slots=True)
class Span:
    """One step: it waited from `queued`, ran from `started` to `ended`; None is not yet."""

    label: str
    badge: Badge
    queued: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A span in percent of the axis."""

    span: Span
    wait_x: str
    wait_width: str
    x: str
    width: str
    duration: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    bars: list[Bar]
    ticks: list[str]


def waterfall(spans: Sequence[Span]) -> Waterfall:
    """Lay `spans` out between the first moment and the last; what still runs ends now."""
    moments = [moment for span in spans for moment in (span.queued, span.started, span.ended) if moment]
    if not moments:
        return Waterfall([_bar(span, now(), timedelta(seconds=1)) for span in spans], [])
    start = min(moments)
    running = any(span.ended is None and (span.started or span.queued) for span in spans)
    end = max([*moments, now()]) if running else max(moments)
    whole = max(end - start, timedelta(milliseconds=1))
    return Waterfall(
        [_bar(span, start, whole) for span in spans],
        [duration_text(whole * index / _TICKS) if index else "0" for index in range(_TICKS + 1)],
    )


def _bar(span: Span, start: datetime, whole: timedelta) -> Bar:
    begun = span.started or span.ended
    ended = span.ended or (now() if begun else None)
    wait_from = span.queued
    wait_to = begun or (now() if wait_from else None)
    # What only waited, for an event or a time, took as long as it waited.
    took_from = wait_from if wait_from and begun == ended else begun
    return Bar(
        span,
        wait_x=_percent(wait_from, start, whole),
        wait_width=_width(wait_from, wait_to, whole, thinnest=0.0),
        x=_percent(begun, start, whole),
        width=_width(begun, ended, whole, thinnest=_THINNEST_PERCENT),
        duration=duration_text(ended - took_from) if took_from and ended else "",
    )


def _percent(moment: datetime | None, start: datetime, whole: timedelta) -> str:
    if moment is None:
        return "0"
    return f"{min(100 - _THINNEST_PERCENT, max(0.0, (moment - start) / whole * 100)):.2f}"


def _width(begun: datetime | None, ended: datetime | None, whole: timedelta, *, thinnest: float) -> str:
    if begun is None or ended is None:
        return "0"
    return f"{max(thinnest, min(100.0, (ended - begun) / whole * 100)):.2f}"
