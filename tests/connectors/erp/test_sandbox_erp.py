"""The sandbox ERP goes wrong on demand, and its books tell the truth about it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.base import DeliveryResult, Outcome
from connectors.erp import CLOSED_PERIOD, ErpClient
from connectors.erp_cloud.client import ErpCloudClient
from hub.core import clock
from hub.core.errors import FailureClass
from tests.connectors.erp.conftest import (
    CONTROL,
    Far,
    books_of,
    entry,
    order_faults,
    plan,
    sandbox_command,
    sandbox_far,
)
from tests.connectors.processes import free_port, running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Far]:
    """An ERP of this test alone, since its faults would hurt others."""
    port = free_port()
    with running(sandbox_command(port, tmp_path / "books.sqlite"), port) as server:
        yield sandbox_far(server)


@pytest.fixture
def client(own: Far) -> Iterator[ErpClient]:
    opened = own.connect(own.config())
    yield opened
    opened.close()


def books(far: Far) -> dict[str, Any]:
    return dict(books_of(far.server))


def failed_for_now(result: DeliveryResult) -> bool:
    return (
        result.outcome is Outcome.FAILED
        and result.failure is not None
        and result.failure.failure_class is FailureClass.TRANSIENT
    )


def test_posting_twice_makes_two_entries_and_the_books_name_the_duplicate(own: Far, client: ErpClient) -> None:
    request = entry("40.00")

    client.send([request])
    client.send([request])

    summary = books(own)
    assert summary["entries"] == 2
    assert summary["duplicates"] == [{"reference": request.posting_key, "count": 2}]
    assert len(client.entries_by_reference([request.posting_key])[request.posting_key]) == 2


def test_the_books_balance_and_count_plans_apart(own: Far, client: ErpClient) -> None:
    client.send([entry("40.00"), entry("2.50"), plan("-120.00")])

    summary = books(own)

    assert (summary["entries"], summary["debit"], summary["credit"]) == (2, "42.50", "42.50")
    assert (summary["plans"], summary["planned"], summary["plan_duplicates"]) == (1, "-120.00", [])


def test_the_books_survive_a_kill_and_the_client_gets_itself_a_new_token(own: Far, client: ErpClient) -> None:
    [before] = client.send([entry("40.00")])
    own.server.stop(signal.SIGKILL)
    own.server.start()

    [after] = client.send([entry("40.00")])

    assert (before.outcome, after.outcome) == (Outcome.CONFIRMED, Outcome.CONFIRMED)
    assert books(own)["entries"] == 2


def test_an_outage_refuses_everything_and_posts_nothing(own: Far, client: ErpClient) -> None:
    order_faults(own.server, outage_seconds=60)

    results = client.send([entry(), entry()])
    order_faults(own.server, outage_seconds=0)

    assert all(failed_for_now(result) for result in results)
    assert books(own)["entries"] == 0
    assert client.probe().outcome is Outcome.CONFIRMED


def test_an_outage_that_cuts_connections_leaves_writes_unconfirmed(own: Far, client: ErpClient) -> None:
    assert client.probe().outcome is Outcome.CONFIRMED
    order_faults(own.server, outage_seconds=60, outage_cut=True)

    request = entry()
    [sent] = client.send([request])
    [asked] = client.read_back([request])

    assert sent.outcome is Outcome.UNCONFIRMED
    assert asked is not None
    assert failed_for_now(asked)


def test_the_rate_limit_says_when_to_come_back(own: Far, client: ErpClient) -> None:
    order_faults(own.server, requests_per_second=2)

    results = [client.send([entry()])[0] for _ in range(6)]

    held = [result for result in results if result.outcome is not Outcome.CONFIRMED]
    assert held
    assert all(failed_for_now(result) for result in held)
    assert {result.failure.retry_after for result in held if result.failure} == {timedelta(seconds=1)}
    assert {result.status for result in held} == {429}


def test_an_answer_held_longer_than_the_client_waits_is_unconfirmed_and_was_posted_once(own: Far) -> None:
    impatient = own.connect(own.config(timeout=timedelta(milliseconds=400)))
    assert impatient.probe().outcome is Outcome.CONFIRMED
    order_faults(own.server, answers_lost=1, hold_seconds=1.5)

    request = entry()
    [sent] = impatient.send([request])
    [found] = impatient.read_back([request])
    impatient.close()

    assert sent.outcome is Outcome.UNCONFIRMED
    assert sent.failure is not None
    assert sent.failure.code == "no-answer-in-time"
    assert found is not None
    assert found.outcome is Outcome.CONFIRMED
    assert (books(own)["entries"], books(own)["duplicates"]) == (1, [])


def test_lost_answers_are_counted_by_write_and_then_end(own: Far, client: ErpClient) -> None:
    order_faults(own.server, answers_lost=2)

    outcomes = [client.send([entry()])[0].outcome for _ in range(3)]

    assert outcomes == [Outcome.UNCONFIRMED, Outcome.UNCONFIRMED, Outcome.CONFIRMED]
    assert books(own)["entries"] == 3


def test_a_request_lost_on_its_way_is_unconfirmed_and_is_not_found(own: Far, client: ErpClient) -> None:
    order_faults(own.server, requests_lost=1)
    request = entry()

    [sent] = client.send([request])

    assert sent.outcome is Outcome.UNCONFIRMED
    assert client.read_back([request]) == [None]
    assert client.send([request])[0].outcome is Outcome.CONFIRMED
    assert books(own)["entries"] == 1


def test_a_period_closes_and_opens_and_stays_so_over_a_restart(own: Far, client: ErpClient) -> None:
    period = f"{clock.today():%Y-%m}"

    def order(is_open: bool) -> None:
        body = {"period": period, "open": is_open}
        httpx.post(f"{own.server.url}/_control/periods", headers=CONTROL, json=body).raise_for_status()

    order(False)
    own.server.stop()
    own.server.start()
    [closed] = client.send([entry()])
    order(True)
    [reopened] = client.send([entry()])

    assert closed.failure is not None
    assert (closed.failure.code, closed.failure.cause[-1]) == (CLOSED_PERIOD, period)
    assert reopened.outcome is Outcome.CONFIRMED


def test_a_token_that_ended_is_renewed_before_it_is_refused(tmp_path: Path) -> None:
    port = free_port()
    command = sandbox_command(port, tmp_path / "books.sqlite", "--token-seconds", "0.2")
    with running(command, port) as server:
        far = sandbox_far(server)
        client = ErpCloudClient(far.config())

        outcomes = {client.send([entry()])[0].outcome for _ in range(5)}
        client.close()

    assert outcomes == {Outcome.CONFIRMED}


@pytest.mark.parametrize(
    ("path", "token"), [("/_control/books", "wrong"), ("/api/v1/accounts", "wrong"), ("/api/v1/periods", "none")]
)
def test_nothing_is_shown_without_the_right_token(own: Far, path: str, token: str) -> None:
    reply = httpx.get(f"{own.server.url}{path}", headers={"Authorization": f"Bearer {token}"})

    assert reply.status_code == 401


def test_a_malformed_entry_is_refused_alone(own: Far, client: ErpClient) -> None:
    good, bad = entry(), entry(amount="12.345")

    results = client.send([bad, good])

    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.CONFIRMED]
    assert results[0].failure is not None
    assert results[0].failure.code == "malformed"
    assert books(own)["entries"] == 1
