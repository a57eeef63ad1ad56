"""One fault put into a sound file is found, placed, and told without showing patient data."""

from __future__ import annotations

import pytest

from connectors.formats.x12 import FaultCode, Severity, write_837p
from tests.connectors.formats.x12.cast import RECEIVER, SUBMITTER, claim, interchange
from tests.connectors.formats.x12.x12_text import CLAIM, ISA, faults, remittance

PLAIN = remittance(*CLAIM)
CLAIM_837 = write_837p([claim()], submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange())


@pytest.mark.parametrize(
    ("old", "new", "code", "segment", "element", "loop"),
    [
        (b"SE*18*", b"SE*19*", FaultCode.COUNT, 20, "SE01", ""),
        (b"SE*18*0001", b"SE*18*0002", FaultCode.CONTROL_NUMBER, 20, "SE02", ""),
        (b"DTM*232", b"ZZZ*1~DTM*232", FaultCode.UNKNOWN_SEGMENT, 12, "", "2100"),
        (b"160.00*110.00", b"160.00*ABC", FaultCode.NOT_A_NUMBER, 9, "CLP04", "2100"),
        (b"160.00*110.00", b"160.00*1E2", FaultCode.NOT_A_NUMBER, 9, "CLP04", "2100"),
        (b"160.00*110.00", b"160.00*", FaultCode.MISSING_ELEMENT, 9, "CLP04", "2100"),
        (b"CLP*ACC-1*1*", b"CLP**1*", FaultCode.MISSING_ELEMENT, 9, "CLP01", "2100"),
        (b"CLP*ACC-1*1*", b"CLP*ACC-1*77*", FaultCode.UNKNOWN_CODE, 9, "CLP02", "2100"),
        (b"N1*PR*Aetna~", b"", FaultCode.MISSING_SEGMENT, 8, "", "1000A"),
        (b"N1*PE*Northlake*XX*1999999984~", b"", FaultCode.MISSING_SEGMENT, 8, "", "1000B"),
        (b"CAS*CO*45*10.00", b"CAS*ZZ*45*10.00", FaultCode.UNKNOWN_CODE, 10, "CAS01", "2100"),
        (b"CAS*CO*45*10.00", b"CAS*CO**10.00", FaultCode.MISSING_ELEMENT, 10, "CAS02", "2100"),
        (b"CAS*PR*1*20.00", b"CAS*PR*1*x", FaultCode.NOT_A_NUMBER, 15, "CAS03", "2110"),
        (b"BPR*I*110.00", b"BPR*I*111.00", FaultCode.TRANSACTION_BALANCE, 4, "BPR02", ""),
        (b"DTM*232*20261102", b"DTM*232*20261302", FaultCode.NOT_A_DATE, 12, "DTM02", "2100"),
        (b"DTM*232*20261102", b"DTM*232*261102", FaultCode.NOT_A_DATE, 12, "DTM02", "2100"),
        (b"BPR*I*", b"BPR*Q*", FaultCode.UNKNOWN_CODE, 4, "BPR01", ""),
        (b"TRN*1*TRACE-1*", b"TRN*1**", FaultCode.MISSING_ELEMENT, 5, "TRN02", ""),
        (b"REF*6R*L1", b"NM1*82*1*Reyes", FaultCode.MISPLACED_SEGMENT, 17, "", "2110"),
        (b"SVC*HC:93000*40.00*40.00**1", b"SVC*HC:93000*40.00*40.00**one", FaultCode.NOT_A_NUMBER, 18, "SVC05", "2110"),
    ],
)
def test_a_fault_in_an_835_is_found_at_its_place(
    old: bytes, new: bytes, code: FaultCode, segment: int, element: str, loop: str
) -> None:
    assert PLAIN.count(old) >= 1

    found = faults(PLAIN.replace(old, new, 1))

    fault = next(fault for fault in found if fault.code is code)
    assert (fault.segment, fault.element, fault.loop) == (segment, element, loop)
    assert fault.severity is Severity.ERROR
    assert fault.expected
    assert fault.message


@pytest.mark.parametrize(
    ("what", "data", "code"),
    [
        ("truncated", PLAIN[:-200], FaultCode.MISSING_TRAILER),
        ("no IEA", PLAIN.replace(b"IEA*1*000000007~", b""), FaultCode.MISSING_TRAILER),
        ("short ISA", remittance(*CLAIM, isa=ISA.replace("PAYER          ", "PAYER")), FaultCode.ISA_WIDTH),
        (
            "ST02 twice",
            PLAIN.replace(b"GE*1*", PLAIN[PLAIN.index(b"ST*") : PLAIN.index(b"GE*")] + b"GE*2*"),
            FaultCode.DUPLICATE_CONTROL_NUMBER,
        ),
    ],
)
def test_a_fault_of_the_envelope_is_found(what: str, data: bytes, code: FaultCode) -> None:
    assert code in [fault.code for fault in faults(data)], what


