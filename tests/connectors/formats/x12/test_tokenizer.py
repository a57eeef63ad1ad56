"""Bytes become segments, whatever the sender's habits."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from connectors.formats.x12 import FaultCode, Severity, Tokenizer, tokenizer
from tests.connectors.formats.x12.x12_text import CLAIM, GS, ISA, codes, faults, in_chunks, remittance

PLAIN = remittance(*CLAIM)
IDS = [part.split(b"*")[0].decode() for part in PLAIN.split(b"~")[:-1]]


def ids(data: bytes) -> list[str]:
    return [segment.id for segment in Tokenizer([data])]


def rejoined(data: bytes) -> bytes:
    read = Tokenizer(io.BytesIO(data))
    return b"".join([segment.raw for segment in read]) + read.trailing


@pytest.mark.parametrize(
    "dressed",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        b"\r\n  \t" + PLAIN,
        PLAIN.replace(b"~", b"~\n"),
        PLAIN.replace(b"~", b"~\r\n    "),
        PLAIN.replace(b"~", b"\n"),
        PLAIN.replace(b"~", b"\r\n"),
        PLAIN.replace(b"~", b"\r"),
        PLAIN.replace(b"~", b"\x1d\r\n"),
        PLAIN.replace(b"~", b"\n~"),
        PLAIN + b"\n\n\x1a",
    ],
    ids=["plain", "BOM", "blanks", "LF", "indented", "LF ends", "CRLF ends", "CR ends", "control", "before", "after"],
)
def test_the_same_segments_come_out_however_they_are_dressed(dressed: bytes) -> None:
    assert ids(dressed) == IDS
    assert rejoined(dressed) == dressed


def test_numbers_offsets_and_lengths_point_into_the_file() -> None:
    data = b"\xef\xbb\xbf" + PLAIN.replace(b"~", b"~\r\n")

    segments = list(Tokenizer(io.BytesIO(data)))

    assert [segment.number for segment in segments] == list(range(1, len(IDS) + 1))
    for segment in segments:
        assert data[segment.offset : segment.offset + segment.length] == segment.raw


@pytest.mark.parametrize("size", [1, 2, 3, 7, 105, 106, 107, 1000])
def test_chunk_boundaries_change_nothing(size: int) -> None:
    data = PLAIN.replace(b"~", b"~\r\n") * 3

    whole = [(each.number, each.offset, each.elements, each.raw) for each in Tokenizer([data])]
    parts = [(each.number, each.offset, each.elements, each.raw) for each in Tokenizer(in_chunks(data, size))]

    assert parts == whole


@pytest.mark.parametrize("block", [16, 300, 1024, 5000])
def test_block_size_changes_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = PLAIN * 20
    monkeypatch.setattr(tokenizer, "BLOCK_SIZE", block)

    assert ids(data) == IDS * 20
    assert rejoined(data) == data


def test_each_interchange_brings_its_own_delimiters() -> None:
    other = PLAIN.replace(b"~", b"\n").replace(b"*", b"|").replace(b":", b">")
    third = PLAIN.replace(b"~", b"!")
    data = PLAIN + b"\r\n" + other + third + other

    read = Tokenizer([data])
    seen = [(segment.id, read.delimiters.terminator) for segment in read]

    assert [name for name, _ in seen] == IDS * 4
    assert [end for name, end in seen if name == "ISA"] == ["~", "\n", "!", "\n"]


def test_an_interchange_may_follow_one_whose_last_terminator_is_missing() -> None:
    data = PLAIN.removesuffix(b"~") + b"\n" + PLAIN

    assert ids(data) == IDS * 2
    assert rejoined(data) == data
    assert codes(data) == [FaultCode.UNTERMINATED]


def test_the_last_terminator_may_be_missing_and_is_warned_about() -> None:
    data = PLAIN.removesuffix(b"~")

    assert ids(data) == IDS
    (fault,) = faults(data)
    assert (fault.code, fault.severity, fault.segment) == (FaultCode.UNTERMINATED, Severity.WARNING, len(IDS))


def test_lines_wrapped_at_eighty_columns_are_put_together() -> None:
    text = PLAIN.decode()
    wrapped = "\r\n".join(text[start : start + 80] for start in range(0, len(text), 80)).encode()

    assert [segment.elements for segment in Tokenizer([wrapped])] == [
        segment.elements for segment in Tokenizer([PLAIN])
    ]
    assert rejoined(wrapped) == wrapped


@pytest.mark.parametrize("separator", ["Ö", "§", "\x1d", "|", "\t"])
def test_the_element_separator_may_be_any_character(separator: str) -> None:
    data = PLAIN.decode().replace("*", separator).encode()

    assert ids(data) == IDS
    assert rejoined(data) == data


def test_a_latin_1_separator_is_a_single_byte() -> None:
    data = PLAIN.replace(b"*", b"\xd6")

    assert ids(data) == IDS


@pytest.mark.parametrize(("encoding", "name"), [("utf-8", "Müller"), ("latin-1", "Müller")])
def test_names_are_read_in_utf_8_or_else_latin_1(encoding: str, name: str) -> None:
    data = PLAIN.decode().replace("Archer", name).encode(encoding)

    names = [segment.get(3) for segment in Tokenizer([data]) if segment.id == "NM1"]

    assert names == [name]
    assert rejoined(data) == data


def test_a_short_isa_is_read_and_warned_about() -> None:
    data = remittance(*CLAIM, isa=ISA.replace("PROVIDER       ", "PROVIDER      "))

    assert ids(data) == IDS
    (fault,) = faults(data)
    assert (fault.code, fault.severity, fault.element) == (FaultCode.ISA_WIDTH, Severity.WARNING, "ISA08")
    assert (fault.expected, fault.found) == ("15 characters", "14 characters")


def test_a_long_isa_is_read_and_warned_about() -> None:
    data = remittance(*CLAIM, isa=ISA.replace("PAYER          ", "A PAYER WITH A LONG NAME"))

    assert ids(data) == IDS
    assert [fault.element for fault in faults(data)] == ["ISA06"]


@pytest.mark.parametrize("repetition", ["U", "^", "|", "+"])
def test_isa11_is_a_repetition_separator_or_the_old_u(repetition: str) -> None:
    read = Tokenizer([remittance(*CLAIM, isa=ISA.replace("*^*", f"*{repetition}*"))])
    list(read)

    assert read.delimiters.repetition == ("" if repetition == "U" else repetition)


def test_version_004010_is_read_and_warned_about() -> None:
    data = remittance(*CLAIM, isa=ISA.replace("00501", "00401").replace("*^*", "*U*"))

    assert ids(data) == IDS
    (fault,) = faults(data)
    assert (fault.code, fault.severity, fault.found) == (FaultCode.OLD_VERSION, Severity.WARNING, "00401")


def test_a_missing_isa_is_told_and_the_rest_is_read_all_the_same() -> None:
    data = PLAIN.split(b"~", 1)[1]

    assert ids(data) == IDS[1:]
    (first, *_) = faults(data)
    assert (first.code, first.segment, first.segment_id) == (FaultCode.MISSING_INTERCHANGE, 1, "GS")


@pytest.mark.parametrize("component", [b":", b"", b"\xe0", b"\xd7", b"\xc3"])
def test_an_isa_with_elements_missing_is_told_and_the_rest_is_read_all_the_same(component: bytes) -> None:
    isa = "ISA*00**00**ZZ*PAYER*ZZ*PROVIDER*261120*0930*^*00501*?"
    data = remittance(*CLAIM, isa=isa).replace(b"*?~", b"*" + component + b"~")

    assert ids(data) == IDS
    assert codes(data)[0] is FaultCode.DELIMITERS


def test_what_stands_before_the_first_isa_is_left_out_and_told() -> None:
    data = b"Subject: your remittance\r\n\r\n" + PLAIN

    assert ids(data) == IDS
    assert codes(data) == [FaultCode.SURROUNDING_BYTES]
    assert rejoined(data) == data


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"hello", b"%PDF-1.7 and more", bytes(range(256)) * 300, b"ISA", b"ISA*00*", PLAIN[:100]]
)
def test_what_is_no_x12_is_told_and_nothing_comes_out_of_it(data: bytes) -> None:
    read = Tokenizer([data])

    assert list(read) == []
    assert [fault.code for fault in read.faults][0] in (FaultCode.NOT_X12, FaultCode.DELIMITERS)


def test_a_segment_without_end_stops_the_reading_instead_of_filling_the_memory() -> None:
    drawn: list[int] = []

    def endless() -> Iterator[bytes]:
        yield PLAIN
        for number in range(1000):
            drawn.append(number)
            yield b"x" * 100_000

    read = Tokenizer(endless())

    assert [segment.id for segment in read] == IDS
    assert [fault.code for fault in read.faults] == [FaultCode.OVERSIZE_SEGMENT]
    assert len(drawn) < 20


def test_blanks_without_end_stop_the_reading_as_well() -> None:
    assert codes(PLAIN + b" " * 3_000_000) == [FaultCode.OVERSIZE_SEGMENT]
    assert codes(PLAIN + b"~" * 3_000_000) == [FaultCode.OVERSIZE_SEGMENT]


def test_empty_segments_count_for_nothing() -> None:
    data = PLAIN.replace(b"~NM1", b"~~\n~NM1")

    assert ids(data) == IDS
    assert rejoined(data) == data


def test_thousands_of_small_interchanges_with_changing_delimiters_stay_cheap() -> None:
    one = "~".join((ISA, GS, "GE*0*7", "IEA*1*000000007", "")).encode()
    other = one.replace(b"~", b"!")

    assert ids((one + other) * 2000) == ["ISA", "GS", "GE", "IEA"] * 4000


def test_segments_come_out_before_the_source_is_exhausted() -> None:
    def source() -> Iterator[bytes]:
        yield from in_chunks(PLAIN * 3000, 65536)
        pytest.fail("the whole source was read before the first segment came out")

    assert next(iter(Tokenizer(source()))).id == "ISA"
