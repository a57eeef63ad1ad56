"""Escape sequences (HL7 v2.5.1 §2.7): text on one side, what may stand in a field on the other."""

from __future__ import annotations

import re
from functools import cache

from connectors.formats.hl7v2.delimiters import Delimiters

# The formatting commands of §2.7.6 that stand for white space; the others only arrange and are dropped.
_LINE_BREAKS = frozenset({".br", ".sp", ".ce"})
_BLANKS = frozenset({".in", ".ti", ".sk"})
_FORMATTING = _LINE_BREAKS | _BLANKS | {".fi", ".nf"}
_MAX_REPEAT = 100  # .sp and .sk take a count; nobody means more than a page


def escape(value: str, delimiters: Delimiters) -> str:
    """`value` as it may be written into a field: separators and control characters as escape sequences.

    Control characters go as \\Xhh\\: a bare CR would end the segment, a bare FS the MLLP frame.
    """
    table = _escape_table(delimiters)
    return value.translate(table) if any(ord(character) in table for character in value) else value


def unescape(text: str, delimiters: Delimiters, codec: str = "utf-8") -> str:
    """The value behind `text`. What nobody can read (\\Z..\\, \\C..\\, a lone escape) stays as it is."""
    mark = delimiters.escape
    if not mark or mark not in text:
        return text
    meanings = _meanings(delimiters)

    def value(match: re.Match[str]) -> str:
        sequence = match[1]
        plain = meanings.get(sequence)
        if plain is not None:
            return plain
        if sequence[0] == "X":
            return _from_hex(sequence[1:], codec)
        return _formatted(sequence) if sequence[:3] in _FORMATTING else match[0]

    return _pattern(mark).sub(value, text)


@cache
def _escape_table(delimiters: Delimiters) -> dict[int, str]:
    mark = delimiters.escape or "\\"
    table = {code: f"{mark}X{code:02X}{mark}" for code in (*range(0x20), 0x7F)}
    letters = ((delimiters.field, "F"), (delimiters.component, "S"), (delimiters.subcomponent, "T"))
    for separator, letter in (
        *letters,
        (delimiters.repetition, "R"),
        (mark, "E"),
        (delimiters.truncation, "P"),
    ):
        if separator:
            table[ord(separator)] = f"{mark}{letter}{mark}"
    return table


@cache
def _meanings(delimiters: Delimiters) -> dict[str, str]:
    return {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.subcomponent or "&",
        "R": delimiters.repetition,
        "E": delimiters.escape,
        "P": delimiters.truncation or "#",
        "H": "",  # highlighting on and off carries no value
        "N": "",
    }


@cache
def _pattern(mark: str) -> re.Pattern[str]:
    quoted = re.escape(mark)
    return re.compile(rf"{quoted}([FSTREPHN]|X(?:[0-9A-Fa-f]{{2}})+|\.[a-z]{{2}}[+-]?[0-9]{{0,3}}){quoted}")


def _from_hex(digits: str, codec: str) -> str:
    data = bytes.fromhex(digits)
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _formatted(sequence: str) -> str:
    command, count = sequence[:3], sequence[3:].lstrip("+-")
    times = min(int(count or "1"), _MAX_REPEAT)
    if command in _LINE_BREAKS:
        return "\n" * times
    if command in _BLANKS:
        return " " * times
    return ""
