"""ISA, GS and ST against SE, GE and IEA."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors.formats.x12 import (
    FaultCode,
    GroupHeader,
    InterchangeHeader,
    RemittanceEnd,
    TransactionHeader,
    TransactionTrailer,
    read,
)
from tests.connectors.formats.x12.x12_text import CLAIM, GS, ISA, codes, faults, remittance

PLAIN = remittance(*CLAIM)
SEGMENTS = PLAIN.count(b"~")


def test_a_sound_file_has_no_faults() -> None:
    assert faults(PLAIN) == []


def test_the_headers_say_who_what_and_when() -> None:
    items = list(read([PLAIN]))

    interchange = next(item for item in items if isinstance(item, InterchangeHeader))
    group = next(item for item in items if isinstance(item, GroupHeader))
    transaction = next(item for item in items if isinstance(item, TransactionHeader))
    trailer = next(item for item in items if isinstance(item, TransactionTrailer))

    assert (interchange.sender, interchange.receiver, interchange.control_number) == ("PAYER", "PROVIDER", "000000007")
    assert (group.functional_id, group.control_number, group.version) == ("HP", "7", "005010X221A1")
    assert group.created == datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - X12 carries no zone
    assert (transaction.code, transaction.control_number, transaction.version) == ("835", "0001", "005010X221A1")
    assert group.interchange is interchange
    assert transaction.group is group
    assert (trailer.header, trailer.segments, trailer.complete, trailer.errors) == (transaction, SEGMENTS - 4, True, 0)


@pytest.mark.parametrize(
    ("old", "new", "code", "element", "expected", "found"),
    [
        (b"SE*18*0001", b"SE*17*0001", FaultCode.COUNT, "SE01", "18", "17"),
        (b"SE*18*0001", b"SE**0001", FaultCode.COUNT, "SE01", "18", ""),
        (b"SE*18*0001", b"SE*18*0002", FaultCode.CONTROL_NUMBER, "SE02", "0001", "0002"),
        (b"GE*1*7", b"GE*2*7", FaultCode.COUNT, "GE01", "1", "2"),
        (b"GE*1*7", b"GE*1*8", FaultCode.CONTROL_NUMBER, "GE02", "7", "8"),
        (b"IEA*1*000000007", b"IEA*9*000000007", FaultCode.COUNT, "IEA01", "1", "9"),
        (b"IEA*1*000000007", b"IEA*1*000000008", FaultCode.CONTROL_NUMBER, "IEA02", "000000007", "000000008"),
    ],
)
def test_a_trailer_that_disagrees_with_its_header_is_told(
    old: bytes, new: bytes, code: FaultCode, element: str, expected: str, found: str
) -> None:
    assert old in PLAIN

    (fault,) = faults(PLAIN.replace(old, new))

    assert (fault.code, fault.element, fault.expected, fault.found) == (code, element, expected, found)


@pytest.mark.parametrize(
    ("cut", "missing"), [("SE", ["SE"]), ("GE", ["GE"]), ("IEA", ["IEA"])], ids=["SE", "GE", "IEA"]
)
def test_a_missing_trailer_is_told(cut: str, missing: list[str]) -> None:
    kept = b"~".join(part for part in PLAIN.split(b"~") if not part.startswith(cut.encode() + b"*"))

    found = [fault for fault in faults(kept) if fault.code is FaultCode.MISSING_TRAILER]

    assert [fault.segment_id for fault in found] == missing


def test_a_file_cut_short_gives_what_it_has_and_ends_incomplete() -> None:
    cut = PLAIN[: PLAIN.index(b"SVC*HC:93000")]

    end = next(item for item in read([cut]) if isinstance(item, RemittanceEnd))

    assert [fault.segment_id for fault in faults(cut) if fault.code is FaultCode.MISSING_TRAILER] == ["SE", "GE", "IEA"]
    assert end.claims == 1
    assert not end.complete
    assert not end.postable


def test_a_file_cut_within_a_segment_says_which() -> None:
    cut = PLAIN[: PLAIN.index(b"SVC*HC:93000") + 9]

    fault = next(fault for fault in faults(cut) if fault.code is FaultCode.UNTERMINATED)

    assert (fault.segment, fault.segment_id, fault.transaction) == (18, "SVC", "0001")


def test_a_transaction_control_number_used_twice_in_a_group_is_told() -> None:
    transaction = PLAIN[PLAIN.index(b"ST*835") : PLAIN.index(b"GE*")]
    twice = PLAIN.replace(transaction, transaction * 2).replace(b"GE*1*", b"GE*2*")

    (fault,) = faults(twice)

    assert (fault.code, fault.element, fault.found) == (FaultCode.DUPLICATE_CONTROL_NUMBER, "ST02", "0001")


def test_the_same_numbers_may_come_again_in_the_next_interchange() -> None:
    assert faults(PLAIN * 3) == []


@pytest.mark.parametrize("numbers", [("1", "2", "1"), ("5", "1", "5"), ("A1", "7", "A1"), ("7", "9", "8", "9")])
def test_a_number_is_remembered_in_whatever_order_numbers_come(numbers: tuple[str, ...]) -> None:
    transactions = "".join(f"ST*999*{number}~SE*2*{number}~" for number in numbers)
    data = f"{ISA}~{GS}~{transactions}GE*{len(numbers)}*7~IEA*1*000000007~".encode()

    duplicates = [fault for fault in faults(data) if fault.code is FaultCode.DUPLICATE_CONTROL_NUMBER]

    assert [fault.found for fault in duplicates] == [numbers[-1]]


def test_segments_outside_of_a_transaction_are_one_fault_a_run() -> None:
    data = PLAIN.replace(b"GE*1", b"NTE*ADD*one~NTE*ADD*two~GE*1")

    (fault,) = faults(data)

    assert (fault.code, fault.segment_id) == (FaultCode.STRAY_SEGMENT, "NTE")


def test_a_ta1_may_stand_after_the_isa_and_nowhere_else() -> None:
    ta1 = b"TA1*000000001*261120*0930*A*000~"

    assert codes(PLAIN.replace(b"GS*HP", ta1 + b"GS*HP")) == []
    assert codes(PLAIN.replace(b"GE*1", ta1 + b"GE*1")) == [FaultCode.MISPLACED_SEGMENT]


def test_a_group_of_another_version_than_its_interchange_is_warned_about() -> None:
    assert codes(PLAIN.replace(b"005010X221A1", b"004010X091A1")) == [FaultCode.OLD_VERSION]


def test_a_transaction_without_typed_form_is_checked_for_its_envelope_only() -> None:
    data = PLAIN.replace(b"ST*835", b"ST*834").replace(b"CLP*", b"ZZZ*")

    assert codes(data) == []
