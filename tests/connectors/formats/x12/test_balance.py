"""The three balance rules of DOMAIN section 5: a break is told with its amounts, and the reading goes on."""

from __future__ import annotations

from decimal import Decimal

from connectors.formats.x12 import (
    BalanceBreak,
    BalanceRule,
    ClaimPayment,
    FaultCode,
    RemittanceEnd,
    Severity,
    read_835,
)
from tests.connectors.formats.x12.x12_text import CLAIM, HEAD, claims, faults, remittance

PLAIN = remittance(*CLAIM)


def end_of(data: bytes) -> RemittanceEnd:
    return next(item for item in read_835([data]) if isinstance(item, RemittanceEnd))


def test_a_balanced_remittance_has_no_breaks() -> None:
    assert faults(PLAIN) == []
    assert end_of(PLAIN).balanced


def test_a_line_that_does_not_balance_is_told_on_its_claim_and_line() -> None:
    data = PLAIN.replace(b"SVC*HC:93000*40.00*40.00", b"SVC*HC:93000*40.00*39.99")

    (claim,) = claims(data)
    (fault,) = faults(data)

    expected = BalanceBreak(BalanceRule.LINE, 18, "SVC03", stated=Decimal("39.99"), computed=Decimal("40.00"))
    assert claim.breaks == (expected,)
    assert claim.lines[1].breaks == (expected,)
    assert claim.lines[0].breaks == ()
    assert expected.difference == Decimal("-0.01")
    assert (fault.code, fault.severity) == (FaultCode.LINE_BALANCE, Severity.ERROR)
    assert (fault.segment, fault.element, fault.loop) == (18, "SVC03", "2110")
    assert (fault.expected, fault.found) == ("40.00", "39.99")


def test_a_claim_that_does_not_balance_is_told() -> None:
    data = PLAIN.replace(b"CAS*CO*45*10.00", b"CAS*CO*45*10.01")

    (claim,) = claims(data)
    (fault,) = faults(data)

    assert claim.breaks == (
        BalanceBreak(BalanceRule.CLAIM, 9, "CLP04", stated=Decimal("110.00"), computed=Decimal("109.99")),
    )
    assert (fault.code, fault.segment, fault.element) == (FaultCode.CLAIM_BALANCE, 9, "CLP04")


def test_a_transaction_that_does_not_balance_is_told_at_its_end() -> None:
    data = remittance(*CLAIM, "PLB*1999999984*20261231*WO:X*0.01")

    (fault,) = faults(data)
    end = end_of(data)

    assert end.breaks == (
        BalanceBreak(BalanceRule.TRANSACTION, 4, "BPR02", stated=Decimal("110.00"), computed=Decimal("109.99")),
    )
    assert (end.balanced, end.postable, end.balance_breaks) == (False, False, 1)
    assert (fault.code, fault.segment, fault.element) == (FaultCode.TRANSACTION_BALANCE, 4, "BPR02")


def test_a_provider_adjustment_lowers_the_payment() -> None:
    head = (HEAD[0].replace("110.00", "99.50"), *HEAD[1:])

    assert faults(remittance(*CLAIM, "PLB*1999999984*20261231*WO:X*12.50*L6*-2.00", head=head)) == []


def test_every_break_is_counted_and_every_claim_is_given_out() -> None:
    broken = [segment.replace("CAS*CO*45*10.00", "CAS*CO*45*1.00") for segment in CLAIM]

    data = remittance(*broken, *CLAIM, *broken)

    assert [len(claim.breaks) for claim in claims(data)] == [1, 0, 1]
    assert end_of(data).balance_breaks == 3


def test_reversals_balance_with_their_signs() -> None:
    head = ("BPR*I*0*C*NON************20261119", *HEAD[1:])
    reversal = ("CLP*ACC-1*22*-100*-80**12*PCN-1", "CAS*CO*45*-20", "NM1*QC*1*Archer")
    corrected = ("CLP*ACC-1*1*100*80**12*PCN-2", "CAS*CO*45*20", "NM1*QC*1*Archer")

    assert faults(remittance(*reversal, *corrected, head=head)) == []


def test_what_cannot_be_read_is_told_once_and_not_as_a_break_too() -> None:
    data = PLAIN.replace(b"CLP*ACC-1*1*160.00*110.00", b"CLP*ACC-1*1*160.00*ABC")

    (claim,) = claims(data)

    assert [fault.code for fault in faults(data)] == [FaultCode.NOT_A_NUMBER]
    assert not claim.readable
    assert claim.breaks == ()
    assert not end_of(data).postable


def test_a_file_cut_short_is_not_called_out_of_balance() -> None:
    cut = PLAIN[: PLAIN.index(b"SE*")]

    assert {fault.code for fault in faults(cut)} == {FaultCode.MISSING_TRAILER}


def test_claims_with_breaks_are_claims_like_any_other() -> None:
    data = PLAIN.replace(b"*110.00*20.00*", b"*1.00*20.00*")

    assert [item.account_number for item in read_835([data]) if isinstance(item, ClaimPayment)] == ["ACC-1"]
