from __future__ import annotations

from datetime import date

import pytest

from hub.governance.access import Actor
from hub.governance.roles import Role
from hub.masterdata import selectors, services
from hub.masterdata.states import MappingState
from tests.hub.governance.people import actor
from tests.hub.masterdata.conftest import Group, mapping

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)


@pytest.fixture
def alice(db: None) -> Actor:
    """Steward of the whole group."""
    return actor("alice", Role.STEWARD)


def test_a_list_shows_own_facilities_and_what_belongs_to_all(group: Group, alice: Actor) -> None:
    for place in ("C01", "C02", ""):
        mapping("CARDIO", "CARD", facility=place)

    assert selectors.mappings(alice).count() == 3
    carla = actor("carla", Role.SPECIALIST, facility="C01")
    assert sorted(selectors.mappings(carla).values_list("facility", flat=True)) == ["", "C01"]
    assert not selectors.mappings(actor("mallory")).exists()


def test_a_search_finds_every_word_somewhere(group: Group, alice: Actor) -> None:
    wanted = mapping("CARDIO", "CARD")
    mapping("CARDIO", "CARD", system="ehr")
    mapping("PT", "PHYS")

    assert list(selectors.mappings(alice, search="cardio sched")) == [wanted]


def test_coverage_counts_what_each_facility_can_say(group: Group, alice: Actor) -> None:
    mapping("CARDIO", "CARD", facility="")
    mapping("PT", "PHYS")
    mapping("PT", "PHYS", facility="C02", state=MappingState.PROPOSED)
    mapping("OLD", "PHYS", facility="C02", effective=(date(2025, 1, 1), date(2026, 1, 1)))

    rows = {row.facility: row for row in selectors.coverage(alice, on=DAY)}

    assert (rows["C01"].mapped, rows["C01"].total, rows["C01"].proposed) == (2, 2, 0)
    assert (rows["C02"].mapped, rows["C02"].total, rows["C02"].proposed) == (1, 2, 1)
    assert list(rows) == ["C02", "C01"]


def test_coverage_keeps_to_the_facilities_of_who_asks(group: Group) -> None:
    mapping("CARDIO", "CARD", facility="")
    carla = actor("carla", Role.SPECIALIST, facility="C01")

    assert {row.facility for row in selectors.coverage(carla, on=DAY)} == {"C01"}


def test_a_facilitys_own_locations_are_what_it_can_cover(group: Group, alice: Actor) -> None:
    mapping("MAIN", "C01-MAIN", domain="location", facility="C01")

    rows = {row.facility: row for row in selectors.coverage(alice, on=DAY)}

    assert (rows["C01"].mapped, rows["C01"].total) == (1, 1)
    assert (rows["C02"].mapped, rows["C02"].total) == (0, 0)


def test_history_tells_who_changed_what_and_why(group: Group, alice: Actor) -> None:
    proposal = services.propose_mapping(
        domain="department",
        system="scheduling",
        facility="C01",
        local_code="PT",
        canonical_code="PHYS",
        actor=alice,
    )
    services.approve_mapping(mapping=proposal, actor=alice, reason="asked the clinic")
    services.retire_mapping(mapping=proposal, actor=alice, reason="closed", on=DAY)

    told = selectors.history(proposal)

    assert [(entry.who, entry.kind, entry.reason) for entry in told] == [
        ("alice", "Changed", "closed"),
        ("alice", "Changed", "asked the clinic"),
        ("alice", "Created", ""),
    ]
    assert [(one.field, one.old, one.new) for one in told[0].changes] == [
        ("effective", "on every day", "until 2026-11-21")
    ]
    assert [(one.field, one.old, one.new) for one in told[1].changes] == [("state", "proposed", "approved")]


def test_where_a_code_is_used(group: Group) -> None:
    mapping("PT", "PHYS")
    mapping("PTH", "PHYS", system="ehr", facility="")
    mapping("OLD", "PHYS", state=MappingState.RETIRED)

    assert [one.local_code for one in selectors.used_where("department", "PHYS")] == ["PTH", "PT"]
