"""What the generator makes: balanced whatever the seed, and telling the story that it should."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats.hl7v2 import parse_message
from connectors.formats.x12 import (
    ClaimPayment,
    Fault,
    ProviderAdjustment,
    RemittanceEnd,
    RemittanceStart,
    read_835,
)
from connectors.sandbox.generate import main
from connectors.sandbox.generator.bulk import bulk, claims_in
from connectors.sandbox.generator.files import Generated
from connectors.sandbox.generator.remittances import STORIES, Story, remittances
from connectors.sandbox.generator.schedules import TRIGGERS, schedules
from tests.connectors.formats.x12.judge import complaints

DAY = date(2026, 11, 2)


@dataclass
class Read:
    """One file, read."""

    start: RemittanceStart
    claims: list[ClaimPayment]
    beside: list[ProviderAdjustment]
    end: RemittanceEnd


def read(data: Iterable[bytes]) -> Read:
    items = list(read_835(data))
    assert [item for item in items if isinstance(item, Fault)] == []
    [start] = [item for item in items if isinstance(item, RemittanceStart)]
    [end] = [item for item in items if isinstance(item, RemittanceEnd)]
    claims = [item for item in items if isinstance(item, ClaimPayment)]
    return Read(start, claims, [item for item in items if isinstance(item, ProviderAdjustment)], end)


def told(name: str, seed: int = 1) -> list[Read]:
    """The files of one story, in their order."""
    place = list(STORIES).index(name) + 1
    return [read([made.content]) for made in STORIES[name](Story(seed, place, DAY))]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_every_remittance_balances_on_line_claim_and_payment(seed: int, day: date) -> None:
    """Added up here anew; the reader, which would report a break, is not trusted with its own rules."""
    for made in remittances(seed, day):
        found = read([made.content])
        for claim in found.claims:
            for line in claim.lines:
                assert line.charge - sum(each.amount for each in line.adjustments) == line.paid
            assert claim.charge - claim.adjusted() == claim.paid
        paid = sum((claim.paid for claim in found.claims), Decimal(0))
        assert paid - sum((each.amount for each in found.beside), Decimal(0)) == found.start.amount
        assert found.start.amount >= 0
        assert found.end.postable


def test_all_but_the_unknown_code_is_accepted_by_pyx12() -> None:
    refused = [made.name for made in remittances(1, DAY) if complaints(made.content)]

    assert refused == ["unknown-provider-adjustment.835"]


def test_the_same_seed_gives_the_same_files_and_another_gives_others() -> None:
    def contents(seed: int) -> list[Generated]:
        return list(remittances(seed, DAY))

    assert contents(7) == contents(7)
    assert [made.name for made in contents(7)] == [made.name for made in contents(8)]
    assert not {made.content for made in contents(7)} & {made.content for made in contents(8)}


def test_traces_and_control_numbers_are_used_once_but_by_the_file_sent_twice() -> None:
    found = {made.name: read([made.content]) for made in remittances(1, DAY)}
    traces = [each.start.trace_number for name, each in found.items() if name != "twice-2.835"]
    interchanges = [each.start.header.group.interchange.control_number for each in found.values()]

    assert len(traces) == len(set(traces))
    assert found["twice-2.835"].start == found["twice-1.835"].start
    assert len(interchanges) == len(set(interchanges))


@pytest.mark.parametrize("name", ["reversal", "late-correction"])
def test_a_reversal_takes_back_the_payment_to_the_cent_and_its_correction_names_it(name: str) -> None:
    files = told(name)
    claims = [claim for each in files for claim in each.claims]

    [reversal] = [claim for claim in claims if claim.is_reversal]
    before = files[0].claims[0]
    [after] = [claim for claim in claims if claim.reference("F8")]

    assert (reversal.account_number, reversal.payer_claim_number) == (before.account_number, before.payer_claim_number)
    assert (reversal.charge, reversal.paid) == (-before.charge, -before.paid)
    assert (after.account_number, after.reference("F8")) == (before.account_number, before.payer_claim_number)
    assert (after.charge, after.status) == (before.charge, "1")
    assert any(reversal in each.claims and after in each.claims for each in files) == (name == "reversal")


def test_a_balance_carried_forward_comes_back_in_the_next_file() -> None:
    paid, reversed_, recovered = told("forward")

    assert (reversed_.start.amount, reversed_.start.method) == (Decimal(0), "NON")
    assert [each.reason for each in (*reversed_.beside, *recovered.beside)] == ["FB", "FB"]
    assert reversed_.beside[0].amount == -paid.start.amount
    assert recovered.beside[0].amount == paid.start.amount
    assert reversed_.beside[0].reference == recovered.beside[0].reference


def test_an_overpayment_is_recovered_in_parts_across_files() -> None:
    overpaid, *withheld = told("recovery")

    assert {each.reason for file in withheld for each in file.beside} == {"WO"}
    assert {each.reference for file in withheld for each in file.beside} == {overpaid.claims[0].payer_claim_number}
    assert sum(each.amount for file in withheld for each in file.beside) == overpaid.start.amount


def test_provider_adjustments_are_of_every_kind() -> None:
    [file] = told("provider-adjustments")
    [other] = told("unknown-provider-adjustment")

    assert {"WO", "FB", "L6", "72", "CS"} <= {each.reason for each in file.beside}
    assert [each.reason for each in other.beside] == ["XQ"]


def test_three_payers_decide_one_claim_one_after_the_other() -> None:
    files = told("coordination")
    claims = [file.claims[0] for file in files]

    assert [claim.status for claim in claims] == ["19", "2", "3"]
    assert len({claim.account_number for claim in claims}) == len({claim.charge for claim in claims}) == 1
    assert claims[0].name("TT") is not None
    left = [claim.adjusted("PR") for claim in claims]
    assert [claim.patient_responsibility for claim in claims] == left
    for before, after in zip(claims, claims[1:], strict=False):
        prior = [each.amount for each in after.all_adjustments() if (each.group, each.reason) == ("OA", "23")]
        assert sum(prior) == after.charge - (before.patient_responsibility or 0)
    assert left[-1] == 0


def test_nothing_to_pay_and_interest() -> None:
    [nothing], [interest] = told("nothing-to-pay"), told("interest")

    assert (nothing.start.amount, nothing.start.handling_code) == (Decimal(0), "H")
    assert [claim.status for claim in nothing.claims] == ["4", "1"]
    assert nothing.claims[1].patient_responsibility
    [amount] = [each.amount for each in interest.claims[0].amounts]
    assert (interest.beside[0].reason, interest.beside[0].amount) == ("L6", -amount)


def test_a_large_remittance_is_written_in_pieces_and_all_its_claims_are_different() -> None:
    pieces = list(bulk(1_234, seed=3, day=DAY))

    found = read(pieces)

    assert len(found.claims) == len({claim.account_number for claim in found.claims}) == 1_234
    assert len({claim.payer_claim_number for claim in found.claims}) == 1_234
    assert found.end.postable
    assert max(map(len, pieces)) < 200_000
    assert pieces == list(bulk(1_234, seed=3, day=DAY))


def test_a_size_asked_for_is_reached_and_not_much_more() -> None:
    size = sum(map(len, bulk(claims_in(1_000_000, seed=3, day=DAY), seed=3, day=DAY)))

    assert 1_000_000 <= size < 1_002_000


def test_scheduling_messages_are_read_with_their_trigger_and_resources() -> None:
    messages = {made.name: parse_message(made.content) for made in schedules(1, DAY)}

    assert [message.trigger for message in messages.values()] == [trigger for trigger, *_ in TRIGGERS]
    assert {message.get("AIP-3.1") for message in messages.values()} == {"D1001"}
    assert [bool(message.get("PID-3.1")) for message in messages.values()] == [about for _, _, about, _ in TRIGGERS]


def test_the_command_writes_them_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "all"), "--seed", "4", "--day", "2026-03-02"]) == 0
    assert main([str(tmp_path / "large"), "--claims", "20"]) == 0

    written = {path.name: path.read_bytes() for path in (tmp_path / "all").iterdir()}
    expected = [*remittances(4, date(2026, 3, 2)), *schedules(4, date(2026, 3, 2))]
    assert written == {made.name: made.content for made in expected}
    assert len(capsys.readouterr().out.splitlines()) == len(expected) + 1
    assert len(read([(tmp_path / "large" / "bulk-20-claims.835").read_bytes()]).claims) == 20
