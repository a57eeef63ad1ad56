"""Whatever comes, the parser stands; whatever is written, it reads back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.hl7v2 import (
    NULL,
    STANDARD,
    AckCode,
    Delimiters,
    FieldValue,
    Hl7Refused,
    Message,
    build_ack,
    build_message,
    parse_file,
    parse_message,
    split_messages,
)
from connectors.formats.hl7v2.describe import as_json, as_lines
from connectors.formats.hl7v2.escapes import escape, unescape
from connectors.formats.hl7v2.second_opinion import disagreements
from tests.connectors.formats.hl7v2.cast import ADMISSION, HEADER, MOMENT

OTHER = Delimiters("#", "*", "@", "!", "%")
SOUP = st.lists(
    st.sampled_from([b"MSH|^~\\&|", b"MSH", b"FHS|", b"BTS|1", b"PID|", b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n"])
    | st.binary(max_size=4)
).map(b"".join)

leaf = st.text(max_size=12).filter(lambda text: text != NULL)
fields = st.dictionaries(st.integers(1, 12), leaf, max_size=6)


def read(raw: bytes) -> Message | None:
    try:
        return parse_message(raw)
    except Hl7Refused:
        return None


@given(st.binary(max_size=400) | SOUP | SOUP.map(lambda tail: HEADER + tail))
def test_no_bytes_crash_the_parser_or_get_lost(raw: bytes) -> None:
    message = read(raw)
    if message is not None:
        assert message.raw == raw
        for segment in message.all_segments:
            for number in range(1, len(segment.fields)):
                segment.get(number)
                segment.repetitions(number)
        message.encode()
    assert parse_message(build_ack(raw, AckCode.REJECT, control_id="1", at=MOMENT)).get("MSA-1") == "AR"


@given(SOUP)
def test_no_file_crashes_the_splitter_or_loses_more_than_blanks(raw: bytes) -> None:
    file = parse_file(raw)
    assert len(file.messages) + len(file.unreadable) + len(file.envelope) >= len(split_messages(raw))
    kept = b"".join(split_messages(raw))
    noise = b"\xef\xbb\xbf\x0b\x1c \t\r\n"
    assert kept.translate(None, noise) == raw.translate(None, noise)
    as_json(file)
    list(as_lines(file))


@given(st.integers(0, len(ADMISSION)), st.integers(0, len(ADMISSION)), st.binary(max_size=3))
def test_no_damage_to_a_good_message_crashes_the_parser(start: int, end: int, splice: bytes) -> None:
    read(ADMISSION[:start] + splice + ADMISSION[end:])


@given(st.text(), st.sampled_from([STANDARD, OTHER]))
def test_what_is_escaped_reads_back(text: str, delimiters: Delimiters) -> None:
    written = escape(text, delimiters)
    assert unescape(written, delimiters) == text
    separators = {delimiters.field, delimiters.component, delimiters.repetition, delimiters.subcomponent}
    assert not separators & set(written)
    assert all(character.isprintable() or ord(character) > 0x7F for character in written)


@given(st.text(), st.sampled_from([STANDARD, OTHER]))
def test_reading_an_escape_never_fails(text: str, delimiters: Delimiters) -> None:
    unescape(text, delimiters)


@given(st.lists(fields, min_size=1, max_size=4), st.sampled_from([STANDARD, OTHER]))
def test_what_is_built_parses_back(segments: list[dict[int, str]], delimiters: Delimiters) -> None:
    header: dict[int, FieldValue] = {3: "HUB", 9: ("ADT", "A01"), 10: "1", 12: "2.5.1"}
    raw = build_message([("MSH", header), *(("ZZZ", values) for values in segments)], delimiters=delimiters)
    message = parse_message(raw)
    assert message.faults == ()
    assert message.encode() == raw
    for written, segment in zip(segments, message.segments("ZZZ"), strict=True):
        assert {number: segment.get(number) for number in written} == written
    assert disagreements(message) == []
