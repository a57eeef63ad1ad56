"""835 files as the sandbox payer writes them are read back the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.formats.x12 import (
    Adjustment,
    ClaimPayment,
    Fault,
    FaultCode,
    Party,
    Procedure,
    ProviderAdjustment,
    QualifiedQuantity,
    Remittance,
    RemittanceStart,
    ServicePayment,
    UnwritableValue,
    read_835,
    write_835,
)
from tests.connectors.formats.x12.answers import PAYER, payment, remittance
from tests.connectors.formats.x12.cast import NPI, interchange

YEAR_END = date(2026, 12, 31)


def written(*remittances: Remittance) -> bytes:
    return write_835(remittances, interchange=interchange())


def read_back(data: bytes, kind: type) -> list[Any]:
    items = list(read_835([data]))
    assert [str(item) for item in items if isinstance(item, Fault)] == []
    return [item for item in items if isinstance(item, kind)]


def test_start_claims_and_provider_adjustments_are_read_back_the_same() -> None:
    withheld = tuple(
        ProviderAdjustment(NPI, YEAR_END, reason, reference, Decimal(amount))
        for reason, reference, amount in (("WO", "PCN-0", "10.5"), ("L6", "", "-1"), ("FB", "X", "2"))
    )
    sent = remittance(payment("ACC-1"), payment("ACC-2"), provider_adjustments=withheld)

    data = written(sent)

    assert read_back(data, RemittanceStart) == [sent.start]
    assert read_back(data, ClaimPayment) == list(sent.claims)
    assert read_back(data, ProviderAdjustment) == list(withheld)


def test_more_than_six_adjustments_of_a_group_take_several_cas() -> None:
    many = tuple(Adjustment("CO", str(number), Decimal(1), Decimal(2)) for number in range(1, 15))
    sent = payment(lines=(), adjustments=many, paid=Decimal("156.5"))

    data = written(remittance(sent))

    assert data.count(b"CAS*CO*") == 3
    assert read_back(data, ClaimPayment) == [sent]


def test_more_than_six_provider_adjustments_take_several_plb() -> None:
    many = tuple(ProviderAdjustment(NPI, YEAR_END, "WO", f"P{number}", Decimal(1)) for number in range(13))

    data = written(remittance(payment(), provider_adjustments=many))

    assert data.count(b"PLB*") == 3
    assert read_back(data, ProviderAdjustment) == list(many)


def test_claims_keep_their_order_and_their_groups() -> None:
    claims = [
        payment("ACC-1", group_number="1"),
        payment("ACC-2", group_number="2"),
        payment("ACC-3", group_number="2"),
    ]

    data = written(remittance(*claims))

    assert data.count(b"LX*") == 2
    assert read_back(data, ClaimPayment) == claims


def test_a_line_with_all_it_can_carry_is_read_back_the_same() -> None:
    line = ServicePayment(
        Procedure("HC", "99212", ("25", "59"), "Office visit"),
        Decimal(100),
        Decimal(100),
        "0510",
        Decimal("1.5"),
        Procedure("HC", "99213"),
        Decimal(2),
        quantities=(QualifiedQuantity("ZL", Decimal(3)),),
    )
    sent = payment(lines=(line,), adjustments=(), charge=Decimal(100), paid=Decimal(100), drg="470")

    assert read_back(written(remittance(sent)), ClaimPayment) == [sent]


def test_a_remittance_out_of_balance_can_be_written_for_those_who_must_catch_it() -> None:
    data = written(remittance(payment(), amount=Decimal(1)))

    (fault,) = [item for item in read_835([data]) if isinstance(item, Fault)]

    assert fault.code is FaultCode.TRANSACTION_BALANCE


def test_several_remittances_make_several_transactions() -> None:
    data = written(remittance(payment("ACC-1"), trace_number="T1"), remittance(payment("ACC-2"), trace_number="T2"))

    assert [start.trace_number for start in read_back(data, RemittanceStart)] == ["T1", "T2"]


@pytest.mark.parametrize(
    ("sent", "element"),
    [
        (remittance(payment(), payment_date=None), "BPR16"),
        (remittance(payment(), trace_number=""), "TRN02"),
        (remittance(payment(), payer=Party("Aetna", address=PAYER.address)), "PER01"),
        (remittance(payment(filing_indicator="CI")), "CLP06"),
        (remittance(payment(status="99")), "CLP02"),
        (remittance(payment(payer_claim_number="")), "CLP07"),
        (remittance(payment(remarks=("M1",) * 6)), "MOA07"),
    ],
)
def test_what_cannot_stand_in_an_835_is_refused(sent: Remittance, element: str) -> None:
    with pytest.raises(UnwritableValue) as refused:
        written(sent)

    assert refused.value.element == element
