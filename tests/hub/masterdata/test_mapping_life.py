"""Proposed, approved or rejected, retired: who may, what happens, and what is left untouched."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from redis import Redis

from hub.core.errors import BusinessRefusal, MappingMissing
from hub.governance import audit
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from hub.masterdata import crosswalk, services
from hub.masterdata.models import Department, DomainPolicy, Mapping
from hub.masterdata.states import MappingState
from tests.hub.governance.people import actor
from tests.hub.masterdata.conftest import NEW_YEAR, Group, mapping

SUMMER = date(2026, 7, 1)
DAY = date(2026, 11, 21)


@pytest.fixture
def alice(db: None) -> Actor:
    """Steward of the whole group."""
    return actor("alice", Role.STEWARD)


@pytest.fixture
def bob(db: None) -> Actor:
    """Another one."""
    return actor("bob", Role.STEWARD)


@pytest.fixture
def carla(db: None) -> Actor:
    """Steward of the clinic C01 alone."""
    return actor("carla", Role.STEWARD, facility="C01")


@pytest.fixture
def wakes(servers: None) -> Redis:
    """The broker's flags: one is set when a task was sent."""
    redis: Redis = Redis.from_url(settings.REDIS_URL)
    redis.flushdb()
    return redis


def propose(who: Actor, local_code: str = "CARDIO", canonical_code: str = "CARD", **values: Any) -> Mapping:
    asked = {"domain": "department", "system": "scheduling", "facility": "C01"} | values
    return services.propose_mapping(local_code=local_code, canonical_code=canonical_code, actor=who, **asked)


def means(local_code: str = "CARDIO", on: date = DAY) -> str:
    return crosswalk.resolve("department", "scheduling", "C01", local_code, on)


def test_a_proposal_means_nothing_until_it_is_approved(group: Group, alice: Actor) -> None:
    proposal = propose(alice)

    assert proposal.state == MappingState.PROPOSED
    with pytest.raises(MappingMissing):
        means()
    services.approve_mapping(mapping=proposal, actor=alice)
    assert means() == "CARD"
    assert (proposal.decided_by, proposal.proposed_by) == ("alice", "alice")


def test_every_step_is_audited_and_kept_in_the_history(group: Group, alice: Actor, bob: Actor) -> None:
    proposal = propose(alice, note="seen on the fax")
    services.approve_mapping(mapping=proposal, actor=bob, reason="checked by phone")
    services.retire_mapping(mapping=proposal, actor=alice, reason="closed", on=SUMMER)

    acts = AuditEntry.objects.filter(object_kind="mapping", object_id=str(proposal.pk)).order_by("sequence")
    assert [(act.actor, act.action) for act in acts] == [
        ("alice", "mapping.propose"),
        ("bob", "mapping.approve"),
        ("alice", "mapping.retire"),
    ]
    assert acts[1].after["canonical_code"] == "CARD"
    assert acts[2].after["effective_until"] == "2026-07-01"
    assert {act.facility for act in acts} == {"C01"}
    assert audit.verify() is None
    kept = proposal.history.order_by("history_id")
    assert [(one.history_user.username, one.state) for one in kept] == [
        ("alice", "proposed"),
        ("bob", "approved"),
        ("alice", "approved"),
    ]
    assert kept[1].history_change_reason == "checked by phone"


@pytest.mark.django_db(transaction=True)
def test_an_approval_wakes_the_release_of_what_was_held(group: Group, alice: Actor, wakes: Redis) -> None:
    proposal = propose(alice)
    assert not wakes.exists("hub:wake:exceptions.tasks.release_cases")

    services.approve_mapping(mapping=proposal, actor=alice)

    assert wakes.exists("hub:wake:exceptions.tasks.release_cases")


@pytest.mark.parametrize(
    ("role", "may"),
    [(role, role is Role.STEWARD) for role in Role],
)
def test_only_a_steward_proposes_and_approves(group: Group, alice: Actor, role: Role, may: bool) -> None:
    proposal = propose(alice)
    someone = actor("someone", role)
    if may:
        propose(someone, "OTHER")
        services.approve_mapping(mapping=proposal, actor=someone)
        return
    with pytest.raises(PermissionDenied):
        propose(someone, "OTHER")
    with pytest.raises(PermissionDenied):
        services.approve_mapping(mapping=proposal, actor=someone)
    assert Mapping.objects.get().state == MappingState.PROPOSED


