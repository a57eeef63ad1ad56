"""Billing takes each payment and each status once, whatever gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.base import DeliveryRequest, Outcome, SystemConfig
from connectors.billing.client import BillingClient
from hub.core import ids
from hub.core.errors import Defect, FailureClass
from tests.connectors.processes import Server, free_port, module_command, running

CONTROL = {"Authorization": "Bearer sandbox-control"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    command = module_command("connectors.sandbox.billing", port, "--books", str(tmp_path / "billing.sqlite"))
    with running(command, port) as started:
        yield started


def connect(server: Server, api_key: str = "sandbox-billing-key") -> BillingClient:
    config = SystemConfig("billing", server.url, timeout=timedelta(seconds=5), secrets={"api_key": api_key})
    return BillingClient(config)


@pytest.fixture
def client(server: Server) -> Iterator[BillingClient]:
    opened = connect(server)
    yield opened
    opened.close()


def payment(amount: str = "40.00", account: str = "A-1001", key: str = "") -> DeliveryRequest:
    payload = {
        "account_number": account,
        "amount": amount,
        "currency": "USD",
        "date": "2026-11-20",
        "method": "card",
    }
    return DeliveryRequest("billing.post_payment", key or f"payment:{ids.uuid7()}/1", payload)


def status(value: str, key: str = "") -> DeliveryRequest:
    payload = {"account_number": "A-1001", "status": value, "claim_number": "CLM-7"}
    return DeliveryRequest("billing.update_status", key or f"status:{ids.uuid7()}", payload)


def books(server: Server) -> dict[str, Any]:
    reply = httpx.get(f"{server.url}/_control/books", headers=CONTROL).raise_for_status()
    return dict(reply.json())


def order_faults(server: Server, **faults: object) -> None:
    httpx.post(f"{server.url}/_control/faults", headers=CONTROL, json=faults).raise_for_status()


def test_a_payment_is_posted_and_read_back(server: Server, client: BillingClient) -> None:
    request = payment("40.25")

    [sent] = client.send([request])
    [found] = client.read_back([request])

    assert sent.outcome is Outcome.CONFIRMED
    assert found is not None
    assert (found.outcome, found.reference) == (Outcome.CONFIRMED, sent.reference)
    assert books(server) == {"transactions": 1, "accounts": 1, "amount": "40.25", "status_changes": 0, "ready": 0}


def test_a_payment_sent_again_has_no_second_effect(server: Server, client: BillingClient) -> None:
    request = payment()

    [first] = client.send([request])
    [again] = client.send([request])

    assert (first.outcome, again.outcome) == (Outcome.CONFIRMED, Outcome.CONFIRMED)
    assert (first.reference, first.status, again.status) == (again.reference, 201, 200)
    assert books(server)["amount"] == "40.00"


def test_a_posting_key_that_stands_for_another_amount_is_refused(server: Server, client: BillingClient) -> None:
    client.send([payment("40.00", key="payment:1")])

    [result] = client.send([payment("41.00", key="payment:1")])

    assert result.outcome is Outcome.REJECTED
    assert result.failure is not None
    assert result.failure.code == "reference-taken"
    assert books(server)["amount"] == "40.00"


def test_an_answer_lost_after_the_commit_is_unconfirmed_and_read_back_finds_it(
    server: Server, client: BillingClient
) -> None:
    order_faults(server, answers_lost=1)
    request = payment()

    [sent] = client.send([request])

    assert sent.outcome is Outcome.UNCONFIRMED
    [found] = client.read_back([request])
    assert found is not None
    assert found.outcome is Outcome.CONFIRMED


def test_a_request_lost_on_its_way_is_not_found(server: Server, client: BillingClient) -> None:
    order_faults(server, requests_lost=2)
    requests = [payment(), status("paid")]

    outcomes = [result.outcome for result in client.send(requests)]

    assert outcomes == [Outcome.UNCONFIRMED] * 2
    assert client.read_back(requests) == [None, None]


def test_a_status_is_set_and_an_older_one_sent_again_does_not_undo_it(server: Server, client: BillingClient) -> None:
    older, newer = status("submitted"), status("paid")
    client.send([older, newer])

    [again] = client.send([older])

    assert again.outcome is Outcome.CONFIRMED
    current = httpx.get(
        f"{server.url}/api/v1/accounts/A-1001/status", headers={"X-Api-Key": "sandbox-billing-key"}
    ).json()
    assert (current["status"], current["claim_number"]) == ("paid", "CLM-7")
    assert all(client.read_back([older, newer]))
    assert books(server)["status_changes"] == 2


def test_an_account_that_cannot_be_one_is_refused(client: BillingClient) -> None:
    [result] = client.send([payment(account="no such account")])

    assert result.outcome is Outcome.REJECTED
    assert result.failure is not None
    assert (result.failure.code, result.failure.failure_class) == ("unknown-account", FailureClass.BUSINESS)


def test_an_outage_is_transient(server: Server, client: BillingClient) -> None:
    order_faults(server, outage_seconds=60)

    [sent] = client.send([payment()])
    [asked] = client.read_back([payment()])

    for result in (sent, asked):
        assert result is not None
        assert result.outcome is Outcome.FAILED
        assert result.failure is not None
        assert result.failure.failure_class is FailureClass.TRANSIENT


def test_a_wrong_key_is_a_configuration_fault(server: Server) -> None:
    stranger = connect(server, api_key="wrong")

    [result] = stranger.send([payment()])
    stranger.close()

    assert result.failure is not None
    assert result.failure.failure_class is FailureClass.CONFIGURATION
    assert books(server)["transactions"] == 0


def test_payments_survive_a_restart(server: Server, client: BillingClient) -> None:
    request = payment()
    client.send([request])

    server.stop()
    server.start()

    assert all(client.read_back([request]))
    assert client.probe().outcome is Outcome.CONFIRMED


def test_an_operation_that_billing_does_not_know_is_a_defect(client: BillingClient) -> None:
    with pytest.raises(Defect):
        client.send([DeliveryRequest("billing.nothing", "k", {"account_number": "A"})])


def test_billing_is_told_once_what_is_known_before_a_visit(server: Server, client: BillingClient) -> None:
    request = DeliveryRequest(
        "billing.update_readiness",
        "W2:scheduling:S1:ready:1",
        {"account_number": "A-1001", "status": "ready", "service_date": "2026-11-09", "payer": "AETNA",
         "coverage": "active", "authorization_number": "AUTH7", "patient_share": "45.00", "currency": "USD"},
    )  # fmt: skip

    assert client.read_back([request]) == [None]
    [first], [second] = client.send([request]), client.send([request])

    assert (first.outcome, first.reference) == (Outcome.CONFIRMED, second.reference)
    assert client.read_back([request]) is not None
    assert books(server)["ready"] == 1
