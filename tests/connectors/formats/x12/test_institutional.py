"""837I: what is written is read back the same and accepted by pyx12, and what cannot be written is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.formats.x12 import (
    Attachment,
    BillingProvider,
    ClaimHead,
    CodedProcedure,
    Diagnosis,
    Fault,
    FaultCode,
    InstitutionalClaim,
    Occurrence,
    SubmissionEnd,
    UnwritableValue,
    acknowledge,
    read_837,
    read_837i,
    read_837p,
    write_837i,
    write_837p,
    write_999,
)
from tests.connectors.formats.x12.cast import BILLING, BOB, NPI, RECEIVER, STREET, SUBMITTER, claim, interchange
from tests.connectors.formats.x12.judge import complaints
from tests.connectors.formats.x12.stays import full_stay, laboratory, room, stay

OUTPATIENT = {
    "facility_code": "13",
    "admission_date": None,
    "admission_hour": "",
    "discharge_hour": "",
    "admission_type": "",
    "admission_source": "",
    "admitting_diagnosis": None,
}
CLAIMS = {
    "inpatient": stay(),
    "everything": full_stay(),
    "outpatient": stay(**OUTPATIENT, lines=(laboratory("3120.50"),)),
    "dependent": stay(patient=BOB),
    "interim": stay(frequency_code="2", patient_status="30", discharge_hour=""),
    "replacement": stay(frequency_code="7", original_claim_number="ICN-1"),
    "void": stay(frequency_code="8", original_claim_number="ICN-1"),
    "ICD-9": stay(
        diagnoses=(Diagnosis("486", "BK"), Diagnosis("4019", "BF")),
        admitting_diagnosis=Diagnosis("78605", "BJ"),
        procedures=(CodedProcedure("3324", date(2026, 11, 3), "BR"),),
    ),
    "twenty-five diagnoses": stay(
        diagnoses=tuple(Diagnosis(f"J{10 + n}", "ABF" if n else "ABK", "Y") for n in range(25))
    ),
    "attachment": stay(attachments=(Attachment(control_number="ACN-1", report_type="OB", transmission="FX"),)),
}


def written(*claims: InstitutionalClaim, **around: Any) -> bytes:
    return write_837i(
        claims, submitter=SUBMITTER, receiver=RECEIVER, reference="B20261120", interchange=interchange(**around)
    )


def read_back(data: bytes) -> list[InstitutionalClaim]:
    items = list(read_837i([data]))
    assert [item for item in items if isinstance(item, Fault)] == []
    return [item for item in items if isinstance(item, InstitutionalClaim)]


def faults(data: bytes) -> list[Fault]:
    return [item for item in read_837([data]) if isinstance(item, Fault)]


@pytest.mark.parametrize("sent", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_stay_written_is_accepted_and_read_back_the_same(sent: InstitutionalClaim) -> None:
    data = written(sent)

    assert complaints(data) == []
    assert read_back(data) == [sent]


def test_each_stay_has_a_transaction_of_its_own_and_keeps_to_itself() -> None:
    data = written(*CLAIMS.values())

    assert complaints(data) == []
    assert read_back(data) == list(CLAIMS.values())
    assert [end.claims for end in read_837i([data]) if isinstance(end, SubmissionEnd)] == [1] * len(CLAIMS)
    assert not any(isinstance(item, InstitutionalClaim) for item in read_837p([data]))


def test_a_transaction_cut_short_leaves_nothing_behind_in_the_next() -> None:
    first, second = full_stay(), replace(stay("ACC-2"), note="")
    data = written(first, second)
    cut = data.index(b"LX*2~")
    damaged = data[:cut] + data[data.index(b"ST*837*0002") :]

    found = [item for item in read_837([damaged]) if isinstance(item, InstitutionalClaim)]
    ends = [item for item in read_837([damaged]) if isinstance(item, SubmissionEnd)]

    assert [len(each.lines) for each in found] == [1, 2]
    assert found[1] == second
    assert [(end.complete, end.claims, bool(end.errors)) for end in ends] == [(False, 1, True), (True, 1, False)]


def test_a_stay_survives_json() -> None:
    assert msgspec.convert(msgspec.to_builtins(full_stay()), InstitutionalClaim) == full_stay()


def test_the_type_of_bill_is_told_as_the_form_has_it() -> None:
    assert (stay().type_of_bill, stay().inpatient) == ("0111", True)
    assert (stay(facility_code="13", frequency_code="7").type_of_bill, stay(facility_code="13").inpatient) == (
        "0137",
        False,
    )


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"account_number": ""}, "CLM01"),
        ({"lines": ()}, "LX01"),
        ({"charge": Decimal("3120.51")}, "CLM02"),
        ({"facility_code": "111"}, "CLM05-1"),
        ({"diagnoses": ()}, "HI01"),
        ({"diagnoses": (Diagnosis("I10"),) * 26}, "HI01"),
        ({"conditions": ("C5",) * 25}, "HI01"),
        ({"visit_reasons": (Diagnosis("R05", "APR"),) * 4}, "HI01"),
        ({"procedures": (CodedProcedure("0BJ08ZZ", None, "BBR"),)}, "HI01-4"),
        ({"occurrences": (Occurrence("11", None),)}, "HI01-4"),
        ({"occurrence_spans": (Occurrence("70", date(2026, 10, 1)),)}, "HI01-4"),
        ({"statement_through": None}, "DTP03"),
        ({"patient_status": ""}, "CL103"),
        ({"admission_type": ""}, "CL101"),
        ({"frequency_code": "7"}, "REF02"),
        ({"attachments": (Attachment(),)}, "PWK06"),
        ({"lines": (room("3120.50", revenue_code=""),)}, "SV201"),
        ({"billing": replace(BILLING, tax_id_qualifier="SY")}, "NM102"),
        ({"billing": BillingProvider(name="Reyes", first="R", npi=NPI, tax_id="123456789", address=STREET)}, "NM102"),
    ],
)
def test_a_stay_that_would_be_refused_is_not_written(changes: dict[str, Any], element: str) -> None:
    with pytest.raises(UnwritableValue) as refused:
        written(stay(**changes))

    assert refused.value.element == element


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "loop"),
    [
        (b"SV2*0120*", b"SV2**", FaultCode.MISSING_ELEMENT, "SV201", "2400"),
        (b"*3000*DA", b"*many*DA", FaultCode.NOT_A_NUMBER, "SV203", "2400"),
        (b"DTP*434*RD8*20261102-20261105~", b"", FaultCode.MISSING_SEGMENT, "", "2300"),
        (b"20261102-20261105", b"20261102-20261350", FaultCode.NOT_A_DATE, "DTP03", "2300"),
        (b"NM1*71*", b"NM1*XY*", FaultCode.UNKNOWN_CODE, "NM101", "2300"),
        (b"LX*2~", b"", FaultCode.MISPLACED_SEGMENT, "", "2400"),
        (b"SV2*0300*HC:80053:59*120.5*UN*1~", b"", FaultCode.MISSING_SEGMENT, "", "2400"),
        (b"CL1*", b"CL9*", FaultCode.UNKNOWN_SEGMENT, "", "2300"),
        (b"HL*2*", b"HL*2**22*0~CLM*A*1***11:A:1**A*Y*Y~HL*2*", FaultCode.MISSING_SEGMENT, "", "2010BA"),
    ],
)
def test_what_is_wrong_with_a_stay_is_told_by_its_place_and_answered(
    old: bytes, new: bytes, code: FaultCode, place: str, loop: str
) -> None:
    damaged = written(stay()).replace(old, new, 1)

    found = next(fault for fault in faults(damaged) if fault.code is code and fault.loop == loop)
    answers = acknowledge([damaged])

    assert (found.element, found.loop) == (place, loop)
    assert found.expected
    assert [response.status for answer in answers for response in answer.transactions] == ["R"]
    assert found.position in [error.position for error in answers[0].transactions[0].errors]
    assert complaints(write_999(answers, interchange=interchange())) == []


def test_a_charge_that_is_not_the_sum_of_its_lines_is_told_and_read_all_the_same() -> None:
    data = written(stay()).replace(b"CLM*ACC-9001*3120.5*", b"CLM*ACC-9001*3120*")

    [fault] = faults(data)
    [found] = [item for item in read_837([data]) if isinstance(item, InstitutionalClaim)]

    assert (fault.code, fault.severity, fault.expected) == (FaultCode.CLAIM_TOTAL, "warning", "3120.5")
    assert found.charge == Decimal(3120)


def test_the_old_version_is_read_and_flagged() -> None:
    """004010X096A1: its own guide, ISA12 and repetition; facility NM1*FA, other provider NM1*73, rate in SV206."""
    data = (
        written(stay())
        .replace(b"005010X223A2", b"004010X096A1")
        .replace(b"*^*00501*", b"*U*00401*")
        .replace(b"SV2*0120**3000*DA*3~", b"SV2*0120**3000*DA*3*1000~")
        .replace(b"LX*1~", b"NM1*FA*2*East Wing~NM1*73*1*Reed*Rita~LX*1~")
        .replace(b"SE*36*", b"SE*38*")
    )

    [found] = [item for item in read_837([data]) if isinstance(item, InstitutionalClaim)]

    assert {(fault.code, fault.severity, fault.element) for fault in faults(data)} == {
        (FaultCode.OLD_VERSION, "warning", "ISA12")
    }
    assert found.lines == stay().lines
    assert found.other_operating is not None
    assert (found.other_operating.last, found.facility and found.facility.last) == ("Reed", "East Wing")
    assert acknowledge([data])[0].transactions[0].status == "A"


def test_claims_of_a_guide_that_is_not_known_are_refused_and_not_passed_over() -> None:
    dental = written(stay(), stay("ACC-2")).replace(b"005010X223A2", b"005010X224A2")

    found = faults(dental)
    [answer] = acknowledge([dental])

    assert [(fault.code, fault.element, fault.found) for fault in found] == [
        (FaultCode.UNKNOWN_GUIDE, "ST03", "005010X224A2")
    ] * 2
    assert [(each.status, each.reasons) for each in answer.transactions] == [("R", ("I6",))] * 2
    assert complaints(write_999([answer], interchange=interchange())) == []


def test_both_kinds_in_one_file_come_out_each_as_its_own() -> None:
    visits = write_837p([claim()], submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange())
    found = [item for item in read_837([written(stay()) + visits]) if isinstance(item, ClaimHead)]

    assert found == [stay(), claim()]
