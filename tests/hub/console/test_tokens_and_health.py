"""Tokens are shown once and audited; health is said to anybody and says nothing else."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from knox.models import AuthToken
from redis.exceptions import ConnectionError as BrokerAway

from hub.console.selectors import health
from hub.core.clock import machine_now
from hub.governance import api_tokens
from orchestration.sweeps import SWEPT_AT, sweep
from tests.hub.console.cast import last_audit, person, signed_in

pytestmark = pytest.mark.django_db


def issued(client: Client) -> str:
    found = re.search(r"<code>(tl_\w+)</code>", client.post("/tokens/").content.decode())
    assert found is not None
    return found.group(1)


def test_a_token_is_shown_once_works_and_is_audited() -> None:
    linda = signed_in("linda")
    token = issued(linda)

    assert token not in linda.get("/tokens/").content.decode()
    assert Client().get("/api/v1/runs/", headers={"Authorization": f"Token {token}"}).status_code == 200
    assert (last_audit().action, last_audit().actor) == ("access.token_issued", "linda")
    assert token not in str(last_audit().after)


def test_a_revoked_token_opens_nothing() -> None:
    linda = signed_in("linda")
    token = issued(linda)
    asked = linda.post("/tokens/", {"ask": AuthToken.objects.get().token_key}).content.decode()
    assert "cannot be undone" in asked
    assert AuthToken.objects.exists(), "asking revokes nothing"
    linda.post("/tokens/", {"revoke": AuthToken.objects.get().token_key})

    assert Client().get("/api/v1/runs/", headers={"Authorization": f"Token {token}"}).status_code == 401
    assert last_audit().action == "access.token_revoked"


def test_nobody_revokes_a_token_of_somebody_else() -> None:
    issued(signed_in("linda"))
    signed_in("frank").post("/tokens/", {"revoke": AuthToken.objects.get().token_key})

    assert AuthToken.objects.count() == 1


def test_there_is_an_end_to_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_tokens, "MOST_TOKENS", 1)
    linda = signed_in("linda")
    issued(linda)

    assert "There are 1 tokens already" in linda.post("/tokens/", follow=True).content.decode()
    assert AuthToken.objects.count() == 1


def test_a_command_issues_a_token_for_a_machine() -> None:
    printed = StringIO()
    call_command("api_token", person("linda").username, stdout=printed)

    answer = Client().get("/api/v1/runs/", headers={"Authorization": f"Token {printed.getvalue().strip()}"})
    assert answer.status_code == 200
    with pytest.raises(CommandError, match="no active account"):
        call_command("api_token", "nobody")


# --- health -----------------------------------------------------------------------------------------------------
def test_a_hub_whose_sweeps_go_round_is_well() -> None:
    sweep()
    answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert answer.json() | {"sweep_age_seconds": 0} == {
        "status": "ok", "database": "ok", "broker": "ok", "sweep": "ok", "sweep_age_seconds": 0,
    }  # fmt: skip


def test_late_sweeps_are_said_and_do_not_take_it_out_of_service() -> None:
    cache.set(SWEPT_AT, machine_now().timestamp() - 600)
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()["status"], answer.json()["sweep"]) == (200, "degraded", "late")


def test_a_hub_that_never_swept_says_that_it_does_not_know() -> None:
    cache.delete(SWEPT_AT)

    assert Client().get("/healthz").json()["sweep"] == "unknown"


def test_without_its_database_it_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(health.connection, "cursor", away)
    monkeypatch.setattr(health.connection, "close", lambda: None)
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")


def test_without_its_broker_it_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(key: str) -> None:
        raise BrokerAway("away")

    monkeypatch.setattr(health.cache, "get", away)
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "down")


def test_health_is_for_anybody_and_only_to_be_asked() -> None:
    assert Client().post("/healthz").status_code == 405
