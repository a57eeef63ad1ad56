"""Systems and feeds in the maintenance admin: changed through the services, secrets written and never shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Feed, Lane, System, Transport
from hub.core.sealing import open_json, seal_json
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from tests.hub.governance.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> System:
    made = System.objects.create(
        code="erp", number="S2", name="ERP", connector="erp_cloud", sealed_secrets=seal_json({"key": "hunter2"})
    )
    Lane.objects.create(system=made)
    return made


@pytest.fixture
def feed(erp: System) -> Feed:
    return Feed.objects.create(code="ehr", system=erp, name="EHR", transport=Transport.MLLP, contract="hl7v2")


def sign_in(name: str, *roles: Role, **values: bool) -> Client:
    client = Client()
    client.force_login(person(name, *roles, is_staff=True, **values))
    return client


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "ERP", "connector": "erp_cloud", "base_url": "https://erp.example", "options": "{}", "secrets": "",
        "timeout_seconds": 10, "max_concurrency": 2, "rate_per_second": 0, "reason": "Moved", **changes,
    }  # fmt: skip


def page(row: System | Feed) -> str:
    return reverse(f"admin:connectors_{row._meta.model_name}_change", args=[row.pk])


def test_an_engineer_changes_a_system_and_the_audit_says_why(erp: System) -> None:
    answer = sign_in("erin", Role.ENGINEER).post(page(erp), form(timeout_seconds=20))

    assert answer.status_code == 302
    assert System.objects.get().timeout_seconds == 20
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.door, entry.reason) == ("system.configure", "admin", "Moved")
    assert entry.after["timeout_seconds"] == 20


def test_secrets_are_written_and_never_shown(erp: System) -> None:
    erin = sign_in("erin", Role.ENGINEER)
    assert "hunter2" not in erin.get(page(erp)).content.decode()

    erin.post(page(erp), form())
    assert open_json(System.objects.get().sealed_secrets) == {"key": "hunter2"}
    erin.post(page(erp), form(secrets='{"key": "swordfish"}'))
    assert open_json(System.objects.get().sealed_secrets) == {"key": "swordfish"}
    told = erin.get(reverse("admin:connectors_system_history", args=[erp.pk])).content.decode()
    assert "swordfish" not in told
    assert "swordfish" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("secrets", ["[1]", '"text"', '{"key": 1}', "{"])
def test_secrets_of_another_shape_are_refused(erp: System, secrets: str) -> None:
    answer = sign_in("erin", Role.ENGINEER).post(page(erp), form(secrets=secrets))

    assert answer.status_code == 200
    assert open_json(System.objects.get().sealed_secrets) == {"key": "hunter2"}


def test_a_change_without_a_reason_is_refused(erp: System) -> None:
    sign_in("erin", Role.ENGINEER).post(page(erp), form(timeout_seconds=20, reason=""))

    assert System.objects.get().timeout_seconds == 10


def test_a_feed_takes_a_list_of_secrets(feed: Feed) -> None:
    values = {"name": "EHR", "contract": "hl7v2", "facility": "", "max_bytes": 9, "rate_per_second": 0, "options": "{}"}
    sign_in("erin", Role.ENGINEER).post(page(feed), {**values, "secrets": '["a", "b"]', "reason": "Rolled"})

    kept = Feed.objects.get()
    assert (kept.max_bytes, open_json(kept.sealed_secrets)) == (9, ["a", "b"])


def test_those_who_only_look_change_nothing(erp: System) -> None:
    stella = sign_in("stella", Role.STEWARD)

    assert stella.get(page(erp)).status_code == 200
    assert stella.post(page(erp), form(timeout_seconds=20)).status_code == 403
    assert System.objects.get().timeout_seconds == 10


def test_nobody_adds_or_removes_a_system_here(erp: System) -> None:
    admin = sign_in("ada", is_superuser=True)

    assert admin.get(reverse("admin:connectors_system_add")).status_code == 403
    assert admin.post(reverse("admin:connectors_system_delete", args=[erp.pk]), {"post": "yes"}).status_code == 403
    assert System.objects.exists()