def test_a_steward_of_one_clinic_touches_no_other_and_nothing_of_the_whole_group(
    group: Group, alice: Actor, carla: Actor
) -> None:
    propose(carla)
    for place in ("C02", ""):
        with pytest.raises(PermissionDenied):
            propose(carla, facility=place)
        theirs = propose(alice, facility=place)
        with pytest.raises(PermissionDenied):
            services.approve_mapping(mapping=theirs, actor=carla)
        with pytest.raises(PermissionDenied):
            services.reject_mapping(mapping=theirs, actor=carla, reason="no")


def test_payers_ask_for_a_second_person(group: Group, alice: Actor, bob: Actor) -> None:
    proposal = propose(alice, "AET", "AETNA", domain="payer")

    with pytest.raises(BusinessRefusal) as raised:
        services.approve_mapping(mapping=proposal, actor=alice)
    assert raised.value.code == "second-person-needed"
    proposal.refresh_from_db()
    assert proposal.state == MappingState.PROPOSED

    services.approve_mapping(mapping=proposal, actor=bob)
    assert crosswalk.resolve("payer", "scheduling", "C01", "AET", DAY) == "AETNA"


@pytest.mark.parametrize(("domain", "local", "canonical"), [("payer", "AET", "AETNA"), ("department", "X", "CARD")])
def test_the_policy_of_a_domain_overrules_the_default(
    group: Group, alice: Actor, domain: str, local: str, canonical: str
) -> None:
    DomainPolicy.objects.create(domain=domain, two_people=domain == "department")
    proposal = propose(alice, local, canonical, domain=domain)

    if domain == "payer":
        assert services.approve_mapping(mapping=proposal, actor=alice).state == MappingState.APPROVED
        return
    with pytest.raises(BusinessRefusal):
        services.approve_mapping(mapping=proposal, actor=alice)


def test_the_fix_of_a_case_is_one_step_where_one_person_is_enough(group: Group, alice: Actor) -> None:
    fixed = services.propose_and_approve(
        domain="department",
        system="scheduling",
        facility="C01",
        local_code="PT",
        canonical_code="PHYS",
        actor=alice,
    )

    assert fixed.state == MappingState.APPROVED
    assert means("PT") == "PHYS"


def test_the_fix_of_a_case_stays_a_proposal_where_two_are_asked_for(group: Group, alice: Actor, bob: Actor) -> None:
    asked = {"domain": "payer", "system": "ehr", "facility": "", "local_code": "A1", "canonical_code": "AETNA"}

    waiting = services.propose_and_approve(actor=alice, **asked)
    assert waiting.state == MappingState.PROPOSED
    assert services.propose_and_approve(actor=alice, **asked) == waiting

    approved = services.propose_and_approve(actor=bob, **asked)
    assert approved == waiting
    assert approved.state == MappingState.APPROVED


def test_a_decision_is_made_once(group: Group, alice: Actor, bob: Actor) -> None:
    proposal = propose(alice)
    stale = Mapping.objects.get()
    services.reject_mapping(mapping=proposal, actor=bob, reason="wrong department")

    with pytest.raises(BusinessRefusal) as raised:
        services.approve_mapping(mapping=stale, actor=alice)

    assert raised.value.code == "mapping-changed-meanwhile"
    assert "rejected" in raised.value.message
    assert not AuditEntry.objects.filter(action="mapping.approve").exists()


def test_an_overlap_is_refused_in_words(group: Group, alice: Actor) -> None:
    mapping("CARDIO", "CARD")
    proposal = propose(alice, canonical_code="PHYS", effective_from=SUMMER)

    with pytest.raises(BusinessRefusal) as raised:
        services.approve_mapping(mapping=proposal, actor=alice)

    assert raised.value.code == "mapping-overlap"
    assert raised.value.message == "CARDIO already means CARD from 2026-01-01 on."
    proposal.refresh_from_db()
    assert proposal.state == MappingState.PROPOSED
    assert means() == "CARD"


