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
