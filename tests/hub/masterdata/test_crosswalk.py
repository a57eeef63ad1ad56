from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from hub.core.errors import FailureClass, MappingMissing
from hub.masterdata import crosswalk
from hub.masterdata.models import Account, CrosswalkVersion, Department, Facility, Mapping, ServiceLine
from hub.masterdata.states import MappingState
from tests.hub.masterdata.conftest import NEW_YEAR, Group, mapping

SUMMER = date(2026, 7, 1)
DAY = date(2026, 11, 21)


def test_a_local_code_resolves_to_its_canonical_code(group: Group) -> None:
    mapping("CARDIO", "CARD")

    assert crosswalk.resolve("department", "scheduling", "C01", "CARDIO", DAY) == "CARD"


def test_a_facilitys_own_mapping_stands_before_that_of_every_facility(group: Group) -> None:
    mapping("REHAB", "PHYS", facility="")
    mapping("REHAB", "CARD", facility="C01")

    assert crosswalk.resolve("department", "scheduling", "C01", "REHAB", DAY) == "CARD"
    assert crosswalk.resolve("department", "scheduling", "C02", "REHAB", DAY) == "PHYS"
    assert crosswalk.resolve("department", "scheduling", "", "REHAB", DAY) == "PHYS"


def test_the_service_date_chooses_the_mapping(group: Group) -> None:
    mapping("X", "CARD", effective=(NEW_YEAR, SUMMER))
    mapping("X", "PHYS", effective=(SUMMER, None))

    assert crosswalk.resolve("department", "scheduling", "C01", "X", date(2026, 6, 30)) == "CARD"
    assert crosswalk.resolve("department", "scheduling", "C01", "X", SUMMER) == "PHYS"
    with pytest.raises(MappingMissing):
        crosswalk.resolve("department", "scheduling", "C01", "X", date(2025, 12, 31))


@pytest.mark.parametrize("state", [MappingState.PROPOSED, MappingState.REJECTED, MappingState.RETIRED])
def test_only_an_approved_mapping_resolves(group: Group, state: str) -> None:
    mapping("CARDIO", "CARD", state=state)

    with pytest.raises(MappingMissing):
        crosswalk.resolve("department", "scheduling", "C01", "CARDIO", DAY)


def test_a_missing_mapping_says_what_to_map_and_folds_by_it(group: Group) -> None:
    with pytest.raises(MappingMissing) as raised:
        crosswalk.resolve("department", "scheduling", "C07", "PT-REHAB", DAY)

    failure = raised.value
    assert failure.failure_class is FailureClass.MAPPING
    assert failure.code == "unmapped-department"
    assert failure.cause == ("department", "scheduling", "C07", "PT-REHAB")
    assert failure.subject == {
        "domain": "department",
        "system": "scheduling",
        "facility": "C07",
        "local_code": "PT-REHAB",
    }
    assert "PT-REHAB" in failure.hint


def test_two_approved_mappings_of_one_code_never_overlap(group: Group) -> None:
    mapping("CARDIO", "CARD")

    with pytest.raises(IntegrityError, match="mapping_effective_once"), transaction.atomic():
        mapping("CARDIO", "PHYS", effective=(SUMMER, None))
    mapping("CARDIO", "PHYS", effective=(SUMMER, None), state=MappingState.PROPOSED)


def test_what_was_approved_a_moment_ago_is_found_at_once(group: Group) -> None:
    with pytest.raises(MappingMissing):
        crosswalk.resolve("department", "scheduling", "C01", "NEW", DAY)

    mapping("NEW", "CARD")

    assert crosswalk.resolve("department", "scheduling", "C01", "NEW", DAY) == "CARD"


