"""Tryton's own ways, on a real one: drafts, sessions, locks, and what its refusals mean."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from connectors.base import DeliveryRequest, Outcome
from connectors.erp_tryton.client import TrytonClient
from connectors.erp_tryton.codes import Codes
from connectors.erp_tryton.moves import Ids, Move, move_json
from connectors.erp_tryton.wire import TrytonWire
from hub import embedded
from hub.core import clock
from hub.core.errors import FailureClass
from tests.connectors.erp.conftest import Far, entry, plan
from tests.connectors.proxy import AnswerLosingProxy

pytestmark = pytest.mark.tryton


@pytest.fixture
def client(tryton_erp: Far) -> Iterator[TrytonClient]:
    opened = TrytonClient(tryton_erp.config())
    yield opened
    opened.close()


@pytest.fixture
def wire(tryton_erp: Far) -> Iterator[TrytonWire]:
    opened = TrytonWire(tryton_erp.config())
    yield opened
    opened.close()


@pytest.fixture
def database(tryton_erp: Far) -> Iterator[psycopg.Connection]:
    """Tryton's own database, to lock and to break what its API cannot."""
    url = embedded.database_url(Path(os.environ["HUB_VAR"]), tryton_erp.options["database"])
    with psycopg.connect(url) as connection:
        yield connection


def leave_draft(wire: TrytonWire, request: DeliveryRequest) -> None:
    codes = Codes(wire)
    move = Move.of(request)
    ids = Ids(
        accounts=codes.accounts(line.account for line in move.lines),
        cost_centers=codes.cost_centers(line.cost_center for line in move.lines if line.cost_center),
        journals=codes.journals([move.journal]),
        periods=codes.open_periods([move.date]),
    )
    assert wire.call("model.account.move.create", [move_json(move, ids)]).ok


def states(wire: TrytonWire, request: DeliveryRequest) -> list[str]:
    found = wire.search("account.move", [["description", "=", request.posting_key]], ["state"])
    return [record["state"] for record in found.body]


def test_an_entry_that_is_posted_already_is_confirmed_and_not_posted_again(
    client: TrytonClient, wire: TrytonWire
) -> None:
    request = entry("14.00")
    [first] = client.send([request])

    [again] = client.send([request])

    assert (again.outcome, again.reference) == (Outcome.CONFIRMED, first.reference)
    assert states(wire, request) == ["posted"]


def test_a_key_that_stands_in_a_batch_twice_is_one_entry(client: TrytonClient, wire: TrytonWire) -> None:
    request = entry("14.00")

    first, second = client.send([request, request])

    assert first.reference == second.reference
    assert states(wire, request) == ["posted"]


def test_a_draft_left_behind_is_not_in_the_books_and_gives_way_to_the_newer_content(
    client: TrytonClient, wire: TrytonWire
) -> None:
    request = entry("20.00")
    leave_draft(wire, entry("19.00", key=request.posting_key))
    assert client.read_back([request]) == [None]

    [result] = client.send([request])

    assert result.outcome is Outcome.CONFIRMED
    assert states(wire, request) == ["posted"]
    [posted] = client.entries_by_reference([request.posting_key])[request.posting_key]
    assert posted.total_debit == Decimal("20.00")


def test_a_refused_entry_leaves_no_draft(client: TrytonClient, wire: TrytonWire) -> None:
    request = entry("10.00", credit="9.00")

    client.send([entry(), request, entry()])

    assert states(wire, request) == []


def test_an_answer_lost_before_posting_has_posted_nothing_and_the_next_try_posts_once(
    tryton_erp: Far, client: TrytonClient, wire: TrytonWire
) -> None:
    proxy = AnswerLosingProxy(tryton_erp.server.port)
    through = TrytonClient(tryton_erp.config(url=proxy.url))
    request = entry("31.00")
    proxy.lose_answer_to(b"model.account.move.create")

    [lost] = through.send([request])
    [posted] = through.send([request])
    through.close()
    proxy.close()

    assert lost.outcome is Outcome.FAILED
    assert lost.failure is not None
    assert lost.failure.failure_class is FailureClass.TRANSIENT
    assert posted.outcome is Outcome.CONFIRMED
    assert states(wire, request) == ["posted"]


def test_a_key_whose_post_is_still_under_way_is_not_posted_a_second_time(
    client: TrytonClient, wire: TrytonWire, database: psycopg.Connection
) -> None:
    request = entry("52.00")
    leave_draft(wire, request)
    row = "select id from account_move where description = %s for update"
    [(draft,)] = database.execute(row, [request.posting_key]).fetchall()

    with ThreadPoolExecutor(2) as pool:
        under_way = pool.submit(wire.call, "model.account.move.post", [draft])
        wait_for_blocked(database, 1)
        second = pool.submit(client.send, [request])
        wait_for_blocked(database, 2)
        database.rollback()
        first_done, [second_done] = under_way.result(), second.result()
    [third_done] = client.send([request])

    assert first_done.ok
    assert second_done.outcome is Outcome.FAILED
    assert third_done.outcome is Outcome.CONFIRMED
    assert states(wire, request) == ["posted"]


