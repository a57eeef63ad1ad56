"""Messages and acknowledgements are written so that any reader gets back what was meant."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connectors.formats.hl7v2 import (
    NULL,
    AckCode,
    Delimiters,
    ErrorCode,
    Fault,
    Hl7Refused,
    build_ack,
    build_message,
    parse_message,
    peek_header,
)
from tests.connectors.formats.hl7v2.cast import ADMISSION, MOMENT, header

MSH = ("MSH", {3: "HUB", 9: ("ADT", "A01"), 10: "1", 12: "2.5.1"})
CENTRAL = timezone(timedelta(hours=-6))


def test_values_of_every_type_are_written_as_hl7_writes_them() -> None:
    raw = build_message(
        [
            ("MSH", {3: "HUB", 7: datetime(2026, 11, 21, 3, 30, tzinfo=CENTRAL), 9: ("ADT", "A01")}),
            (
                "ZZZ",
                {
                    1: 7,
                    2: Decimal("120.50"),
                    3: Decimal("1E+3"),
                    4: date(2026, 2, 3),
                    6: ("a", None, ("b", "c")),
                    7: ["x", ("y", "z")],
                    8: NULL,
                },
            ),
        ]
    )
    assert raw == (b'MSH|^~\\&|HUB||||20261121033000-0600||ADT^A01\rZZZ|7|120.50|1000|20260203||a^^b&c|x~y^z|""\r')


def test_separators_in_values_are_escaped() -> None:
    raw = build_message([MSH, ("NTE", {3: "O'Brien & Sons | ^ ~ \\ \r\n\x0b\x1c"})])
    assert raw.endswith(b"NTE|||O'Brien \\T\\ Sons \\F\\ \\S\\ \\R\\ \\E\\ \\X0D\\\\X0A\\\\X0B\\\\X1C\\\r")
    assert parse_message(raw).get("NTE-3") == "O'Brien & Sons | ^ ~ \\ \r\n\x0b\x1c"


def test_other_separators_are_declared_and_escaped() -> None:
    raw = build_message([MSH, ("NTE", {3: "a#b|c*d"})], delimiters=Delimiters("#", "*", "@", "!", "%"))
    assert raw.startswith(b"MSH#*@!%#HUB#")
    assert parse_message(raw).get("NTE-3") == "a#b|c*d"


def test_a_character_set_is_declared_where_one_is_needed() -> None:
    assert b"UNICODE" not in build_message([MSH, ("PID", {5: "Muller"})])
    raw = build_message([MSH, ("PID", {5: "Müller"})])
    assert parse_message(raw).get("MSH-18") == "UNICODE UTF-8"
    raw = build_message([MSH, ("PID", {5: "Müller"})], character_set="8859/1")
    assert b"M\xfcller" in raw
    assert parse_message(raw).get("PID-5") == "Müller"
    assert parse_message(raw).faults == ()


def test_a_character_the_set_does_not_have_is_refused_by_its_segment() -> None:
    with pytest.raises(Hl7Refused) as caught:
        build_message([MSH, ("PID", {5: "Ω"})], character_set="8859/1")
    assert caught.value.faults[0].number == 2
    with pytest.raises(ValueError, match="KLINGON"):
        build_message([MSH], character_set="KLINGON")


def test_a_naive_time_is_our_mistake() -> None:
    naive = MOMENT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        build_message([("MSH", {7: naive})])


def test_an_acceptance_answers_its_sender() -> None:
    assert build_ack(ADMISSION, AckCode.ACCEPT, control_id="9", at=MOMENT) == (
        b"MSH|^~\\&|HUB|CBO|EHR|NLM|20261121093000+0000||ACK^A08^ACK|9|P|2.5.1\rMSA|AA|42\r"
    )


def test_an_acknowledgement_may_be_built_from_the_message_the_header_or_the_bytes() -> None:
    message = parse_message(ADMISSION)
    built = {
        build_ack(original, AckCode.COMMIT_ACCEPT, control_id="9", at=MOMENT)
        for original in (message, peek_header(ADMISSION), ADMISSION)
    }
    assert len(built) == 1
    assert b"MSA|CA|42" in built.pop()


def test_an_error_is_told_in_the_layout_of_2_5() -> None:
    fault = Fault(
        "is empty", "a value", number=3, segment="PID", occurrence=1, field=18, code=ErrorCode.REQUIRED_FIELD_MISSING
    )
    acknowledgement = parse_message(build_ack(ADMISSION, AckCode.ERROR, control_id="9", at=MOMENT, errors=[fault]))
    assert acknowledgement.get("MSA-1") == "AE"
    error = acknowledgement.segments("ERR")[0]
    assert error.raw(1) == ""
    assert error.raw(2) == "PID^1^18^1"
    assert error.raw(3) == "101^Required field missing^HL70357"
    assert error.raw(4) == "E"
    assert error.get(8) == "segment 3 PID-18: is empty; expected a value"


def test_an_error_is_told_in_the_old_layout_to_old_versions() -> None:
    fault = Fault("is empty", "a value", number=3, segment="PID", field=18, code=ErrorCode.REQUIRED_FIELD_MISSING)
    raw = build_ack(header(f12="2.3"), AckCode.ERROR, control_id="9", at=MOMENT, errors=[fault])
    acknowledgement = parse_message(raw)
    assert acknowledgement.segments("ERR")[0].raw(1) == "PID^1^18^101&Required field missing&HL70357"
    assert acknowledgement.get("MSA-3") == "segment 3 PID-18: is empty; expected a value"


def test_a_component_and_a_warning_have_their_place() -> None:
    message = parse_message(header(f9="ADT", f18="KLINGON") + "\rPID|Ü".encode())
    raw = build_ack(message, AckCode.ERROR, control_id="9", at=MOMENT, errors=message.faults)
    errors = parse_message(raw).segments("ERR")
    assert [(error.raw(2), error.get(4)) for error in errors] == [("MSH^1^18^1", "W"), ("MSH^1^9^1^2", "E")]


def test_a_thousand_errors_are_not_all_told() -> None:
    raw = build_ack(ADMISSION, AckCode.ERROR, control_id="9", at=MOMENT, errors=[Fault("is odd")] * 1000)
    assert raw.count(b"\rERR|") == 20


@pytest.mark.parametrize("garbage", [b"", b"\x00\xff\x0b\x1c\r", b"MSH", b"MSH|", b"GET / HTTP/1.1", b"\xff\xfeM\x00S"])
def test_garbage_can_be_refused_too(garbage: bytes) -> None:
    raw = build_ack(garbage, AckCode.REJECT, control_id="9", at=MOMENT, errors=[Fault("is no message", "MSH")])
    acknowledgement = parse_message(raw)
    assert acknowledgement.faults == ()
    assert (acknowledgement.get("MSA-1"), acknowledgement.get("MSA-2")) == ("AR", "")
    assert acknowledgement.version == "2.5.1"


def test_an_acknowledgement_speaks_the_senders_separators_and_character_set() -> None:
    original = "MSH#*~\\&#KLINIK Ä#S*1#HUB#B##x#ADT*A01#7#D#2.4######8859/1\r".encode("latin-1")
    raw = build_ack(original, AckCode.ERROR, control_id="9", at=MOMENT, text="no #1 & no #2")
    assert raw.startswith(b"MSH#*~\\&#HUB#B#KLINIK \xc4#S*1#")
    acknowledgement = parse_message(raw)
    assert (acknowledgement.trigger, acknowledgement.get("MSH-11")) == ("A01", "D")
    assert acknowledgement.get("MSA-3") == "no #1 & no #2"
    assert acknowledgement.faults == ()


def test_nothing_of_a_hostile_header_can_break_the_frame_of_the_answer() -> None:
    hostile = b"MSH|^~\\&|EHR\x1c|NLM|||||ADT^A01|4\x0b2|P|2.5.1\r"
    raw = build_ack(hostile, AckCode.ACCEPT, control_id="9", at=MOMENT)
    assert b"\x1c" not in raw
    assert b"\x0b" not in raw
    assert raw.endswith(b"MSA|AA|42\r")
