"""The sandbox's payers: every file balances but the one that shall not, and sums are what they say they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connectors.clearinghouse.remittances import check_remittance, claim_events
from connectors.formats.x12 import Payer
from connectors.sandbox import group
from connectors.sandbox.claims_kept import KeptClaim, payer_number
from connectors.sandbox.payers import Decision, pay, take_back
from connectors.sandbox.paying import card_payments, settled
from connectors.sandbox.plan import Plan
from connectors.sandbox.remitting import INTEREST, INTEREST_FROM, OUT_OF_BALANCE, RECOVERY, SECOND_THOUGHTS, Remitting
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.money import ZERO
from tests.connectors.formats.x12.cast import claim, line
from tests.connectors.formats.x12.judge import complaints

CREATED = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
PAYERS = {payer.code: payer for payer in group.PAYERS}


def claims(plan: Plan) -> Mapping[str, KeptClaim]:
    """What the hub would have sent for the day."""
    kept = {}
    for visit in plan.billed():
        payer = PAYERS[visit.payer]
        document = claim(
            visit.account,
            payer=Payer(name=payer.name, identifier=payer.payer_id),
            charge=visit.charged,
            lines=tuple(line(f"{one.amount}", f"L{place}") for place, one in enumerate(visit.charges)),
        )
        kept[visit.account] = KeptClaim("1:0001", payer_number(document), CREATED, document)
    return kept


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(date(2026, 11, 7))


@pytest.fixture(scope="module")
def remitting(plan: Plan) -> Remitting:
    return Remitting(claims(plan))


def incoming(content: bytes) -> Incoming:
    return Incoming(system="clearinghouse", feed="clearinghouse", body=content)


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("code", [code for code, payer in PAYERS.items() if payer.payer_id])
def test_every_decision_balances_line_by_line(decision: Decision, code: str) -> None:
    kept = KeptClaim("1:0001", "ICN", CREATED, claim("A1"))
    paid = pay(kept, decision, PAYERS[code])

    for item in (paid, take_back(paid)):
        assert item.charge - item.adjusted() == item.paid
        assert all(one.charge - sum(a.amount for a in one.adjustments) == one.paid for one in item.lines)
    assert paid.paid >= ZERO
    assert paid.patient_responsibility == paid.adjusted("PR")


def test_all_files_balance_but_the_one_that_is_off_on_purpose(remitting: Remitting) -> None:
    refused = []
    for file in [*remitting.first_files(CREATED), *remitting.corrections(CREATED)]:
        try:
            check_remittance(incoming(file.content))
        except DataFault as fault:
            refused.append((file.name, fault.code, fault.subject["difference"]))

    name = f"835-{PAYERS[OUT_OF_BALANCE].payer_id}-03.x12"
    assert refused == [(name, "remittance-out-of-balance", "12.50")]


def test_the_totals_are_what_the_files_pay(remitting: Remitting) -> None:
    paid: dict[str, Decimal] = {}
    later = [*remitting.second_files(CREATED), *remitting.appeals(CREATED)]
    for file in [*remitting.first_files(CREATED), *remitting.corrections(CREATED), *later]:
        if f"{PAYERS[OUT_OF_BALANCE].payer_id}-03" not in file.name:
            for event in claim_events(incoming(file.content)):
                paid[event.payer] = paid.get(event.payer, ZERO) + event.paid
    by_code = {PAYERS[code].payer_id: amount for code, amount in remitting.totals().items()}

    assert {payer: f"{amount:.2f}" for payer, amount in paid.items()} == by_code


def test_recovery_and_interest_stand_beside_the_claims(remitting: Remitting) -> None:
    beside = {}
    for file in remitting.first_files(CREATED):
        if f"{PAYERS[OUT_OF_BALANCE].payer_id}-03" not in file.name:
            [summary] = check_remittance(incoming(file.content))
            beside |= {(summary.event.payer, item.reason): item.amount for item in summary.event.provider_adjustments}

    assert beside == {
        (PAYERS[SECOND_THOUGHTS].payer_id, "WO"): RECOVERY,
        (PAYERS[INTEREST_FROM].payer_id, "L6"): -INTEREST,
    }


def test_the_correction_takes_back_exactly_what_was_paid_and_pays_more(remitting: Remitting) -> None:
    [file] = remitting.corrections(CREATED)
    reversal, correction = claim_events(incoming(file.content))
    first = next(
        event
        for each in remitting.first_files(CREATED)
        if PAYERS[SECOND_THOUGHTS].payer_id in each.name
        for event in claim_events(incoming(each.content))
        if event.claim_number == reversal.claim_number
    )

    assert (reversal.TYPE, correction.TYPE) == ("claim.reversed", "claim.adjudicated")
    assert (reversal.paid, reversal.charge) == (-first.paid, -first.charge)
    assert [(a.reason, -a.amount) for a in reversal.adjustments] == [(a.reason, a.amount) for a in first.adjustments]
    assert correction.paid > first.paid


def test_five_claims_are_denied_and_one_of_them_is_paid_after_an_appeal(remitting: Remitting) -> None:
    [file] = remitting.appeals(CREATED)
    [granted] = claim_events(incoming(file.content))
    appealed = remitting.appealed()

    assert remitting.denied() == 4
    assert appealed is not None
    assert (granted.claim_number, granted.TYPE) == (appealed.account_number, "claim.adjudicated")
    assert granted.paid > appealed.paid == ZERO


def test_patients_pay_what_the_payers_left_to_them_and_the_uninsured_all(plan: Plan, remitting: Remitting) -> None:
    shares = remitting.patient_shares()
    by_account = {payment.account: payment.amount for payment in settled(plan, shares)}
    uninsured = {visit.account: plan.charged(visit) for visit in plan.visits if visit.payer == "SELFPAY"}

    assert all(amount == {**shares, **uninsured}[account] for account, amount in by_account.items())
    assert set(by_account) & set(uninsured)
    assert not any(plan.without_charge == visit for visit in plan.visits if visit.account in by_account)


def test_each_payment_is_created_and_settled_and_one_card_is_declined(plan: Plan, remitting: Remitting) -> None:
    shares = remitting.patient_shares()
    messages = [one.message for one in card_payments(plan, shares, CREATED)]
    declined = [message for message in messages if b"payment_failed" in message.body]

    assert len(messages) == 2 * (len(settled(plan, shares)) + 1)
    assert len(declined) == 1


def test_a_claim_is_decided_the_same_way_again(plan: Plan, remitting: Remitting) -> None:
    again = Remitting(claims(plan))

    assert [file.content for file in again.first_files(CREATED)] == [
        file.content for file in remitting.first_files(CREATED)
    ]


def test_the_files_are_x12_to_a_stranger_too(remitting: Remitting) -> None:
    files = [*remitting.first_files(CREATED), *remitting.corrections(CREATED)]

    assert {file.name: complaints(file.content) for file in files} == {file.name: [] for file in files}