@pytest.mark.parametrize(
    ("old", "new", "code", "element", "loop"),
    [
        (b"CLM*ACC-0001*170.5*", b"CLM*ACC-0001*abc*", FaultCode.NOT_A_NUMBER, "CLM02", "2300"),
        (b"CLM*ACC-0001*", b"CLM**", FaultCode.MISSING_ELEMENT, "CLM01", "2300"),
        (b"DMG*D8*19800229", b"DMG*D8*19810229", FaultCode.NOT_A_DATE, "DMG02", "2010BA"),
        (b"DTP*472*D8*20261102", b"DTP*472*D8*2026110", FaultCode.NOT_A_DATE, "DTP03", "2400"),
        (b"SV1*HC:99213:25*125*", b"SV1*HC:99213:25*x*", FaultCode.NOT_A_NUMBER, "SV102", "2400"),
        (b"SV1*HC:99213:25*125*", b"SV1**125*", FaultCode.MISSING_ELEMENT, "SV101", "2400"),
        (b"HL*2*1*22", b"HL*2*1*99", FaultCode.UNKNOWN_CODE, "HL03", "2010AA"),
        (b"SBR*P*", b"SBR*?*", FaultCode.UNKNOWN_CODE, "SBR01", "2000B"),
        (b"NM1*PR*2*Aetna*****PI*60054~", b"", FaultCode.MISSING_SEGMENT, "", "2010BB"),
        (b"NM1*85*2*Northlake Medical Center*****XX*1999999984~", b"", FaultCode.MISSING_SEGMENT, "", "2010AA"),
        (b"HI*ABK", b"XYZ*1~HI*ABK", FaultCode.UNKNOWN_SEGMENT, "", "2300"),
        (b"DTP*472*D8*20261102~", b"", FaultCode.MISSING_SEGMENT, "", "2400"),
        (b"NM1*40*2*Clearview", b"NM1*QQ*2*Clearview", FaultCode.UNKNOWN_CODE, "NM101", "1000A"),
    ],
)
def test_a_fault_in_an_837p_is_found_at_its_place(
    old: bytes, new: bytes, code: FaultCode, element: str, loop: str
) -> None:
    assert faults(CLAIM_837) == []
    assert CLAIM_837.count(old) >= 1

    fault = next(fault for fault in faults(CLAIM_837.replace(old, new, 1)) if fault.code is code)

    assert (fault.element, fault.loop) == (element, loop)


def test_a_claim_charge_that_is_not_the_sum_of_its_lines_is_only_a_warning() -> None:
    (fault,) = faults(CLAIM_837.replace(b"*170.5*", b"*170.49*"))

    assert (fault.code, fault.severity, fault.element) == (FaultCode.CLAIM_TOTAL, Severity.WARNING, "CLM02")
    assert (fault.expected, fault.found) == ("170.5", "170.49")


@pytest.mark.parametrize("secret", ["Archer", "19800229", "MEM0001", "123456789", "Winterbottom"])
@pytest.mark.parametrize("data", [PLAIN, CLAIM_837], ids=["835", "837P"])
def test_a_value_in_the_wrong_place_is_never_shown(secret: str, data: bytes) -> None:
    """Every element of every segment takes the value in turn; whatever is said of it, it is not repeated."""
    segments = data.split(b"~")
    for number, segment in enumerate(segments[3:-4], 3):
        elements = segment.split(b"*")
        for index in range(1, len(elements)):
            changed = [*elements[:index], secret.encode(), *elements[index + 1 :]]
            for fault in faults(b"~".join([*segments[:number], b"*".join(changed), *segments[number + 1 :]])):
                told = f"{fault} {fault!r}"
                if not secret.isdigit() or "balance" not in fault.code and fault.code is not FaultCode.CLAIM_TOTAL:
                    assert secret not in told, (fault, segment)


def test_a_name_in_place_of_a_segment_id_is_never_shown() -> None:
    for fault in faults(PLAIN.replace(b"NM1*QC*1*Archer*Alice", b"Archer*Alice")):
        assert "Archer" not in f"{fault!r}"


def test_a_fault_reads_as_a_sentence_with_its_place() -> None:
    (fault,) = faults(PLAIN.replace(b"CAS*CO*45*10.00", b"CAS*ZZ*45*10.00"))

    assert str(fault) == (
        "segment 10 CAS01 in loop 2100: The adjustment group code is not a known code "
        "(expected one of CO CR OA PI PR; found ZZ)"
    )
    assert (fault.position, fault.group, fault.transaction) == (8, "7", "0001")
