from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from pytest_django.fixtures import DjangoAssertNumQueries

from hub.governance import access
from hub.governance.access import Actor, Door
from hub.governance.models import Grant
from hub.governance.roles import Permission, Role
from hub.masterdata.models import Domain, Mapping
from tests.hub.governance.people import actor, person

pytestmark = pytest.mark.django_db

# What each role may do, written out a second time on purpose: a change of one must be meant.
VIEWS = "kpis.view cases.view journeys.view runs.view messages.view mappings.view systems.view ledger.view"
MATRIX: dict[Role, str] = {
    Role.SPECIALIST: "kpis.view cases.view cases.work journeys.view runs.view messages.view mappings.view",
    Role.LEAD: f"{VIEWS} cases.work cases.assign teams.manage replay.run rules.propose rules.approve write_offs.approve"
    " runbooks.edit replay.approve"
    " corrections.approve",
    Role.FINANCE: f"{VIEWS} cases.work ledger.tie_out ledger.post_late rules.approve write_offs.approve",
    Role.STEWARD: "kpis.view cases.view cases.work journeys.view runs.view messages.view mappings.view"
    " systems.view mappings.propose mappings.approve rules.propose replay.run",
    Role.ENGINEER: "kpis.view cases.view cases.work cases.assign runs.view messages.view messages.break_glass"
    " messages.fixture"
    " mappings.view systems.view systems.operate ledger.view replay.run runbooks.edit replay.approve",
    Role.AUDITOR: f"{VIEWS} audit.view",
    Role.EXECUTIVE: "kpis.view",
    Role.MACHINE: "kpis.view cases.view journeys.view runs.view messages.view mappings.view systems.view",
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_exactly_what_the_matrix_says(role: Role) -> None:
    alice = person("alice", role)

    assert {str(permission) for permission in Permission if access.may(alice, permission)} == set(MATRIX[role].split())


def test_a_grant_at_one_facility_reaches_no_other() -> None:
    bob = person("bob", Role.SPECIALIST, facility="C01")

    assert access.may(bob, Permission.WORK_CASES)
    assert access.may(bob, Permission.WORK_CASES, "C01")
    assert not access.may(bob, Permission.WORK_CASES, "C02")
    assert not access.may(bob, Permission.WORK_CASES, "")
    assert access.facilities(bob, Permission.WORK_CASES) == {"C01"}


def test_a_grant_everywhere_reaches_what_belongs_to_no_facility() -> None:
    alice = person("alice", Role.SPECIALIST)

    assert access.may(alice, Permission.WORK_CASES, "")
    assert access.facilities(alice, Permission.WORK_CASES) is None


def test_grants_add_up_by_permission() -> None:
    bob = person("bob", Role.SPECIALIST, facility="C01")
    Grant.objects.create(user=bob, role=Role.STEWARD, facility="C02")
    Grant.objects.create(user=bob, role=Role.EXECUTIVE)

    assert access.facilities(bob, Permission.WORK_CASES) == {"C01", "C02"}
    assert access.facilities(bob, Permission.APPROVE_MAPPINGS) == {"C02"}
    assert access.facilities(bob, Permission.VIEW_KPIS) is None


@pytest.mark.parametrize("door", [Door.PAGE, Door.API])
def test_a_superuser_without_a_grant_sees_nothing_in_the_console(door: Door) -> None:
    root = actor("root", door=door, is_superuser=True, is_staff=True)

    assert not any(access.may(root, permission) for permission in Permission)
    assert root.user is not None
    assert not access.may(root.user, Permission.VIEW_CASES)


def test_a_superuser_counts_as_every_role_in_the_maintenance_admin() -> None:
    root = actor("root", door=Door.ADMIN, is_superuser=True, is_staff=True)

    assert all(access.may(root, permission, "C01") for permission in Permission)


def test_a_staff_member_in_the_admin_keeps_to_the_grants() -> None:
    bob = actor("bob", Role.STEWARD, facility="C01", door=Door.ADMIN, is_staff=True)

    assert access.may(bob, Permission.APPROVE_MAPPINGS, "C01")
    assert not access.may(bob, Permission.APPROVE_MAPPINGS, "C02")


def test_a_command_may_do_everything_unless_it_names_a_user() -> None:
    assert access.may(Actor.command(), Permission.APPROVE_MAPPINGS, "")
    assert not access.may(Actor.command(person("mallory")), Permission.APPROVE_MAPPINGS)


def test_nobody_and_the_dismissed_may_nothing() -> None:
    dismissed = person("dismissed", Role.LEAD, is_active=False)

    assert not access.may(dismissed, Permission.VIEW_CASES)
    assert not access.may(AnonymousUser(), Permission.VIEW_CASES)
    with pytest.raises(PermissionDenied, match="Sign in"):
        Actor.of(AnonymousUser(), Door.PAGE)


def test_require_names_the_permission_and_the_place() -> None:
    bob = person("bob", Role.STEWARD, facility="C01")
    access.require(bob, Permission.APPROVE_MAPPINGS, "C01")

    with pytest.raises(PermissionDenied, match=r"mappings\.approve at C02"):
        access.require(bob, Permission.APPROVE_MAPPINGS, "C02")
    with pytest.raises(PermissionDenied, match="for every facility"):
        access.require(bob, Permission.APPROVE_MAPPINGS, "")


def test_grants_are_read_once_for_a_user_object(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bob = person("bob", Role.STEWARD, facility="C01")

    with django_assert_num_queries(1):
        access.may(bob, Permission.VIEW_CASES)
        access.may(bob, Permission.APPROVE_MAPPINGS, "C01")

    Grant.objects.filter(user=bob).delete()
    access.forget(bob)
    assert not access.may(bob, Permission.VIEW_CASES)


def test_scoped_rows_are_those_of_the_granted_facilities() -> None:
    for facility in ("C01", "C02", ""):
        Mapping.objects.create(
            domain=Domain.PAYER,
            system="ehr",
            facility=facility,
            local_code="AET",
            canonical_code="AETNA",
            effective=("2026-01-01", None),
        )

    def seen(user: object, *, shared: bool = False) -> list[str]:
        rows = access.scoped(Mapping.objects.all(), user, Permission.VIEW_MAPPINGS, shared=shared)  # type: ignore[arg-type]
        return sorted(rows.values_list("facility", flat=True))

    assert seen(person("alice", Role.STEWARD)) == ["", "C01", "C02"]
    bob = person("bob", Role.STEWARD, facility="C01")
    assert seen(bob) == ["C01"]
    assert seen(bob, shared=True) == ["", "C01"]
    assert seen(person("mallory"), shared=True) == []
