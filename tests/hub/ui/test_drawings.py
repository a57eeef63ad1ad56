"""Charts, waterfalls, payloads and differences."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import now
from hub.ui import charts
from hub.ui import format as look
from hub.ui.badges import Badge, Tone
from hub.ui.payload import MASK, MAX_LINES, Highlight, Mark, payload_lines, side_by_side
from hub.ui.waterfall import Span, waterfall

AMOUNTS = st.lists(st.decimals(0, 10**9, places=2), min_size=2, max_size=30)
BADGE = Badge("Done", Tone.POSITIVE)


def slices(values: list[Decimal]) -> list[charts.Slice]:
    return [charts.Slice(f"<{index}>", value) for index, value in enumerate(values)]


# --- charts -------------------------------------------------------------------------------------------------
@given(AMOUNTS)
def test_every_chart_is_well_formed_titled_and_free_of_inline_style(values: list[Decimal]) -> None:
    for drawn in (
        charts.sparkline(values, title="a & b"),
        charts.columns(slices(values), title="a & b"),
        charts.line(values, labels=[str(value) for value in values], title="a & b"),
    ):
        root = ElementTree.fromstring(drawn)  # noqa: S314 - our own text
        assert root.get("role") == "img"
        assert root.findtext("title") == "a & b"
        assert "style=" not in drawn
        assert "nan" not in drawn


@given(AMOUNTS)
def test_the_parts_of_a_stack_fill_it(values: list[Decimal]) -> None:
    widths = [float(width) for width in re.findall(r' width="([\d.]+)%"', charts.stacked(slices(values), title="t"))]
    assert sum(widths) == pytest.approx(100 if any(values) else 0, abs=0.01 * len(values))


def test_bars_are_measured_against_the_largest() -> None:
    drawn = charts.bars([charts.Slice("a", 40, shown="$40"), charts.Slice("b", 10)], title="t")
    assert re.findall(r'chart-bar" width="([\d.]+)%"', drawn) == ["100.00", "25.00"]
    assert "$40" in drawn


def test_the_label_of_the_last_day_is_not_cut_off() -> None:
    drawn = charts.line([1, 2, 3], labels=["Nov 1", "Nov 2", "Nov 21"], title="Lag")
    assert '<text class="chart-text chart-text-end" x="640" y="174">Nov 21</text>' in drawn


def test_one_value_has_no_shape() -> None:
    assert charts.sparkline([1], title="t") == ""


# --- waterfall ----------------------------------------------------------------------------------------------
def test_bars_lie_where_their_steps_ran() -> None:
    start = now() - timedelta(minutes=1)
    chart = waterfall(
        [
            Span("first", BADGE, start, start, start + timedelta(seconds=4)),
            Span(
                "second",
                BADGE,
                start + timedelta(seconds=4),
                start + timedelta(seconds=6),
                start + timedelta(seconds=8),
            ),
        ]
    )
    first, second = chart.bars
    assert (first.x, first.width, first.duration) == ("0.00", "50.00", "4 s")
    assert (second.wait_x, second.wait_width) == ("50.00", "25.00")
    assert (second.x, second.width) == ("75.00", "25.00")
    assert chart.ticks == ["0", "2 s", "4 s", "6 s", "8 s"]


def test_what_still_runs_ends_now() -> None:
    start = now() - timedelta(seconds=100)
    (bar,) = waterfall([Span("running", BADGE, start, start)]).bars
    assert bar.duration == "1 min"
    assert bar.width == "100.00"


def test_what_has_not_begun_has_no_bar() -> None:
    (bar,) = waterfall([Span("later", BADGE)]).bars
    assert (bar.width, bar.wait_width, bar.duration) == ("0", "0", "")


# --- payloads -----------------------------------------------------------------------------------------------
def test_the_offending_part_and_the_masked_parts_are_marked() -> None:
    text = f"PID|1||{MASK * 3}^X\rPV1|1|O|CARD-2^NLM"
    first, second = payload_lines(text, [Highlight(line=2, start=8, end=14)])
    assert [(part.text, part.mark) for part in first.parts] == [
        ("PID|1||", Mark.NONE),
        (MASK * 3, Mark.MASKED),
        ("^X", Mark.NONE),
    ]
    assert [(part.text, part.mark) for part in second.parts][1] == ("CARD-2", Mark.HIT)
    assert (first.hit, second.hit) == (False, True)


@given(st.text(alphabet="a|^•\r\n", max_size=60), st.integers(1, 5), st.integers(0, 9), st.integers(0, 9))
def test_marking_never_changes_the_text(text: str, line: int, start: int, end: int) -> None:
    plain = payload_lines(text)
    marked = payload_lines(text, [Highlight(line, start, max(start, end))])
    for one, other in zip(plain, marked, strict=True):
        shown = "".join(part.text for part in other.parts if part.text != " ")
        assert shown == "".join(part.text for part in one.parts)


def test_a_long_payload_is_cut_on_the_page() -> None:
    assert len(payload_lines("x\n" * (MAX_LINES + 5))) == MAX_LINES


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_a_difference_shows_both_sides_whole(left: list[str], right: list[str]) -> None:
    rows = side_by_side(left, right)
    assert [row.left for row in rows if row.left_number] == left
    assert [row.right for row in rows if row.right_number] == right
    assert all(row.left == row.right for row in rows if not row.changed)


# --- the sprite and the style sheets ------------------------------------------------------------------------
ROOT = Path(__file__).parents[3]


def test_every_icon_that_a_template_names_exists() -> None:
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text())
    }
    assert named <= look.icon_names()


def test_templates_keep_to_the_content_security_policy() -> None:
    forbidden = re.compile(r'\sstyle=|\son[a-z]+="|<style|javascript:|hx-on|hx-vals=.js:|<script(?![^>]*\ssrc=)')
    guilty = [path.name for path in (ROOT / "templates").rglob("*.html") if forbidden.search(path.read_text())]
    assert guilty == []


def test_every_template_says_its_contract_on_top() -> None:
    silent = [
        path.name for path in (ROOT / "templates/ui").rglob("*.html") if "{% comment %}" not in path.read_text()[:120]
    ]
    assert silent == []


def test_every_token_that_a_component_uses_is_defined() -> None:
    folder = ROOT / "hub/ui/static/ui"
    sheets = "".join(path.read_text() for path in folder.glob("*.css"))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", sheets))
    defined = set(re.findall(r"(--[a-z0-9-]+):", (folder / "tokens.css").read_text()))
    assert used - defined == set()
