"""Small charts drawn on the server as SVG: no script, no inline style, a title for those who do not see them.

Numbers become floats here, and only here: a pixel is no amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hub.ui.badges import Tone

Number = int | float | Decimal

_SPARK_WIDTH, _SPARK_HEIGHT = 104, 32
_CHART_WIDTH, _CHART_HEIGHT = 640, 180
_LEFT, _BOTTOM, _TOP = 52, 24, 10
#: Half of the widest label of a tick.
_TICK_HALF = 24
_GRID_LINES = 2


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a whole, or one bar among bars; `shown` is its value as text."""

    label: str
    value: Number
    tone: Tone = Tone.ACCENT
    shown: str = ""
    url: str = ""


def sparkline(values: Sequence[Number], *, title: str, tone: Tone = Tone.ACCENT) -> SafeString:
    """The shape of a series, without axes; the last point is marked. Empty below two values."""
    if len(values) < 2:
        return SafeString("")
    points = _points(values, width=_SPARK_WIDTH, height=_SPARK_HEIGHT, pad=3)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    last_x, last_y = points[-1]
    return format_html(
        '<svg class="chart-spark" data-tone="{}" viewBox="0 0 {} {}" role="img"><title>{}</title>'
        '<polygon class="chart-area" points="{},{} {} {},{}"></polygon>'
        '<polyline class="chart-line" points="{}"></polyline>'
        '<circle class="chart-dot" cx="{}" cy="{}" r="2.5"></circle></svg>',
        tone, _SPARK_WIDTH, _SPARK_HEIGHT, title,
        f"{points[0][0]:.1f}", _SPARK_HEIGHT, line, f"{last_x:.1f}", _SPARK_HEIGHT,
        line, f"{last_x:.1f}", f"{last_y:.1f}",
    )  # fmt: skip


def bars(slices: Sequence[Slice], *, title: str) -> SafeString:
    """Labelled horizontal bars, each against the largest; a list, so that it reads well without seeing it."""
    largest = max((float(part.value) for part in slices), default=0.0) or 1.0
    rows = format_html_join(
        "",
        '<dt class="truncate">{}</dt><dd data-tone="{}"><svg aria-hidden="true">'
        '<rect class="chart-track" width="100%" height="100%" rx="3"></rect>'
        '<rect class="chart-bar" width="{}%" height="100%" rx="3"></rect></svg></dd><dd class="num">{}</dd>',
        (
            (_label(part), part.tone, f"{max(0.0, float(part.value)) / largest * 100:.2f}", part.shown or part.value)
            for part in slices
        ),
    )
    return format_html('<dl class="bars" aria-label="{}">{}</dl>', title, rows)


def stacked(slices: Sequence[Slice], *, title: str) -> SafeString:
    """One bar of parts that make up a whole, with a legend that names the values."""
    whole = sum(float(part.value) for part in slices) or 1.0
    offset, drawn = 0.0, []
    for part in slices:
        width = float(part.value) / whole * 100
        drawn.append((part.tone, f"{offset:.2f}", f"{width:.2f}"))
        offset += width
    parts = format_html_join(
        "", '<g data-tone="{}"><rect class="chart-bar" x="{}%" width="{}%" height="100%"></rect></g>', drawn
    )
    legend = format_html_join(
        "",
        '<li data-tone="{}">{} <strong>{}</strong></li>',
        ((part.tone, _label(part), part.shown or part.value) for part in slices),
    )
    return format_html(
        '<svg class="chart chart-stack" role="img"><title>{}</title>{}</svg><ul class="legend">{}</ul>',
        title, parts, legend,
    )  # fmt: skip


