"""How values look: money, ages, moments, people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template

from hub.core import clock
from hub.ui import format as look
from hub.ui.badges import Badge, Tone


def draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234.56", "$1,234.56"),
        ("-0.4", "-$0.40"),
        ("0", "$0.00"),
        ("1000000", "$1,000,000.00"),
        ("0.125", "$0.12"),
        ("-1234567.895", "-$1,234,567.90"),
    ],
)
def test_money_is_written_to_the_cent(amount: str, text: str) -> None:
    assert look.money_text(Decimal(amount)) == text


def test_money_of_another_currency_keeps_its_code() -> None:
    assert look.money_text(Decimal("12"), "EUR") == "EUR 12.00"


def test_money_is_never_a_float() -> None:
    with pytest.raises(TypeError):
        look.money_text(12.5)  # type: ignore[arg-type]


def test_the_money_filter_marks_the_cell_and_what_is_below_zero() -> None:
    assert draw("{{ amount|money }}", amount=Decimal("-3")) == '<span class="money money-negative">-$3.00</span>'
    assert "–" in draw("{{ amount|money }}", amount=None)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("812.40", "$812"), ("9999", "$9,999"), ("81400", "$81.4K"), ("2360000", "$2.36M"), ("-15000", "-$15.0K")],
)
def test_tiles_write_money_briefly(amount: str, text: str) -> None:
    assert look.money_brief(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(milliseconds=120), "120 ms"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=3, seconds=50), "3 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=89), "89 d"),
        (timedelta(days=95), "3 mo"),
        (timedelta(days=800), "2 y"),
    ],
)
def test_a_duration_is_one_number_and_one_unit(span: timedelta, text: str) -> None:
    assert look.duration_text(span) == text


def test_an_age_follows_the_business_clock() -> None:
    moment = clock.now()
    with clock.travel(timedelta(hours=5)):
        assert look.age_text(moment) == "5 h"


def test_a_moment_to_come_says_so() -> None:
    assert look.age_text(clock.now() + timedelta(hours=3, minutes=5)) == "in 3 h"


def test_the_age_filter_carries_the_exact_time() -> None:
    moment = datetime(2020, 5, 4, 13, 14, 15, tzinfo=UTC)
    drawn = draw("{{ moment|age }}", moment=moment)
    assert 'title="2020-05-04 13:14:15 UTC"' in drawn
    assert 'datetime="2020-05-04T13:14:15+00:00"' in drawn


def test_a_moment_of_another_year_names_the_year() -> None:
    assert look.when_text(datetime(2020, 5, 4, 13, 14, tzinfo=UTC)) == "May 4, 2020, 13:14"
    assert look.when_text(date(2026, 11, 21)) == "Nov 21, 2026"


@pytest.mark.parametrize(
    ("name", "letters"), [("Dana Reyes", "DR"), ("dana.reyes", "DR"), ("Ana Lu Paz", "AP"), ("", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert look.initials(name) == letters


def test_what_people_wrote_is_escaped() -> None:
    assert "<b>" not in look.person("<b>x</b>")
    assert "<b>" not in look.badge(Badge("<b>x</b>", Tone.INFO))


def test_an_icon_is_hidden_from_assistive_technology_and_exists() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "inbox" %}')
    with pytest.raises(LookupError, match="no-such-icon"):
        look.icon("no-such-icon")
