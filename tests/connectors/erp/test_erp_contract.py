"""What the hub relies on from every ERP: the same promises, tried against real servers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from connectors.base import Outcome
from connectors.erp import CLOSED_PERIOD, UNBALANCED, UNKNOWN_ACCOUNT, UNKNOWN_COST_CENTER, ErpClient
from hub.core import clock, ids
from hub.core.errors import FailureClass
from tests.connectors.erp.conftest import Far, entry, plan
from tests.connectors.processes import free_port
from tests.connectors.proxy import AnswerLosingProxy


def last_january() -> str:
    return f"{clock.today().year - 1}-01-15"


def test_a_balanced_entry_is_posted_and_read_back_by_its_posting_key(client: ErpClient) -> None:
    request = entry("125.50")

    [sent] = client.send([request])
    [found] = client.read_back([request])

    assert (sent.outcome, sent.failure) == (Outcome.CONFIRMED, None)
    assert found is not None
    assert (found.outcome, found.reference) == (Outcome.CONFIRMED, sent.reference)
    assert sent.reference


def test_the_entry_stands_in_the_books_line_by_line(client: ErpClient) -> None:
    request = entry("88.01")

    [sent] = client.send([request])

    [posted] = client.entries_by_reference([request.posting_key])[request.posting_key]
    assert (posted.number, posted.date) == (sent.reference, clock.today())
    assert posted.total_debit == Decimal("88.01")
    lines = {line.account: line for line in posted.lines}
    assert (lines["1100"].debit, lines["1100"].credit) == (Decimal("88.01"), Decimal("0.00"))
    assert (lines["4010"].debit, lines["4010"].credit) == (Decimal("0.00"), Decimal("88.01"))
    assert lines["4010"].cost_center == "CC-C01-CARD"
    assert lines["1100"].cost_center is None


def test_a_batch_is_posted_as_single_entries_in_order(client: ErpClient) -> None:
    requests = [entry(f"{number}.00") for number in range(1, 8)]

    results = client.send(requests)

    assert [result.outcome for result in results] == [Outcome.CONFIRMED] * 7
    assert len({result.reference for result in results}) == 7
    posted = client.entries_by_reference([request.posting_key for request in requests])
    totals = [posted[request.posting_key][0].total_debit for request in requests]
    assert totals == [Decimal(number) for number in range(1, 8)]


def test_a_batch_longer_than_the_largest_is_posted_whole(client: ErpClient) -> None:
    requests = [entry("1.00") for _ in range(client.max_batch + 1)]

    results = client.send(requests)

    assert {result.outcome for result in results} == {Outcome.CONFIRMED}
    assert len({result.reference for result in results}) == client.max_batch + 1


def test_an_unbalanced_entry_is_refused(client: ErpClient) -> None:
    request = entry("10.00", credit="9.00")

    [result] = client.send([request])

    assert result.outcome is Outcome.REJECTED
    assert result.failure is not None
    assert (result.failure.failure_class, result.failure.code) == (FailureClass.BUSINESS, UNBALANCED)
    assert client.entries_by_reference([request.posting_key]) == {}


def test_a_closed_period_is_refused_and_named_as_the_cause(client: ErpClient) -> None:
    request = entry(day=last_january())

    [result] = client.send([request])

    assert result.outcome is Outcome.REJECTED
    assert result.failure is not None
    assert result.failure.code == CLOSED_PERIOD
    assert result.failure.cause[-1] == last_january()[:7]


def test_an_unknown_account_is_refused_and_named_as_the_cause(client: ErpClient) -> None:
    [result] = client.send([entry(account="7777")])

    assert result.outcome is Outcome.REJECTED
    assert result.failure is not None
    assert (result.failure.code, result.failure.cause[-1]) == (UNKNOWN_ACCOUNT, "7777")


def test_an_unknown_cost_center_is_refused_and_named_as_the_cause(client: ErpClient) -> None:
    [result] = client.send([entry(cost_center="CC-C99-CARD")])

    assert result.outcome is Outcome.REJECTED
    assert result.failure is not None
    assert (result.failure.code, result.failure.cause[-1]) == (UNKNOWN_COST_CENTER, "CC-C99-CARD")


def test_bad_entries_in_a_batch_do_not_hold_the_good_ones(client: ErpClient) -> None:
    good = [entry("5.00") for _ in range(6)]
    requests = [
        *good[:2],
        entry("5.00", credit="4.00"),
        *good[2:4],
        entry("5.00", day=last_january()),
        entry("5.00", account="7777"),
        *good[4:],
    ]

    results = client.send(requests)

    confirmed = [result.outcome is Outcome.CONFIRMED for result in results]
    assert confirmed == [True, True, False, True, True, False, False, True, True]
    codes = [result.failure.code for result in results if result.failure]
    assert codes == [UNBALANCED, CLOSED_PERIOD, UNKNOWN_ACCOUNT]
    posted = client.entries_by_reference([request.posting_key for request in requests])
    assert {key: len(entries) for key, entries in posted.items()} == {each.posting_key: 1 for each in good}


def test_a_batch_of_nothing_but_bad_entries_posts_none(client: ErpClient) -> None:
    requests = [entry("5.00", credit="4.00") for _ in range(3)]

    results = client.send(requests)

    assert {result.outcome for result in results} == {Outcome.REJECTED}
    assert client.entries_by_reference([request.posting_key for request in requests]) == {}


def test_wrong_credentials_are_a_configuration_fault_and_post_nothing(far: Far, client: ErpClient) -> None:
    request = entry()
    stranger = far.connect(far.config(**dict.fromkeys(far.secrets, "wrong")))

    [result] = stranger.send([request])
    probe = stranger.probe()
    stranger.close()

    for refused in (result, probe):
        assert refused.outcome is Outcome.FAILED
        assert refused.failure is not None
        assert refused.failure.failure_class is FailureClass.CONFIGURATION
    assert client.read_back([request]) == [None]


def test_an_answer_lost_after_the_commit_is_unconfirmed_and_read_back_finds_it_once(
    far: Far, client: ErpClient, proxy: AnswerLosingProxy
) -> None:
    request = entry("77.00")
    through = far.connect(far.config(url=proxy.url))
    assert through.probe().outcome is Outcome.CONFIRMED
    proxy.lose_answer_to(far.posting)

    [sent] = through.send([request])
    [found] = through.read_back([request])
    through.close()

    assert sent.outcome is Outcome.UNCONFIRMED
    assert sent.failure is not None
    assert sent.failure.failure_class is FailureClass.AMBIGUOUS
    assert found is not None
    assert found.outcome is Outcome.CONFIRMED
    [posted] = client.entries_by_reference([request.posting_key])[request.posting_key]
    assert posted.number == found.reference


def test_an_answer_lost_for_a_batch_leaves_every_entry_of_it_unconfirmed(
    far: Far, client: ErpClient, proxy: AnswerLosingProxy
) -> None:
    requests = [entry("3.00") for _ in range(4)]
    through = far.connect(far.config(url=proxy.url))
    assert through.probe().outcome is Outcome.CONFIRMED
    proxy.lose_answer_to(far.posting)

    sent = through.send(requests)
    through.close()

    assert [result.outcome for result in sent] == [Outcome.UNCONFIRMED] * 4
    assert all(found and found.outcome is Outcome.CONFIRMED for found in client.read_back(requests))


def test_an_erp_that_cannot_be_reached_has_certainly_posted_nothing(far: Far) -> None:
    nobody = far.connect(far.config(url=f"http://127.0.0.1:{free_port()}"))

    [result] = nobody.send([entry()])
    [found] = nobody.read_back([entry()])
    probe = nobody.probe()
    nobody.close()

    assert found is not None
    for failed in (result, found, probe):
        assert failed.outcome is Outcome.FAILED
        assert failed.failure is not None
        assert failed.failure.failure_class is FailureClass.TRANSIENT


def test_a_key_that_was_never_posted_is_not_found(client: ErpClient) -> None:
    posted, absent = entry(), entry(key=f"absent:{ids.uuid7()}")
    client.send([posted])

    found = client.read_back([absent, posted])

    assert found[0] is None
    assert found[1] is not None


def test_the_balances_grow_by_what_was_posted(client: ErpClient) -> None:
    accounts = ["1100", "1110", "4010"]
    before = client.balances(accounts)

    client.send([entry("100.25"), entry("0.75"), entry("9.00", account="1110")])

    after = client.balances(accounts)
    assert after["1100"].debit - before["1100"].debit == Decimal("101.00")
    assert after["1110"].debit - before["1110"].debit == Decimal("9.00")
    assert after["4010"].credit - before["4010"].credit == Decimal("110.00")
    assert after["4010"].debit == before["4010"].debit


def test_an_account_that_the_erp_does_not_know_has_no_balance(client: ErpClient) -> None:
    assert set(client.balances(["1010", "7777"])) == {"1010"}


def test_a_plan_is_recorded_and_read_back_and_leaves_the_books_alone(client: ErpClient) -> None:
    accounts = ["1100", "4010"]
    before = client.balances(accounts)
    raised, lowered = plan("150.00"), plan("-120.00")

    results = client.send([raised, lowered])

    assert [result.outcome for result in results] == [Outcome.CONFIRMED] * 2
    found = client.read_back([raised, lowered])
    assert [each.reference if each else None for each in found] == [each.reference for each in results]
    assert client.balances(accounts) == before


def test_entries_and_plans_may_share_a_batch(client: ErpClient) -> None:
    results = client.send([plan(), entry(), plan()])

    assert [result.outcome for result in results] == [Outcome.CONFIRMED] * 3


def test_the_probe_says_that_the_erp_is_up(client: ErpClient) -> None:
    assert client.probe().outcome is Outcome.CONFIRMED


def test_results_say_how_long_the_erp_took(client: ErpClient) -> None:
    [result] = client.send([entry()])

    assert timedelta(0) < result.elapsed < timedelta(seconds=20)
