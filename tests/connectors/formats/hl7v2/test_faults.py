"""What is wrong is told by place and expectation, and never by value."""

from __future__ import annotations

import dataclasses

import pytest

from connectors.formats.hl7v2 import ErrorCode, Fault, Hl7Refused, Severity, parse_message
from hub.core.errors import DataFault, FailureClass
from tests.connectors.formats.hl7v2.cast import HEADER, header


def told(raw: bytes) -> list[tuple[int, str, int]]:
    """Segment number, element and code of each fault."""
    return [(fault.number, fault.element, fault.code.value) for fault in parse_message(raw).faults]


@pytest.mark.parametrize(
    ("raw", "number", "element"),
    [
        (b"", 0, ""),
        (b" \r\n\x0b\x1c", 0, ""),
        (b"PID|1", 1, ""),
        (b"%PDF-1.7", 1, ""),
        (b"\x89PNG\r\n\x1a\n", 1, ""),
        (b"ISA*00*", 1, ""),
        (b"MSH", 1, "MSH-1"),
        (b"MSH\r\x80", 1, "MSH-1"),
        (b"MSHxABC", 1, "MSH-1"),
        (b"MSH ^~\\&", 1, "MSH-1"),
        (b"FHS|^~\\&|\rMSH|^~\\&|", 1, ""),
    ],
)
def test_without_a_header_there_is_no_message(raw: bytes, number: int, element: str) -> None:
    with pytest.raises(Hl7Refused) as caught:
        parse_message(raw)
    assert [(fault.number, fault.element) for fault in caught.value.faults] == [(number, element)]
    assert caught.value.failure_class is FailureClass.DATA
    assert isinstance(caught.value, DataFault)


@pytest.mark.parametrize("encoding", ["", "^", "^^\\&", "^~\\&#!", "^ \\&", "^~00", "^~\\^"])
def test_separators_nobody_can_use_are_told_and_the_usual_ones_assumed(encoding: str) -> None:
    raw = HEADER.replace(b"^~\\&", encoding.encode(), 1) + b"\rPID|1||7^^^NLM"
    message = parse_message(raw)
    assert message.faults[0].element == "MSH-2"
    assert message.get("PID-3.4") == "NLM"
    assert message.raw == raw


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (header(f9=""), (1, "MSH-9.1", 101)),
        (header(f9="ADT"), (1, "MSH-9.2", 101)),
        (header(f10=""), (1, "MSH-10", 101)),
        (header(f12=""), (1, "MSH-12", 101)),
        (header(f12="3.0"), (1, "MSH-12", 203)),
        (header(f12="two"), (1, "MSH-12", 203)),
    ],
)
def test_each_thing_missing_from_the_header_is_named(raw: bytes, place: tuple[int, str, int]) -> None:
    assert told(raw) == [place]


def test_an_acknowledgement_needs_no_trigger() -> None:
    assert told(header(f9="ACK")) == []


def test_a_short_header_is_told_field_by_field() -> None:
    assert told(b"MSH|^~\\&|EHR") == [(1, "MSH-9.1", 101), (1, "MSH-10", 101), (1, "MSH-12", 101)]


def test_a_line_that_is_no_segment_is_kept_and_told_without_its_words() -> None:
    raw = HEADER + b"\rOBX|1|TX|||first line\nRoe, Rebecca was seen\r\r  \rPID|1"
    message = parse_message(raw)
    assert [(fault.number, fault.segment, fault.code) for fault in message.faults] == [
        (3, "", ErrorCode.SEGMENT_SEQUENCE)
    ]
    assert "Roe" not in str(message.faults[0])
    assert message.all_segments[2].text == "Roe, Rebecca was seen"
    assert message.segments("PID")[0].number == 4


def test_a_second_message_in_one_frame_is_told() -> None:
    assert told(HEADER + b"\rPID|1\r" + HEADER) == [(3, "MSH", 100)]


def test_errors_refuse_and_warnings_do_not() -> None:
    broken = parse_message(header(f10="", f18="KLINGON") + "\rPID|Ü".encode())
    assert [fault.severity for fault in broken.faults] == [Severity.WARNING, Severity.ERROR]
    with pytest.raises(Hl7Refused) as caught:
        broken.raise_for_faults()
    assert [fault.element for fault in caught.value.faults] == ["MSH-10"]


def test_equal_mistakes_fold_into_one_cause_whoever_the_patient_is() -> None:
    refusals = []
    for name in (b"ROE", b"DOE"):
        with pytest.raises(Hl7Refused) as caught:
            parse_message(HEADER + b"\rPID|||||" + name).require("PID-18")
        refusals.append(caught.value)
    assert refusals[0].fingerprint == refusals[1].fingerprint == "data|hl7-required-field-missing|PID-18"


def test_a_fault_reads_as_a_sentence_and_cannot_be_changed() -> None:
    fault = Fault("is empty", "a value", number=3, segment="PID", field=18)
    assert str(fault) == "segment 3 PID-18: is empty; expected a value"
    with pytest.raises(dataclasses.FrozenInstanceError):
        fault.field = 19  # type: ignore[misc]
