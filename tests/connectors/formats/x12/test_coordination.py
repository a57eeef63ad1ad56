"""Claims that say more: what another payer decided first, attachments, drugs, numbers, providers of a line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.formats.x12 import (
    Adjustment,
    Attachment,
    ClaimProvider,
    Drug,
    Fault,
    FaultCode,
    InstitutionalClaim,
    OtherCoverage,
    Payer,
    Procedure,
    ProfessionalClaim,
    Subscriber,
    UnwritableValue,
    read_837,
    write_837i,
    write_837p,
)
from tests.connectors.formats.x12.cast import BOB, NPI, RECEIVER, STREET, SUBMITTER, claim, interchange, line
from tests.connectors.formats.x12.judge import complaints
from tests.connectors.formats.x12.stays import (
    DECIDED,
    adjudicated,
    laboratory,
    medicare_first,
    room,
    second_claim,
    stay,
)

CIGNA = Payer(name="Cigna", identifier="62308")
UNDECIDED = OtherCoverage(
    subscriber=Subscriber(last="Archer", first="Adam", member_id="C-1", payer_responsibility="T", group_name="Mill"),
    payer=CIGNA,
    relationship="01",
    benefits_assigned="N",
    release_of_information="I",
)
#: Decided as a whole, with nothing said of lines.
ON_CLAIM = medicare_first(
    paid=Decimal("3000.00"),
    adjustments=(Adjustment("CO", "45", Decimal("100.50")), Adjustment("PR", "1", Decimal(20), Decimal(1))),
    non_covered=Decimal("5.25"),
    paid_date=DECIDED,
)
CLAIMS: dict[str, ProfessionalClaim | InstitutionalClaim] = {
    "second": second_claim(),
    "second, of a dependent": second_claim(patient=BOB),
    "second, Medicare as working aged": second_claim(
        subscriber=Subscriber(
            last="Archer",
            first="Alice",
            member_id="1EG4TE5MK73",
            payer_responsibility="S",
            filing_indicator="MB",
            insurance_type="12",
            address=STREET,
            birth_date=date(1950, 2, 28),
            gender="F",
        )
    ),
    "first, with others to come": claim(other_coverages=(UNDECIDED,)),
    "third": second_claim(other_coverages=(medicare_first(), UNDECIDED)),
    "bundled": claim(
        other_coverages=(medicare_first(paid=Decimal(0)),),
        lines=(
            line(adjudications=(adjudicated("0", Adjustment("CO", "97", Decimal(125)), bundled_into=2),)),
            line("45.50", "L2", adjudications=(adjudicated("0", Adjustment("PR", "1", Decimal("45.50"))),)),
        ),
    ),
    "stay, decided on the claim": stay(other_coverages=(ON_CLAIM,)),
    "stay, decided by line": stay(
        other_coverages=(medicare_first(paid=Decimal("3020.50")),),
        lines=(
            room(adjudications=(adjudicated("3000", procedure=None, revenue_code="0120", units=Decimal(3)),)),
            laboratory(
                adjudications=(
                    adjudicated(
                        "20.5",
                        *(Adjustment("OA", code, Decimal(n)) for n, code in enumerate("10 20 30 40".split(), 10)),
                        *(Adjustment("CO", code, Decimal(9)) for code in ("45", "97", "253", "B7", "16", "50")),
                        procedure=Procedure("HC", "80053", ("59",)),
                        revenue_code="0300",
                    ),
                )
            ),
        ),
    ),
    "everything beside": claim(
        medical_record_number="MRN-1",
        clia_number="12D3456789",
        admission_date=date(2026, 11, 1),
        discharge_date=date(2026, 11, 5),
        place_of_service="21",
        patient_paid=Decimal("15.5"),
        note="See the attached report",
        attachments=(Attachment(control_number="ACN-1", report_type="OB"), Attachment(transmission="AA")),
        lines=(
            line(
                "170.50",
                procedure=Procedure("HC", "J1100"),
                drug=Drug(ndc="00641036725", quantity=Decimal(2)),
                rendering=ClaimProvider(last="Ames", first="Ann", npi=NPI, taxonomy="207RC0000X"),
            ),
        ),
    ),
}


def written(sent: ProfessionalClaim | InstitutionalClaim) -> bytes:
    around: dict[str, Any] = {"submitter": SUBMITTER, "receiver": RECEIVER, "reference": "B1"}
    if isinstance(sent, InstitutionalClaim):
        return write_837i([sent], interchange=interchange(), **around)
    return write_837p([sent], interchange=interchange(), **around)


def read_back(data: bytes) -> list[ProfessionalClaim | InstitutionalClaim]:
    return [item for item in read_837([data]) if isinstance(item, ProfessionalClaim | InstitutionalClaim)]


def faults(data: bytes) -> list[Fault]:
    return [item for item in read_837([data]) if isinstance(item, Fault)]


@pytest.mark.parametrize("sent", CLAIMS.values(), ids=CLAIMS.keys())
def test_it_is_accepted_and_read_back_the_same(sent: ProfessionalClaim | InstitutionalClaim) -> None:
    data = written(sent)

    assert complaints(data) == []
    assert faults(data) == []
    assert read_back(data) == [sent]


def test_a_claim_stored_before_there_was_more_to_say_is_still_read() -> None:
    plain = msgspec.to_builtins(claim())
    new = set(msgspec.to_builtins(second_claim())) - {"billing"}
    for name in ("other_coverages", "attachments", "note", "clia_number", "patient_paid", "medical_record_number"):
        assert name in new
        del plain[name]
    for stored in plain["lines"]:
        del stored["adjudications"], stored["drug"], stored["rendering"]

    assert msgspec.convert(plain, ProfessionalClaim) == claim()


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"other_coverages": (medicare_first(paid=Decimal("99.99")),)}, "AMT02"),
        ({"other_coverages": (UNDECIDED,)}, "SVD01"),
        ({"other_coverages": (medicare_first(),) * 11}, "SBR01"),
        ({"other_coverages": (medicare_first(remarks=("MA01",) * 6),)}, "MOA07"),
        ({"other_coverages": (medicare_first(payer=Payer(name="", identifier="00120")),)}, "NM103"),
        (
            {
                "lines": (line("170.50", adjudications=(adjudicated("100", paid_date=None),)),),
                "other_coverages": (medicare_first(paid=Decimal("170.50")),),
            },
            "DTP03",
        ),
    ],
)
def test_what_the_second_payer_would_refuse_is_not_written(changes: dict[str, Any], element: str) -> None:
    with pytest.raises(UnwritableValue) as refused:
        written(second_claim(**changes))

    assert refused.value.element == element


def test_the_remarks_of_a_stay_are_read_from_mia_too() -> None:
    data = written(stay(other_coverages=(ON_CLAIM,))).replace(b"MOA***MA01*MA18~", b"MIA*3****MA01***************MA18~")

    [found] = read_back(data)

    assert found.other_coverages[0].remarks == ("MA01", "MA18")


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "loop"),
    [
        (b"SBR*P*18*", b"SBR*X*18*", FaultCode.UNKNOWN_CODE, "SBR01", "2320"),
        (b"AMT*D*100~", b"AMT*D*lots~", FaultCode.NOT_A_NUMBER, "AMT02", "2320"),
        (b"CAS*CO*45*25~", b"CAS*XX*45*25~", FaultCode.UNKNOWN_CODE, "CAS01", "2430"),
        (b"CAS*CO*45*25~", b"CAS*CO*45~", FaultCode.MISSING_ELEMENT, "CAS03", "2430"),
        (b"SVD*00120*80*", b"SVD*00120**", FaultCode.MISSING_ELEMENT, "SVD02", "2430"),
        (b"DTP*573*D8*20261112", b"DTP*573*D8*20261132", FaultCode.NOT_A_DATE, "DTP03", "2430"),
        (b"OI***Y", b"CLM*A*170.5***11:B:1*Y*A*Y*Y~OI***Y", FaultCode.MISPLACED_SEGMENT, "", "2300"),
        (b"LX*2~", b"SBR*T*18*******CI~LX*2~", FaultCode.MISPLACED_SEGMENT, "", "2430"),
    ],
)
def test_what_is_wrong_with_a_coverage_is_told_by_its_place(
    old: bytes, new: bytes, code: FaultCode, place: str, loop: str
) -> None:
    found = [(fault.code, fault.element, fault.loop) for fault in faults(written(second_claim()).replace(old, new, 1))]

    assert (code, place, loop) in found


@pytest.mark.parametrize(
    ("segment", "loop"),
    [
        ("PER*IC", "1000A"),
        ("N3*", "2010AA"),
        ("N4*", "2010AA"),
        ("REF*EI", "2010AA"),
        ("PAT*", "2000C"),
        ("DMG*D8*2015", "2010CA"),
        ("HI*ABK", "2300"),
        ("CL1*", "2300"),
        ("OI*", "2320"),
        ("NM1*PR*2*Medicare", "2330B"),
        ("DTP*573", "2430"),
    ],
)
def test_a_segment_that_the_guide_demands_is_missed_and_in_the_old_version_it_is_not(segment: str, loop: str) -> None:
    by_line = room(adjudications=(adjudicated("3000", procedure=None, revenue_code="0120"),))
    decided = medicare_first(paid=Decimal("3120.50"))
    whole = written(stay(patient=BOB, other_coverages=(decided,), lines=(by_line, laboratory())))
    segments = whole.decode().split("~")
    place = next(index for index, text in enumerate(segments) if text.startswith(segment))
    lost = segments.pop(place).partition("*")[0]
    trailer = next(index for index, text in enumerate(segments) if text.startswith("SE*"))
    segments[trailer] = f"SE*{trailer - 1}*0001"
    damaged = "~".join(segments).encode()

    found = faults(damaged)
    old = faults(damaged.replace(b"005010X223A2", b"004010X096A1"))

    assert complaints(damaged)
    assert [(fault.code, fault.segment_id, fault.loop) for fault in found] == [(FaultCode.MISSING_SEGMENT, lost, loop)]
    assert [fault.code for fault in old] == [FaultCode.OLD_VERSION]