def wait_for_blocked(database: psycopg.Connection, count: int) -> None:
    """Until so many of Tryton's connections wait for a lock."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        # Within a transaction the statistics stand still.
        database.execute("select pg_stat_clear_snapshot()")
        if database.execute(waiting).fetchall() == [(count,)]:
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits for the lock")


def test_a_forgotten_session_is_opened_anew(client: TrytonClient, database: psycopg.Connection) -> None:
    assert client.send([entry()])[0].outcome is Outcome.CONFIRMED
    database.execute("delete from ir_session")
    database.commit()

    [result] = client.send([entry()])

    assert result.outcome is Outcome.CONFIRMED


def test_a_wrong_password_is_a_configuration_fault_and_posts_nothing(tryton_erp: Far, wire: TrytonWire) -> None:
    stranger = TrytonClient(tryton_erp.config(password="wrong"))
    request = entry()

    [result] = stranger.send([request])
    stranger.close()

    assert result.outcome is Outcome.FAILED
    assert result.failure is not None
    assert result.failure.failure_class is FailureClass.CONFIGURATION
    assert states(wire, request) == []


def test_a_locked_sequence_is_transient_and_posts_once_afterwards(
    client: TrytonClient, wire: TrytonWire, database: psycopg.Connection
) -> None:
    request = entry()
    database.execute("select id from ir_sequence_strict for update")

    [locked] = client.send([request])
    database.rollback()
    [released] = client.send([request])

    assert locked.outcome is Outcome.FAILED
    assert locked.failure is not None
    assert locked.failure.failure_class is FailureClass.TRANSIENT
    assert released.outcome is Outcome.CONFIRMED
    assert states(wire, request) == ["posted"]


@pytest.mark.parametrize("model", ["no.such.model", "account.move"])
def test_what_tryton_does_not_know_is_a_configuration_fault_and_not_tried_again(wire: TrytonWire, model: str) -> None:
    read = wire.search(model, [], ["no_such_field"])
    written = wire.call(f"model.{model}.create", [{"no_such_field": 1}])

    for refused in (read, written):
        assert refused.outcome is Outcome.FAILED
        assert refused.failure is not None
        assert refused.failure.failure_class is FailureClass.CONFIGURATION


def test_an_account_that_came_back_under_another_id_is_looked_up_anew(
    client: TrytonClient,
) -> None:
    client.send([entry(account="1110")])
    client._codes._ids["account.account"]["1110"] = 999_999

    [stale] = client.send([entry(account="1110")])
    [fresh] = client.send([entry(account="1110")])

    assert (stale.outcome, fresh.outcome) == (Outcome.FAILED, Outcome.CONFIRMED)


def test_an_entry_dated_outside_every_fiscal_year_is_refused(client: TrytonClient) -> None:
    [result] = client.send([entry(day="1999-12-31")])

    assert result.failure is not None
    assert (result.failure.code, result.failure.cause[-1]) == ("closed-period", "1999-12")


def test_a_plan_balances_on_memo_accounts_with_revenue_on_the_credit_side(client: TrytonClient) -> None:
    before = client.balances(["9001", "9009"])

    client.send([plan("150.00"), plan("-120.00")])

    after = client.balances(["9001", "9009"])
    assert after["9001"].credit - before["9001"].credit == Decimal("150.00")
    assert after["9001"].debit - before["9001"].debit == Decimal("120.00")
    assert after["9009"].debit - before["9009"].debit == Decimal("150.00")
    assert after["9009"].credit - before["9009"].credit == Decimal("120.00")


def test_last_years_entries_count_into_the_balances(client: TrytonClient) -> None:
    before = client.balances(["1100"])

    [result] = client.send([entry("6.00", day=f"{clock.today().year - 1}-06-15")])

    assert result.outcome is Outcome.CONFIRMED
    assert client.balances(["1100"])["1100"].debit - before["1100"].debit == Decimal("6.00")


def test_a_malformed_payload_is_a_defect_of_ours_and_holds_nobody_else(client: TrytonClient) -> None:
    good = entry()
    bad = DeliveryRequest("journal.post", "malformed:1", {"date": "today", "lines": []})

    refused, posted = client.send([bad, good])

    assert refused.outcome is Outcome.FAILED
    assert refused.failure is not None
    assert refused.failure.failure_class is FailureClass.DEFECT
    assert posted.outcome is Outcome.CONFIRMED