def columns(slices: Sequence[Slice], *, title: str, top_label: str = "") -> SafeString:
    """Vertical bars over time, with a grid; every few labels are written so that none overlap."""
    largest = _round_up(max((float(part.value) for part in slices), default=0.0))
    step = (_CHART_WIDTH - _LEFT) / max(1, len(slices))
    floor = _CHART_HEIGHT - _BOTTOM
    every = max(1, -(-len(slices) // 10))
    drawn = format_html_join(
        "",
        '<g data-tone="{}"><rect class="chart-bar" x="{}" y="{}" width="{}" height="{}" rx="2">'
        "<title>{}: {}</title></rect></g>{}",
        (
            (
                part.tone,
                f"{_LEFT + index * step + step * 0.15:.1f}",
                f"{floor - float(part.value) / largest * (floor - _TOP):.1f}",
                f"{step * 0.7:.1f}",
                f"{float(part.value) / largest * (floor - _TOP):.1f}",
                part.label,
                part.shown or part.value,
                _tick(part.label, _LEFT + (index + 0.5) * step) if index % every == 0 else "",
            )
            for index, part in enumerate(slices)
        ),
    )
    return _framed(title, largest, drawn)


def line(values: Sequence[Number], *, labels: Sequence[str], title: str, tone: Tone = Tone.ACCENT) -> SafeString:
    """A series over time, with a grid and an area below it. Empty below two values."""
    if len(values) < 2:
        return SafeString("")
    largest = _round_up(max(float(value) for value in values))
    floor = _CHART_HEIGHT - _BOTTOM
    step = (_CHART_WIDTH - _LEFT - 8) / (len(values) - 1)
    points = [
        (_LEFT + index * step, floor - float(value) / largest * (floor - _TOP)) for index, value in enumerate(values)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    every = max(1, -(-len(values) // 8))
    ticks = format_html_join(
        "", "{}", ((_tick(label, points[i][0]),) for i, label in enumerate(labels) if i % every == 0)
    )
    drawn = format_html(
        '<g data-tone="{}"><polygon class="chart-area" points="{},{} {} {},{}"></polygon>'
        '<polyline class="chart-line" points="{}"></polyline></g>{}',
        tone, f"{points[0][0]:.1f}", floor, path, f"{points[-1][0]:.1f}", floor, path, ticks,
    )  # fmt: skip
    return _framed(title, largest, drawn)


def _framed(title: str, largest: float, drawn: SafeString) -> SafeString:
    floor = _CHART_HEIGHT - _BOTTOM
    grid = format_html_join(
        "",
        '<line class="chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
        '<text class="chart-text chart-text-end" x="{}" y="{}">{}</text>',
        (
            (_LEFT, _CHART_WIDTH, f"{y:.1f}", f"{y:.1f}", _LEFT - 8, f"{y + 4:.1f}", _brief(largest * share))
            for share in (index / _GRID_LINES for index in range(_GRID_LINES + 1))
            for y in (floor - share * (floor - _TOP),)
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img"><title>{}</title>{}{}</svg>',
        _CHART_WIDTH, _CHART_HEIGHT, title, grid, drawn,
    )  # fmt: skip


def _points(values: Sequence[Number], *, width: float, height: float, pad: float) -> list[tuple[float, float]]:
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    span = (high - low) or 1.0
    step = (width - 2 * pad) / (len(numbers) - 1)
    return [
        (pad + index * step, height - pad - (value - low) / span * (height - 2 * pad))
        for index, value in enumerate(numbers)
    ]


def _label(part: Slice) -> SafeString:
    return format_html('<a href="{}">{}</a>', part.url, part.label) if part.url else format_html("{}", part.label)


def _tick(label: str, x: float) -> SafeString:
    """Below its point; the last one ends with the chart, which would cut it off."""
    last = x > _CHART_WIDTH - _TICK_HALF
    return format_html(
        '<text class="chart-text chart-text-{}" x="{}" y="{}">{}</text>',
        "end" if last else "middle", _CHART_WIDTH if last else f"{x:.1f}", _CHART_HEIGHT - 6, label,
    )  # fmt: skip


def _round_up(value: float) -> float:
    """The next 1, 2, 4, 6, 8 or 10 of its magnitude, so that the grid has round numbers."""
    if value <= 0:
        return 1.0
    magnitude = 10.0 ** (len(str(int(value))) - 1)
    return next(magnitude * nice for nice in (1, 2, 4, 6, 8, 10) if value <= magnitude * nice)


def _brief(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:.3g}M"
    return f"{value / 1_000:.3g}K" if value >= 1_000 else f"{value:.3g}"
