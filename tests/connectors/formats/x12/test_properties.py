"""What holds for any content, any delimiters, any chunks and any bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.formats.x12 import (
    BalanceRule,
    ClaimPayment,
    Delimiters,
    Fault,
    FaultCode,
    InstitutionalClaim,
    ProfessionalClaim,
    ProviderAdjustment,
    Remittance,
    RemittanceEnd,
    RemittanceStart,
    Tokenizer,
    acknowledge,
    read,
    read_835,
    read_837,
    read_837p,
    write_835,
    write_837i,
    write_837p,
)
from tests.connectors.formats.x12 import strategies
from tests.connectors.formats.x12.cast import RECEIVER, SUBMITTER, interchange
from tests.connectors.formats.x12.judge import complaints
from tests.connectors.formats.x12.stays import full_stay
from tests.connectors.formats.x12.x12_text import CLAIM, remittance

PLAIN = remittance(*CLAIM)
STAY = write_837i([full_stay()], submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange())
BALANCE = {FaultCode.LINE_BALANCE, FaultCode.CLAIM_BALANCE, FaultCode.TRANSACTION_BALANCE}
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in zip(places, places[1:], strict=False)]


def as_837p(claims: list[ProfessionalClaim], delimiters: Delimiters | None = None) -> bytes:
    around = {"delimiters": delimiters} if delimiters else {}
    return write_837p(claims, submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange(**around))


@unhurried
@given(strategies.remittances(), strategies.delimiters(), st.booleans(), st.lists(st.integers(0), max_size=20))
def test_a_remittance_written_and_read_is_the_same_to_the_cent(
    sent: Remittance, delimiters: Delimiters, line_breaks: bool, cuts: list[int]
) -> None:
    data = write_835([sent], interchange=interchange(delimiters=delimiters, line_breaks=line_breaks))

    items = list(read_835(in_pieces(data, cuts)))

    assert [item for item in items if isinstance(item, RemittanceStart)] == [sent.start]
    assert [item for item in items if isinstance(item, ClaimPayment)] == list(sent.claims)
    assert [item for item in items if isinstance(item, ProviderAdjustment)] == list(sent.provider_adjustments)
    assert {item.code for item in items if isinstance(item, Fault)} <= BALANCE


@unhurried
@given(strategies.remittances())
def test_the_balance_rules_hold_exactly_where_nothing_is_reported(sent: Remittance) -> None:
    items = list(read_835([write_835([sent], interchange=interchange())]))
    (end,) = [item for item in items if isinstance(item, RemittanceEnd)]
    breaks = 0

    for claim in (item for item in items if isinstance(item, ClaimPayment)):
        for line in claim.lines:
            broken = line.charge - sum(each.amount for each in line.adjustments) != line.paid
            assert bool(line.breaks) == broken
            breaks += broken
        broken = claim.charge - claim.adjusted() != claim.paid
        assert any(each.rule is BalanceRule.CLAIM for each in claim.breaks) == broken
        breaks += broken

    paid = sum((claim.paid for claim in sent.claims), Decimal(0))
    withheld = sum((each.amount for each in sent.provider_adjustments), Decimal(0))
    assert bool(end.breaks) == (paid - withheld != sent.start.amount)
    assert end.balance_breaks == breaks + len(end.breaks)
    assert (end.paid_total, end.provider_adjustment_total, end.claims) == (paid, withheld, len(sent.claims))


@unhurried
@given(
    st.lists(strategies.claims(), min_size=1, max_size=3),
    strategies.delimiters(),
    st.lists(st.integers(0), max_size=20),
)
def test_claims_written_and_read_are_the_same(
    sent: list[ProfessionalClaim], delimiters: Delimiters, cuts: list[int]
) -> None:
    items = list(read_837p(in_pieces(as_837p(sent, delimiters), cuts)))

    assert [item for item in items if isinstance(item, ProfessionalClaim)] == sent
    assert [item for item in items if isinstance(item, Fault)] == []


@settings(unhurried, max_examples=20)
@given(strategies.claims())
def test_any_claim_written_is_accepted_by_pyx12(sent: ProfessionalClaim) -> None:
    assert complaints(as_837p([sent])) == []


@settings(unhurried, max_examples=12)
@given(strategies.stays(), strategies.delimiters(), st.lists(st.integers(0), max_size=10))
def test_stays_written_are_accepted_by_pyx12_and_read_the_same_with_any_delimiters(
    sent: InstitutionalClaim, delimiters: Delimiters, cuts: list[int]
) -> None:
    def written(**around: Any) -> bytes:
        return write_837i(
            [sent], submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange(**around)
        )

    items = list(read_837(in_pieces(written(delimiters=delimiters), cuts)))

    assert [item for item in items if isinstance(item, InstitutionalClaim)] == [sent]
    assert [item for item in items if isinstance(item, Fault)] == []
    assert complaints(written()) == []


@unhurried
@given(st.binary(max_size=2000), st.lists(st.integers(0), max_size=5))
@example(b"ISA" + b"\x00" * 200, [])
@example(b"ISA" + b"*" * 200, [3])
@example(b"ISA\xc3\xc3" * 50, [])
def test_random_bytes_never_raise_and_every_transaction_ends(data: bytes, cuts: list[int]) -> None:
    for source in (in_pieces(data, cuts), in_pieces(b"ISA*" + data, cuts), in_pieces(PLAIN + data, cuts)):
        list(read(source))
    acknowledge([data])


@unhurried
@given(st.data())
def test_a_sound_file_with_bytes_changed_never_raises_and_loses_no_segment(data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from([PLAIN * 2, STAY])))
    for _ in range(data.draw(st.integers(1, 10))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cuts = data.draw(st.lists(st.integers(0), max_size=10))

    list(read(in_pieces(bytes(changed), cuts)))
    whole, parts = Tokenizer([bytes(changed)]), Tokenizer(in_pieces(bytes(changed), cuts))

    assert [segment.raw for segment in whole] == [segment.raw for segment in parts]
    assert [fault.code for fault in whole.faults] == [fault.code for fault in parts.faults]
    assert whole.trailing == parts.trailing
    if not {FaultCode.NOT_X12, FaultCode.DELIMITERS} & {fault.code for fault in whole.faults}:
        again = Tokenizer([bytes(changed)])
        assert b"".join([segment.raw for segment in again]) + again.trailing == bytes(changed)


@unhurried
@given(
    st.lists(
        st.lists(st.text(strategies.LETTERS, max_size=12), min_size=1, max_size=6).map(lambda found: ["ZZZ", *found]),
        max_size=30,
    ),
    strategies.delimiters(),
    st.sampled_from(["", "\n", "\r\n", "\r\n   "]),
    st.lists(st.integers(0), max_size=30),
)
def test_any_segments_come_out_as_they_went_in(
    content: list[list[str]], delimiters: Delimiters, between: str, cuts: list[int]
) -> None:
    isa = PLAIN[:105].decode().split("*")
    isa[11], isa[16] = delimiters.repetition, delimiters.component
    segments = [delimiters.element.join(each) for each in [isa, ["GS", "HP"], *content]]
    data = "".join(segment + delimiters.terminator + between for segment in segments).encode()

    found = Tokenizer(in_pieces(data, cuts))
    read_back = [segment.elements for segment in found]

    assert read_back[2:] == content
    assert b"".join(segment.raw for segment in Tokenizer([data])) + found.trailing == data
