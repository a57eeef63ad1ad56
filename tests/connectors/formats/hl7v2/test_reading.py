"""Values come out of a message as their sender meant them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connectors.formats.hl7v2 import Hl7Refused, Message, parse_message, parse_timestamp, peek_header
from tests.connectors.formats.hl7v2.cast import ADMISSION, HEADER, header

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture(scope="module")
def message() -> Message:
    return parse_message(ADMISSION)


def test_the_header_says_what_the_message_is(message: Message) -> None:
    assert (message.type, message.trigger, message.control_id, message.version) == ("ADT", "A08", "42", "2.5.1")
    assert message.sent_at(CHICAGO) == datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
    assert message.faults == ()
    assert message.raw is ADMISSION


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PID-18", "ACC-1"),
        ("PID-3", "100"),
        ("PID-3.4", "NLM"),
        ("PID-3.4.2", "1.2.3"),
        ("PID-3(2)", "900"),
        ("PID-3(2).4", "SSA"),
        ("PID-3(3)", ""),
        ("PID-5.2", "R&D"),
        ("PID-5.9", ""),
        ("PID-3.4.9", ""),
        ("PID-99", ""),
        ("NK1-1", ""),
        ("OBX(2)-5", "70.50"),
        ("OBX(3)-5", ""),
        ("OBX-5", "first line\nsecond line"),
        ("MSH-1", "|"),
        ("MSH-2", "^~\\&"),
        ("MSH-3", "EHR"),
        ("ZNL-2(1).2.2", "it"),
    ],
)
def test_a_path_leads_to_one_decoded_value(message: Message, path: str, value: str) -> None:
    assert message.get(path) == value


@pytest.mark.parametrize("path", ["PID", "PID-0", "pid-3", "PID-3.0", "PID-x", "PID-3(0)", "", "PID-3.1.2.3"])
def test_a_path_nobody_can_mean_is_our_mistake(message: Message, path: str) -> None:
    with pytest.raises(ValueError, match="not an HL7 path"):
        message.get(path)


def test_an_explicit_null_is_told_from_an_absent_value(message: Message) -> None:
    patient = message.segments("PID")[0]
    assert (patient.get(13), patient.is_null(13)) == ("", True)
    assert (patient.get(14), patient.is_null(14)) == ("", False)
    assert message.get("PID-5.3") == ""


def test_repetitions_components_and_subcomponents_can_be_walked(message: Message) -> None:
    first, second = message.repetitions("PID-3")
    assert first.components == (("100",), ("",), ("",), ("NLM", "1.2.3", "ISO"), ("MR",))
    assert (second.get(1), second.get(4), second.get(4, 2)) == ("900", "SSA", "")
    assert message.repetitions("PID-14") == ()
    assert message.repetitions("NK1-2") == ()


def test_segments_keep_order_number_and_unknown_ids(message: Message) -> None:
    assert [segment.id for segment in message.all_segments][-2:] == ["FT1", "ZNL"]
    assert [segment.number for segment in message.segments("OBX")] == [5, 6]
    assert message.segments("ZNL")[0].raw(2) == "kept^as&it~is"
    assert message.segments("NK1") == ()
    assert message.segment("OBX", 3) is None


def test_a_group_begins_with_its_segment_and_ends_before_the_next(message: Message) -> None:
    ids = [[segment.id for segment in group] for group in message.groups("FT1")]
    assert ids == [["FT1", "PR1"], ["FT1", "ZNL"]]
    assert message.groups("AIS") == ()


def test_numbers_and_dates_are_exact(message: Message) -> None:
    charge, correction = message.segments("FT1")
    assert charge.decimal("11.1") == Decimal("120.00")
    assert correction.decimal("11") == Decimal("-50")
    assert charge.date(4) == date(2026, 11, 21)
    assert charge.decimal(13) is None
    assert charge.date(14) is None
    assert charge.timestamp(14, CHICAGO) is None


def test_what_is_no_number_date_or_time_is_refused_without_its_value(message: Message) -> None:
    note = message.segments("OBX")[0]
    for read in (note.decimal, note.date, lambda path: note.timestamp(path, CHICAGO)):
        with pytest.raises(Hl7Refused) as caught:
            read(5)
        assert caught.value.faults[0].element == "OBX-5"
        assert caught.value.faults[0].number == 5
        assert "line" not in str(caught.value)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e", "1,5", "0x10"])
def test_a_number_is_finite_decimal_digits(text: str) -> None:
    message = parse_message(HEADER + f"\rOBX|1|NM|||{text}".encode())
    with pytest.raises(Hl7Refused):
        message.segments("OBX")[0].decimal(5)


def test_a_required_value_is_there_or_named(message: Message) -> None:
    assert message.require("PID-18") == "ACC-1"
    for path, number in (("PID-19", 3), ("PID-13", 3), ("NK1-2.1", 0)):
        with pytest.raises(Hl7Refused) as caught:
            message.require(path)
        fault = caught.value.faults[0]
        assert (fault.element, fault.number, fault.code) == (path, number, 101)
        assert caught.value.code == "hl7-required-field-missing"


def test_the_senders_zone_goes_before_the_facilitys(message: Message) -> None:
    assert message.timestamp("EVN-2", UTC) == datetime(2026, 11, 21, 15, 29, tzinfo=UTC)
    assert message.timestamp("NK1-2", UTC) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("202611", datetime(2026, 11, 1, tzinfo=UTC)),
        ("20261121", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026112109", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("20261121093015.25", datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)),
        ("202611210930-0600", datetime(2026, 11, 21, 15, 30, tzinfo=UTC)),
        ("20261121093015.1234+05:30", datetime(2026, 11, 21, 4, 0, 15, 123_400, tzinfo=UTC)),
        (" 20261121 ", datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_times_of_every_precision_are_read(text: str, moment: datetime) -> None:
    assert parse_timestamp(text, UTC) == moment


@pytest.mark.parametrize(
    "text", ["", "26", "20261", "20261321", "20260230", "2026112125", "2026-11-21", "20261121+9959x", "today", "٢٠٢٦"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an HL7 time|no such"):
        parse_timestamp(text, UTC)


def test_an_offset_beyond_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="no such"):
        parse_timestamp("20261121+9900", UTC)


def test_a_time_in_the_hour_that_occurs_twice_is_the_first_of_them() -> None:
    assert parse_timestamp("202611010130", CHICAGO).utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n"], ids=["CR", "LF", "CRLF"])
def test_every_line_end_ends_a_segment(ending: bytes) -> None:
    raw = ADMISSION.replace(b"\r", ending)
    message = parse_message(raw)
    assert message.get("PID-18") == "ACC-1"
    assert len(message.all_segments) == 10
    assert message.raw == raw
    assert message.encode() == ADMISSION


def test_delimiters_are_those_of_the_message() -> None:
    raw = b"MSH#*@!%#EHR#NLM#####ADT*A01#1#P#2.5\rPID#1##1*2%3@4##A!S!B!F!C!T!D!R!E!E!F"
    message = parse_message(raw)
    assert (message.type, message.trigger, message.version) == ("ADT", "A01", "2.5")
    assert message.faults == ()
    assert message.get("PID-3.2.2") == "3"
    assert message.get("PID-3(2)") == "4"
    assert message.get("PID-5") == "A*B#C%D@E!F"
    assert message.encode() == raw + b"\r"


def test_a_level_the_sender_does_not_declare_is_not_split() -> None:
    message = parse_message(b"MSH|^~|EHR|NLM|||1||ADT^A01|1|P|2.3\rPID|||a&b\\T\\c^d")
    assert message.get("PID-3") == "a&b\\T\\c"
    assert message.get("PID-3.2") == "d"
    assert message.faults == ()


def test_the_truncation_character_of_version_2_7_is_no_fault() -> None:
    message = parse_message(b"MSH|^~\\&#|EHR|NLM|||1||ADT^A01|1|P|2.7\rPID|||a\\P\\b")
    assert message.faults == ()
    assert message.get("PID-3") == "a#b"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        ("\\X41\\\\X0D0A\\", "A\r\n"),
        ("\\XC3A9\\", "é"),
        ("\\XE9\\", "é"),
        ("\\.br\\\\.sp2\\x\\.in4\\y\\.fi\\", "\n\n\nx    y"),
        ("\\H\\loud\\N\\", "loud"),
        ("\\Zlocal\\ \\C2842\\ \\M242842\\", "\\Zlocal\\ \\C2842\\ \\M242842\\"),
        ("C:\\temp", "C:\\temp"),
        ("\\Xzz\\ \\X4\\ \\", "\\Xzz\\ \\X4\\ \\"),
        ("a\\b\\T\\c", "a\\b&c"),
        ("\\.zz\\", "\\.zz\\"),
    ],
)
def test_escape_sequences_are_read_and_what_nobody_can_read_is_kept(written: str, meant: str) -> None:
    message = parse_message(HEADER + b"\rOBX|1|TX|||" + written.encode())
    assert message.get("OBX-5") == meant


@pytest.mark.parametrize(
    ("label", "codec"),
    [("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1"), ("8859/15", "iso8859-15"), ("8859/1~UNICODE", "latin-1")],
)
def test_the_declared_character_set_is_used(label: str, codec: str) -> None:
    raw = header(f18=label) + "\rPID|||||MÜLLER".encode(codec)
    message = parse_message(raw)
    assert message.get("PID-5") == "MÜLLER"
    assert message.faults == ()
    assert message.encode() == raw + b"\r"


@pytest.mark.parametrize(
    ("label", "data", "text", "codec"),
    [
        ("", "MÜLLER".encode("cp1252"), "MÜLLER", "cp1252"),
        ("UNICODE UTF-8", "“MÜLLER”".encode("cp1252"), "“MÜLLER”", "cp1252"),
        ("ASCII", "MÜLLER".encode(), "MÜLLER", "utf-8"),
        ("KLINGON", "MÜLLER".encode(), "MÜLLER", "utf-8"),
        ("", b"M\xdcLLER\x81", "MÜLLER\x81", "latin-1"),
    ],
)
def test_bytes_that_break_their_declaration_are_read_and_told(label: str, data: bytes, text: str, codec: str) -> None:
    raw = header(f18=label) + b"\rPID|||||" + data
    message = parse_message(raw)
    assert message.get("PID-5") == text
    assert message.codec == codec
    assert [(fault.element, fault.severity) for fault in message.faults] == [("MSH-18", "W")]
    assert message.encode() == raw + b"\r"
    message.raise_for_faults()


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognized_by_its_first_bytes(codec: str) -> None:
    message = parse_message((header(f18="UNICODE UTF-16").decode() + "\rPID|||||MÜLLER").encode(codec))
    assert message.get("PID-5") == "MÜLLER"
    assert message.control_id == "42"


def test_a_byte_order_mark_and_frame_marks_around_a_message_are_no_fault() -> None:
    message = parse_message(b"\xef\xbb\xbf\x0b\r\n" + header() + "\rPID|||||Ü".encode() + b"\x1c\r")
    assert message.faults == ()
    assert message.get("PID-5") == "Ü"


def test_a_header_is_peeked_without_the_rest() -> None:
    peeked = peek_header(header(f15="AL", f16="NE") + b"\rgarbage \xff\xfe" * 100)
    assert (peeked.type, peeked.trigger, peeked.control_id, peeked.version_number) == ("ADT", "A08", "42", "2.5.1")
    assert (peeked.sending_application, peeked.sending_facility) == ("EHR", "NLM")
    assert (peeked.accept_ack, peeked.application_ack) == ("AL", "NE")


@pytest.mark.parametrize("raw", [b"", b"MSH", b"MSHA", b"\x00" * 100, b"PID|1", b"{}", b"\xff\xfeM\x00"])
def test_a_peek_at_garbage_finds_nothing_and_does_not_fail(raw: bytes) -> None:
    assert peek_header(raw).control_id == ""


def test_what_is_echoed_of_a_header_has_no_control_characters_and_a_bound() -> None:
    peeked = peek_header(b"MSH|^~\\&|\x1c\x0bEHR|||||ADT|A01|" + b"9" * 10_000)
    assert peeked.sending_application == "EHR"
    assert len(peeked.control_id) == 256