def test_a_change_is_seen_once_the_version_is_looked_at_again(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping("CARDIO", "CARD")
    assert crosswalk.resolve("department", "scheduling", "C01", "CARDIO", DAY) == "CARD"

    Mapping.objects.update(canonical_code="PHYS")
    later = time.monotonic() + 0.6
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert crosswalk.resolve("department", "scheduling", "C01", "CARDIO", DAY) == "PHYS"


def test_a_snapshot_keeps_its_version_whatever_changes(group: Group) -> None:
    mapping("CARDIO", "CARD")
    kept = crosswalk.snapshot(fresh=True)

    Mapping.objects.update(canonical_code="PHYS")

    assert kept.resolve("department", "scheduling", "C01", "CARDIO", DAY) == "CARD"
    newer = crosswalk.snapshot(fresh=True)
    assert newer.resolve("department", "scheduling", "C01", "CARDIO", DAY) == "PHYS"
    assert newer.number > kept.number


def test_look_ups_ask_the_database_nothing_while_the_version_is_known(
    group: Group, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mapping("CARDIO", "CARD")
    crosswalk.snapshot()

    with django_assert_num_queries(0):
        for _ in range(100):
            crosswalk.resolve("department", "scheduling", "C01", "CARDIO", DAY)


CHANGES: dict[str, Callable[[], object]] = {
    "a new mapping": lambda: mapping("NEW", "CARD"),
    "bulk update": lambda: Facility.objects.update(name="Renamed"),
    "deletion": lambda: Account.objects.all().delete(),
    "bulk insert": lambda: ServiceLine.objects.bulk_create([ServiceLine(code="NEW", name="New")]),
    "plain SQL": lambda: connection.cursor().execute("UPDATE masterdata_fee SET amount = amount + 1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_kind_of_change_raises_the_version(group: Group, change: Callable[[], object]) -> None:
    before = crosswalk.version()

    change()

    assert crosswalk.version() > before
    assert CrosswalkVersion.objects.count() == 1


def test_a_version_that_was_rolled_back_is_never_used_again(group: Group) -> None:
    with transaction.atomic():
        mapping("GONE", "CARD")
        rolled_back = crosswalk.snapshot(fresh=True)
        transaction.set_rollback(True)

    mapping("OTHER", "CARD")

    now = crosswalk.snapshot(fresh=True)
    assert now.number != rolled_back.number
    with pytest.raises(MappingMissing):
        now.resolve("department", "scheduling", "C01", "GONE", DAY)


def test_reference_data_is_at_hand(group: Group) -> None:
    assert crosswalk.cost_center("C01", "CARD") == "CC-C01-CARD"
    assert crosswalk.service_line_of("CARD") == "HEART"
    assert crosswalk.facility_info("C01").npi == "1234567893"
    assert crosswalk.provider_info("P1").last_name == "Lee"
    assert crosswalk.payer_info("AETNA").payer_id == "60054"
    assert crosswalk.location_info("C01-MAIN").facility == "C01"
    assert crosswalk.account_info("1010").kind == "asset"


def test_the_fee_of_the_day_is_the_expected_amount(group: Group) -> None:
    assert crosswalk.expected_amount("HEART", "office", "AETNA", date(2026, 6, 30)) == Decimal("180.00")
    assert crosswalk.expected_amount("HEART", "office", "AETNA", SUMMER) == Decimal("195.50")


@pytest.mark.parametrize(
    ("look_up", "code"),
    [
        (lambda: crosswalk.cost_center("C02", "CARD"), "unmapped-cost_center"),
        (lambda: crosswalk.service_line_of("NONE"), "unknown-department"),
        (lambda: crosswalk.payer_info("NONE"), "unknown-payer"),
        (lambda: crosswalk.expected_amount("HEART", "surgery", "AETNA", DAY), "unmapped-fee"),
    ],
)
def test_missing_reference_data_is_a_mapping_failure_too(
    group: Group, look_up: Callable[[], object], code: str
) -> None:
    with pytest.raises(MappingMissing) as raised:
        look_up()

    assert raised.value.code == code


def test_a_look_up_takes_microseconds(group: Group) -> None:
    """The bound is ten times the promise: it catches a query or a copy on the path, not a busy machine."""
    Department.objects.bulk_create(
        Department(code=f"D{number}", name="x", service_line=group.heart) for number in range(100)
    )
    Mapping.objects.bulk_create(
        Mapping(
            domain="department",
            system="scheduling",
            local_code=f"L{number}",
            canonical_code=f"D{number}",
            effective=(NEW_YEAR, None),
            state=MappingState.APPROVED,
        )
        for number in range(100)
    )
    crosswalk.snapshot()
    best = min(_seconds_for_ten_thousand() for _ in range(5))

    assert best / 10_000 < 50e-6


def _seconds_for_ten_thousand() -> float:
    start = time.perf_counter()
    for _ in range(100):
        for number in range(100):
            crosswalk.resolve("department", "scheduling", "C01", f"L{number}", DAY)
    return time.perf_counter() - start
