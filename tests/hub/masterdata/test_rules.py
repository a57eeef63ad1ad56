"""Rules: which mapping goes first, what a rule takes, what the database refuses, and what the exact way costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import MappingMissing
from hub.governance.roles import Role
from hub.masterdata import crosswalk, services
from hub.masterdata.gaps import Days, new_gaps
from hub.masterdata.models import Mapping, Match
from hub.masterdata.precedence import takes
from hub.masterdata.snapshot import Crosswalk, Span
from hub.masterdata.states import MappingState
from tests.hub.governance.people import actor
from tests.hub.masterdata.conftest import NEW_YEAR, Group, mapping

DAY = date(2026, 11, 21)
SUMMER = date(2026, 7, 1)

# --- precedence ---------------------------------------------------------------------------------------------
Row = tuple[str, str, str, int, int]
"""Match, pattern, facility (empty: every one), first day and end, counted from new year."""

_CODES = st.text(alphabet="AB-", min_size=1, max_size=4)
_DAYS = st.tuples(st.integers(0, 3), st.integers(1, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    match = draw(st.sampled_from(Match.values))
    code = {"exact": draw(_CODES), "prefix": f"{draw(_CODES)}*", "default": "*"}[match]
    start, end = draw(_DAYS)
    return match, code, draw(st.sampled_from(["", "C01", "C02"])), start, end


def _crosswalk(rows: Sequence[Row]) -> Crosswalk:
    """Row by row, each meaning its own place in the list: as `crosswalk.load` builds it, without a database."""
    exact: dict[tuple[str, str, str, str], tuple[Span, ...]] = {}
    rules: dict[tuple[str, str, str, str], tuple[Span, ...]] = {}
    for place, (match, code, facility, start, end) in enumerate(rows):
        into = exact if match == Match.EXACT else rules
        key = ("department", "s", facility, code if match == Match.EXACT else code.removesuffix("*"))
        span = Span(_day(start), _day(end), str(place), place, match != Match.EXACT)
        into[key] = (*into.get(key, ()), span)
    lengths = tuple(sorted({len(key[3]) for key in rules}, reverse=True))
    return Crosswalk(
        number=1, mappings=exact, rules=rules, rule_lengths={("department", "s"): lengths} if lengths else {},
        fees={}, cost_centers={}, service_lines={}, facilities={}, providers={}, payers={}, locations={}, accounts={},
    )  # fmt: skip


def _day(number: int) -> date:
    return NEW_YEAR + timedelta(days=number)


def _reference(rows: Sequence[Row], facility: str, code: str, day: int) -> str | None:
    """The same, said as `precedence` says it: sort everything that speaks of the code, take the first."""
    found = [
        ((0 if match == Match.EXACT else 1, -len(pattern.removesuffix("*")), place == ""), number)
        for number, (match, pattern, place, start, end) in enumerate(rows)
        if takes(match, pattern, code) and place in {facility, ""} and start <= day < end
    ]
    return str(min(found)[1]) if found else None


@settings(max_examples=150, deadline=None)
@given(st.lists(_rows(), max_size=8), st.sampled_from(["", "C01", "C02"]), _CODES, st.integers(0, 6))
def test_the_snapshot_finds_what_the_rules_of_precedence_say(
    rows: list[Row], facility: str, code: str, day: int
) -> None:
    seen = _crosswalk(rows)
    wanted = _reference(rows, facility, code, day)

    if wanted is None:
        with pytest.raises(MappingMissing):
            seen.find("department", "s", facility, code, _day(day))
    else:
        assert seen.resolve("department", "s", facility, code, _day(day)) == wanted
    spoken_of = any(takes(match, pattern, code) and place in {facility, ""} for match, pattern, place, *_ in rows)
    assert seen.knows("department", "s", facility, code) == spoken_of


def test_the_order_of_precedence_by_example(group: Group) -> None:
    mapping("PT-HAND", "CARD", facility="")
    rule("*", "CARD", facility="C01")
    rule("PT-*", "PHYS", facility="")
    rule("PT-X*", "CARD", facility="")
    rule("PT-*", "CARD", facility="C02")

    def means(code: str, facility: str = "C01") -> str:
        return crosswalk.snapshot(fresh=True).resolve("department", "scheduling", facility, code, DAY)

    assert means("PT-HAND") == "CARD", "exactly this code, for every facility, before a rule"
    assert means("PT-FOOT") == "PHYS", "the longest beginning before the default of the facility"
    assert means("PT-XRAY") == "CARD", "the longest beginning"
    assert means("PT-FOOT", "C02") == "CARD", "of one length the facility's own"
    assert means("ANY") == "CARD", "the default"
    with pytest.raises(MappingMissing):
        means("ANY", "C02")


def rule(pattern: str, canonical_code: str, *, facility: str = "C01", state: str = MappingState.APPROVED) -> Mapping:
    return Mapping.objects.create(
        domain="department", system="scheduling", facility=facility, local_code=pattern, canonical_code=canonical_code,
        match=Match.DEFAULT if pattern == "*" else Match.PREFIX, effective=(NEW_YEAR, None), state=state,
    )  # fmt: skip


def test_a_rule_holds_only_once_it_is_approved_and_only_on_its_days(group: Group) -> None:
    alice = actor("alice", Role.STEWARD)
    proposal = services.propose_mapping(
        domain="department", system="scheduling", facility="C01", local_code="PT-*", match=Match.PREFIX,
        canonical_code="PHYS", effective_from=SUMMER, actor=alice,
    )  # fmt: skip
    with pytest.raises(MappingMissing):
        crosswalk.resolve("department", "scheduling", "C01", "PT-NEW", DAY)

    services.approve_mapping(mapping=proposal, actor=alice)

    assert crosswalk.resolve("department", "scheduling", "C01", "PT-NEW", DAY) == "PHYS"
    with pytest.raises(MappingMissing):
        crosswalk.resolve("department", "scheduling", "C01", "PT-NEW", date(2026, 6, 30))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"match": Match.PREFIX, "local_code": "PT"}, "local_code"),
        ({"match": Match.PREFIX, "local_code": "*"}, "local_code"),
        ({"match": Match.DEFAULT, "local_code": "PT-*"}, "local_code"),
        ({"match": "regex", "local_code": "PT.*"}, "match"),
        ({"match": Match.DEFAULT, "local_code": "", "domain": "facility", "canonical_code": "C01"}, "match"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_at_its_field(group: Group, values: dict[str, str], field: str) -> None:
    asked = {"domain": "department", "facility": "", "canonical_code": "PHYS"} | values
    with pytest.raises(ValidationError) as raised:
        services.propose_mapping(system="scheduling", actor=actor("alice", Role.STEWARD), **asked)
    assert field in raised.value.message_dict


def test_two_rules_of_one_beginning_never_overlap_and_the_database_keeps_patterns_in_shape(group: Group) -> None:
    rule("PT-*", "PHYS")
    with pytest.raises(IntegrityError, match="mapping_effective_once"), transaction.atomic():
        rule("PT-*", "CARD")
    with pytest.raises(IntegrityError, match="mapping_rule_is_a_pattern"), transaction.atomic():
        Mapping.objects.filter(local_code="PT-*").update(local_code="PT-")
    mapping("PT-*", "CARD")  # a code that a system spells so is a mapping of that code alone
    assert crosswalk.snapshot(fresh=True).resolve("department", "scheduling", "C01", "PT-*", DAY) == "CARD"


def test_the_exact_way_does_not_slow_down_with_rules(group: Group) -> None:
    """In numbers of look-ups, not of seconds: the exact way asks no dictionary of rules."""
    mapping("CARDIO", "CARD")
    rule("*", "PHYS")

    class Untouched(dict[tuple[str, str], tuple[int, ...]]):
        def get(self, *args: object) -> tuple[int, ...]:
            raise AssertionError("the exact way looked at the rules")

    loaded = crosswalk.load(1)
    object.__setattr__(loaded, "rule_lengths", Untouched(loaded.rule_lengths))
    assert loaded.resolve("department", "scheduling", "C01", "CARDIO", DAY) == "CARD"


# --- gaps ---------------------------------------------------------------------------------------------------
_RANGES = st.lists(_DAYS, max_size=5)


@settings(max_examples=150, deadline=None)
@given(_RANGES, _RANGES)
def test_new_gaps_are_the_days_lost_and_the_holes_opened(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    def covered(ranges: list[tuple[int, int]]) -> set[int]:
        return {day for start, end in ranges for day in range(start, end)}

    def holes(days: set[int]) -> set[int]:
        return {day for day in range(min(days, default=0), max(days, default=0)) if day not in days}

    def dates(ranges: list[tuple[int, int]]) -> list[Days]:
        return [(_day(start), _day(end)) for start, end in ranges]

    old, new = covered(before), covered(after)
    wanted = (old - new) | (holes(new) - holes(old))
    found = new_gaps(dates(before), dates(after))
    assert {(start + timedelta(days=n) - NEW_YEAR).days for start, end in found for n in range((end - start).days)} == (
        wanted
    )
