"""An 835 becomes typed claims, adjustments and totals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from connectors.formats.x12 import (
    Adjustment,
    ClaimPayment,
    FaultCode,
    Name,
    Procedure,
    ProviderAdjustment,
    QualifiedAmount,
    QualifiedDate,
    Reference,
    RemittanceEnd,
    RemittanceStart,
    Severity,
    read_835,
)
from tests.connectors.formats.x12.x12_text import CLAIM, HEAD, claims, codes, faults, in_chunks, remittance

PLAIN = remittance(*CLAIM)


def items(data: bytes, kind: type) -> list[object]:
    return [item for item in read_835([data]) if isinstance(item, kind)]


def claim_with(*segments: str, clp: str = "CLP*ACC-1*1*100*100**12*PCN-1") -> ClaimPayment:
    (claim,) = claims(remittance(clp, *segments))
    return claim


def test_the_start_tells_the_payment_its_trace_and_the_parties() -> None:
    (start,) = items(PLAIN, RemittanceStart)

    assert isinstance(start, RemittanceStart)
    assert (start.amount, start.method, start.payment_date) == (Decimal("110.00"), "ACH", date(2026, 11, 19))
    assert (start.trace_number, start.payer_identifier) == ("TRACE-1", "1512345678")
    assert start.production_date == date(2026, 11, 18)
    assert start.payer.name == "Aetna"
    assert (start.payee.name, start.payee.id_qualifier, start.payee.id) == ("Northlake", "XX", "1999999984")
    assert start.header is not None
    assert start.header.control_number == "0001"


def test_addresses_references_and_contacts_go_to_their_party() -> None:
    head = (
        *HEAD[:2],
        "REF*EV*NLRH01",
        "N1*PR*Aetna",
        "N3*1 Main Street*Floor 2",
        "N4*Hartford*CT*06156",
        "REF*2U*X1",
        "PER*BL*Provider Services*TE*5555550100*EM*help@example.test",
        "N1*PE*Northlake*XX*1999999984",
        "REF*TJ*123456789",
    )

    (start,) = items(remittance(*CLAIM, head=head), RemittanceStart)

    assert isinstance(start, RemittanceStart)
    assert start.receiver_identifier == "NLRH01"
    assert start.payer.address is not None
    assert (start.payer.address.line1, start.payer.address.line2) == ("1 Main Street", "Floor 2")
    assert (start.payer.address.city, start.payer.address.state) == ("Hartford", "CT")
    assert start.payer.references == (Reference("2U", "X1"),)
    assert (start.payer.contacts[0].phone, start.payer.contacts[0].email) == ("5555550100", "help@example.test")
    assert start.payee.references == (Reference("TJ", "123456789"),)


def test_a_claim_is_read_with_all_its_parts() -> None:
    (claim,) = claims(PLAIN)

    assert (claim.account_number, claim.status, claim.payer_claim_number) == ("ACC-1", "1", "PCN-1")
    assert (claim.charge, claim.paid) == (Decimal("160.00"), Decimal("110.00"))
    assert claim.patient_responsibility == Decimal("20.00")
    assert (claim.filing_indicator, claim.facility_code, claim.frequency_code) == ("12", "11", "1")
    assert claim.adjustments == (Adjustment("CO", "45", Decimal("10.00")),)
    assert claim.name("QC") == Name("QC", "Archer", "Alice", id_qualifier="MI", id="MEM0001")
    assert claim.dates == (QualifiedDate("232", date(2026, 11, 2)),)
    assert claim.breaks == ()
    assert claim.readable
    assert claim.segment == 9


def test_a_line_is_read_with_all_its_parts() -> None:
    line, other = claims(PLAIN)[0].lines

    assert line.procedure == Procedure("HC", "99213", ("25",))
    assert (line.charge, line.paid, line.units) == (Decimal("120.00"), Decimal("80.00"), Decimal(1))
    assert [(each.group, each.reason, each.amount) for each in line.adjustments] == [
        ("PR", "1", Decimal("20.00")),
        ("CO", "45", Decimal("20.00")),
    ]
    assert line.control_number == "L1"
    assert line.dates == (QualifiedDate("472", date(2026, 11, 2)),)
    assert other.procedure == Procedure("HC", "93000")
    assert other.control_number == ""


def test_all_six_triplets_of_a_cas_count() -> None:
    claim = claim_with("CAS*CO*45*1.01*1*97*2.02**29*3.03*2*18*4.04**16*5.05**22*6.06*3", "NM1*QC*1*Archer")

    assert [(each.reason, each.amount, each.quantity) for each in claim.adjustments] == [
        ("45", Decimal("1.01"), Decimal(1)),
        ("97", Decimal("2.02"), None),
        ("29", Decimal("3.03"), Decimal(2)),
        ("18", Decimal("4.04"), None),
        ("16", Decimal("5.05"), None),
        ("22", Decimal("6.06"), Decimal(3)),
    ]


def test_adjustments_are_summed_over_claim_and_lines_by_group() -> None:
    (claim,) = claims(PLAIN)

    assert claim.adjusted() == Decimal("50.00")
    assert claim.adjusted("CO") == Decimal("30.00")
    assert claim.adjusted("PR") == Decimal("20.00")
    assert claim.adjusted("OA") == 0


@pytest.mark.parametrize("group", ["CO", "PR", "OA", "PI", "CR"])
def test_each_adjustment_group_is_known(group: str) -> None:
    data = remittance("CLP*ACC-1*1*120*110**12*PCN-1", f"CAS*{group}*45*10", "NM1*QC*1*Archer")

    assert codes(data) == []
    assert claims(data)[0].adjusted(group) == 10


def test_remark_codes_come_from_mia_moa_and_lq() -> None:
    claim = claim_with(
        "NM1*QC*1*Archer",
        "MIA*0****MA01***************N1",
        "MOA***MA02**MA03",
        "SVC*HC:99213*100*100",
        "LQ*HE*N130",
        "LQ*HE*M15",
    )

    assert claim.remarks == ("MA01", "N1", "MA02", "MA03")
    assert claim.lines[0].remarks == ("N130", "M15")


def test_claims_are_found_with_and_without_an_lx() -> None:
    second = [segment.replace("ACC-1", "ACC-2") for segment in CLAIM]

    bare = claims(remittance(*CLAIM, *second))
    grouped = claims(remittance("LX*1", "TS3*1999999984*11*20261231*1*160", *CLAIM, "LX*2", *second))

    assert [(claim.account_number, claim.group_number) for claim in bare] == [("ACC-1", ""), ("ACC-2", "")]
    assert [(claim.account_number, claim.group_number) for claim in grouped] == [("ACC-1", "1"), ("ACC-2", "2")]


def test_what_follows_a_claim_does_not_leak_into_the_next() -> None:
    first, second = claims(remittance(*CLAIM, "CLP*ACC-2*1*5*5**12*PCN-2", "NM1*QC*1*Archer*Bob"))

    assert first.names[0].first == "Alice"
    assert second.names[0].first == "Bob"
    assert (second.adjustments, second.lines, second.dates, second.references) == ((), (), (), ())


def test_a_reversal_and_a_denial_are_told() -> None:
    reversal = claim_with("NM1*QC*1*Archer", clp="CLP*ACC-1*22*-100*-80**12*PCN-1")
    denial = claim_with("NM1*QC*1*Archer", clp="CLP*ACC-1*4*100*0**12*PCN-1")

    assert (reversal.is_reversal, reversal.is_denied) == (True, False)
    assert (denial.is_reversal, denial.is_denied) == (False, True)


def test_references_and_amounts_go_to_the_claim_or_to_the_open_line() -> None:
    claim = claim_with(
        "NM1*QC*1*Archer", "REF*EA*MRN-1", "AMT*AU*90", "SVC*HC:99213*100*100", "REF*6R*L1", "AMT*B6*80", "QTY*ZL*2"
    )

    assert claim.reference("EA") == "MRN-1"
    assert claim.amounts == (QualifiedAmount("AU", Decimal(90)),)
    assert claim.lines[0].references == (Reference("6R", "L1"),)
    assert claim.lines[0].amounts == (QualifiedAmount("B6", Decimal(80)),)
    assert claim.lines[0].quantities[0].quantity == 2


def test_the_procedure_that_was_billed_is_kept_beside_the_one_that_is_paid() -> None:
    claim = claim_with("NM1*QC*1*Archer", "SVC*HC:99212*100*100*0510*1*HC:99213:25*2")

    line = claim.lines[0]
    assert (line.revenue_code, line.procedure.code) == ("0510", "99212")
    assert line.original_procedure == Procedure("HC", "99213", ("25",))
    assert line.original_units == 2


def test_each_pair_of_a_plb_is_a_provider_adjustment() -> None:
    pairs = "WO:PCN-9*10.00*L6*-1.25*FB:REF*2*72*3*CS:X*4*50:Y*5"
    data = remittance(*CLAIM, f"PLB*1999999984*20261231*{pairs}")

    found = items(data, ProviderAdjustment)

    assert found == [
        ProviderAdjustment("1999999984", date(2026, 12, 31), reason, reference, Decimal(amount))
        for reason, reference, amount in (
            ("WO", "PCN-9", "10.00"),
            ("L6", "", "-1.25"),
            ("FB", "REF", "2"),
            ("72", "", "3"),
            ("CS", "X", "4"),
            ("50", "Y", "5"),
        )
    ]


def test_the_end_carries_the_totals() -> None:
    head = (HEAD[0].replace("110.00", "210.00"), *HEAD[1:])
    second = [segment.replace("ACC-1", "ACC-2") for segment in CLAIM]

    (end,) = items(remittance(*CLAIM, *second, "PLB*1*20261231*WO:X*10", head=head), RemittanceEnd)

    assert isinstance(end, RemittanceEnd)
    assert (end.claims, end.charge_total, end.paid_total) == (2, Decimal(320), Decimal(220))
    assert (end.adjustment_total, end.provider_adjustment_total) == (Decimal(100), Decimal(10))
    assert (end.payment_amount, end.errors, end.complete) == (Decimal(210), 0, True)
    assert end.balanced
    assert end.postable


def test_several_transactions_come_one_after_the_other() -> None:
    kinds = [type(item).__name__ for item in read_835([PLAIN * 2])]

    assert kinds == ["RemittanceStart", "ClaimPayment", "RemittanceEnd"] * 2


def test_a_claim_comes_out_before_the_rest_of_the_file_is_read() -> None:
    def source() -> Iterator[bytes]:
        yield from in_chunks(PLAIN * 3000, 65536)
        pytest.fail("the whole source was read before the first claim came out")

    assert next(item for item in read_835(source()) if isinstance(item, ClaimPayment)).account_number == "ACC-1"


def test_codes_that_nobody_told_us_of_pass_through() -> None:
    data = remittance(
        "CLP*ACC-1*1*110*100**XX*PCN-1", "CAS*CO*Z999*10", "NM1*QC*1*Archer", "REF*QQ*1", "AMT*QQ*1", "NM1*QQ*1*Someone"
    )

    assert [code for code in codes(data) if code is not FaultCode.TRANSACTION_BALANCE] == []
    assert claims(data)[0].adjustments[0].reason == "Z999"


def test_amounts_stay_exact_to_the_last_digit() -> None:
    many = [f"CLP*ACC-{number}*1*0.1*0.1**12*PCN" for number in range(1000)]
    head = ("BPR*I*100*C*ACH************20261119", *HEAD[1:])

    (end,) = items(remittance(*many, head=head), RemittanceEnd)

    assert isinstance(end, RemittanceEnd)
    assert end.paid_total == Decimal(100)
    assert faults(remittance(*many, head=head)) == []


def test_a_missing_payment_date_is_only_warned_about() -> None:
    head = ("BPR*I*110.00*C*CHK***********20261119", *HEAD[1:])

    (fault,) = faults(remittance(*CLAIM, head=head))
    (end,) = items(remittance(*CLAIM, head=head), RemittanceEnd)

    assert (fault.code, fault.severity, fault.element) == (FaultCode.MISSING_ELEMENT, Severity.WARNING, "BPR16")
    assert isinstance(end, RemittanceEnd)
    assert end.postable