def test_a_replacement_takes_over_on_its_first_day_and_history_stands(group: Group, alice: Actor) -> None:
    old = mapping("CARDIO", "CARD")
    proposal = propose(alice, canonical_code="PHYS", effective_from=SUMMER)

    services.approve_mapping(mapping=proposal, actor=alice, replace=True)

    assert means(on=date(2026, 6, 30)) == "CARD"
    assert means(on=SUMMER) == "PHYS"
    assert AuditEntry.objects.get(action="mapping.retire").object_id == str(old.pk)


def test_a_replacement_for_all_days_retires_what_it_covers(group: Group, alice: Actor) -> None:
    old = mapping("CARDIO", "CARD")
    proposal = propose(alice, canonical_code="PHYS")

    services.approve_mapping(mapping=proposal, actor=alice, replace=True)

    old.refresh_from_db()
    assert old.state == MappingState.RETIRED
    assert means(on=NEW_YEAR) == "PHYS"


def test_a_replacement_that_would_cut_a_hole_is_refused_whole(group: Group, alice: Actor) -> None:
    mapping("CARDIO", "CARD")
    proposal = propose(alice, canonical_code="PHYS", effective_from=SUMMER, effective_until=date(2026, 8, 1))

    with pytest.raises(BusinessRefusal):
        services.approve_mapping(mapping=proposal, actor=alice, replace=True)

    assert means(on=DAY) == "CARD"


def test_a_retired_mapping_resolves_for_earlier_days_only(group: Group, alice: Actor) -> None:
    standing = mapping("CARDIO", "CARD")

    services.retire_mapping(mapping=standing, actor=alice, reason="clinic sold", on=SUMMER)

    assert means(on=date(2026, 6, 30)) == "CARD"
    with pytest.raises(MappingMissing):
        means(on=SUMMER)


def test_a_mapping_that_was_a_mistake_resolves_for_no_day(group: Group, alice: Actor) -> None:
    standing = mapping("CARDIO", "CARD")

    services.retire_mapping(mapping=standing, actor=alice, reason="typing error")

    with pytest.raises(MappingMissing):
        means(on=NEW_YEAR)
    with pytest.raises(BusinessRefusal):
        services.retire_mapping(mapping=standing, actor=alice, reason="again")


def test_a_mapping_ends_on_a_day_on_which_it_holds(group: Group, alice: Actor) -> None:
    standing = mapping("CARDIO", "CARD", effective=(NEW_YEAR, SUMMER))

    for day in (NEW_YEAR, SUMMER):
        with pytest.raises(ValidationError, match="choose a day within"):
            services.retire_mapping(mapping=standing, actor=alice, reason="closed", on=day)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"domain": "colour"}, "domain"),
        ({"canonical_code": "NONE"}, "canonical_code"),
        ({"canonical_code": "GONE"}, "canonical_code"),
        ({"facility": "C99"}, "facility"),
        ({"domain": "facility", "canonical_code": "C01"}, "facility"),
        ({"local_code": "  "}, "local_code"),
        ({"local_code": "X" * 81}, "local_code"),
        ({"local_code": "A\x00B"}, "local_code"),
        ({"system": ""}, "system"),
        ({"effective_from": SUMMER, "effective_until": SUMMER}, "effective"),
    ],
)
def test_what_cannot_be_is_refused_by_field(group: Group, alice: Actor, wrong: dict[str, Any], field: str) -> None:
    Department.objects.create(code="GONE", name="Closed", service_line=group.heart, active=False)

    with pytest.raises(ValidationError) as raised:
        propose(alice, **wrong)

    assert field in raised.value.message_dict
    assert not Mapping.objects.exists()


def test_the_same_proposal_twice_points_at_the_first(group: Group, alice: Actor, bob: Actor) -> None:
    first = propose(alice)

    with pytest.raises(BusinessRefusal) as raised:
        propose(bob)

    assert raised.value.subject == {"mapping": str(first.pk)}
