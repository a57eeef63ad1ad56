"""Files of many messages, with and without envelope: every message found, nothing lost between them."""

from __future__ import annotations

import pytest

from connectors.formats.hl7v2 import parse_file, split_messages
from tests.connectors.formats.hl7v2.cast import ADMISSION, HEADER, header

FHS = b"FHS|^~\\&|EHR|NLM\r"
BHS = b"BHS|^~\\&|EHR|NLM\r"
ONE = header(f10="1") + b"\rPID|1\r"
TWO = header(f10="2") + b"\rPID|1\r"


def ids(raw: bytes) -> list[str]:
    return [message.control_id for message in parse_file(raw).messages]


def test_messages_may_simply_follow_each_other() -> None:
    file = parse_file(ONE + b"\r\n\n" + TWO)
    assert [message.control_id for message in file.messages] == ["1", "2"]
    assert file.all_faults == ()


@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n"], ids=["CR", "LF", "CRLF"])
def test_an_envelope_is_read_and_its_counts_checked(ending: bytes) -> None:
    raw = (FHS + BHS + ONE + TWO + b"BTS|2\r" + b"FTS|1\r").replace(b"\r", ending)
    file = parse_file(raw)
    assert [message.control_id for message in file.messages] == ["1", "2"]
    assert [segment.id for segment in file.envelope] == ["FHS", "BHS", "BTS", "FTS"]
    assert file.envelope[0].get(4) == "NLM"
    assert file.all_faults == ()


def test_a_count_that_does_not_match_is_told_and_the_messages_are_kept() -> None:
    file = parse_file(FHS + BHS + ONE + b"BTS|2\r" + BHS + TWO + b"BTS|1\rFTS|3\r")
    assert [(fault.element, fault.words) for fault in file.faults] == [
        ("BTS-1", "does not match the 1 messages that arrived"),
        ("FTS-1", "does not match the 2 batches that arrived"),
    ]
    assert len(file.messages) == 2


def test_a_trailer_without_a_count_is_no_fault() -> None:
    assert parse_file(BHS + ONE + b"BTS\r").all_faults == ()


def test_what_is_no_message_is_kept_beside_the_good_ones() -> None:
    file = parse_file(b"report of the night\r" + ONE + b"MSH\r" + TWO)
    assert [message.control_id for message in file.messages] == ["1", "2"]
    assert [part.raw for part in file.unreadable] == [b"report of the night\r", b"MSH\r"]


def test_segments_after_an_envelope_without_a_header_are_not_lost() -> None:
    file = parse_file(BHS + b"PID|1\r" + ONE)
    assert [message.control_id for message in file.messages] == ["1"]
    assert file.unreadable[0].raw == BHS + b"PID|1\r"


def test_an_envelope_without_separators_is_told() -> None:
    file = parse_file(b"FHS\rBHS|^^\r" + ONE)
    assert [fault.element for fault in file.faults] == ["FHS-2", "BHS-2"]


def test_a_short_trailer_before_any_header_is_read_with_the_usual_separators() -> None:
    file = parse_file(b"BTS|1\r" + ONE)
    assert [fault.element for fault in file.faults] == ["BTS-1"]


def test_frame_marks_of_a_capture_are_no_part_of_the_messages() -> None:
    assert ids(b"\x0b" + ONE + b"\x1c\r\x0b" + TWO + b"\x1c\r") == ["1", "2"]


def test_a_word_that_begins_like_a_header_begins_no_message() -> None:
    assert ids(ONE + b"MSHELL|x\r") == ["1"]


@pytest.mark.parametrize("raw", [b"", b"\r\n \n", b"\x00", b"nothing"])
def test_a_file_without_a_message_says_so(raw: bytes) -> None:
    file = parse_file(raw)
    assert file.messages == ()
    assert file.all_faults != ()


def test_pieces_put_together_are_the_file() -> None:
    raw = FHS + BHS + ONE + ADMISSION + b"BTS|2\r" + b"FTS|1\r"
    assert b"".join(split_messages(raw)) == raw


def test_utf_16_is_one_message() -> None:
    raw = HEADER.decode().encode("utf-16")
    assert split_messages(raw) == [raw]
    assert ids(raw) == ["42"]
