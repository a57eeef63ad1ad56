"""A payload as lines for reading, masked or whole, and where in it a fault lies."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hub.core.masking import hl7v2, x12
from hub.core.masking.json_values import masked_json
from hub.core.masking.marks import HIDDEN

_BLANKS = "\ufeff\x0b \t\r\n\x00"
_SEGMENT = re.compile(r"\bsegment (\d+)\b")
_X12_ELEMENT = re.compile(r"\b([A-Z][A-Z0-9]{1,2})(\d{2})(?:-\d+)?\b(?: of claim (\d+))?")
_HL7_FIELD = re.compile(r"\b([A-Z][A-Z0-9]{2})(?:\((\d+)\))?-(\d+)(?:\.\d+)?\b")
_POINTER = re.compile(r"(?<!\w)(/[\w~/.-]*)")


class Format(StrEnum):
    JSON = "JSON"
    HL7 = "HL7 v2"
    X12 = "X12"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of line `line`, counted from 1; without an end, the whole line."""

    line: int
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Readable:
    """`lines` are segments, or lines of indented JSON; `pointers` leads from JSON Pointers to lines."""

    format: Format
    lines: tuple[str, ...]
    pointers: Mapping[str, int] = field(default_factory=dict)

    def find(self, words: str) -> Place | None:
        """The place that a failure's words name: a segment and element, a field, a JSON Pointer."""
        if self.format is Format.X12:
            return self._x12(words)
        if self.format is Format.HL7:
            return self._hl7(words)
        if self.format is Format.JSON:
            return self._json(words)
        return None

    def find_text(self, text: str) -> Place | None:
        """The first place at which exactly `text` stands, as a whole word."""
        if not text:
            return None
        wanted = re.compile(rf"(?<![\w.-]){re.escape(text)}(?![\w.-])")
        for number, line in enumerate(self.lines, start=1):
            if found := wanted.search(line):
                return Place(number, found.start(), found.end())
        return None

    def _x12(self, words: str) -> Place | None:
        element, numbered = _X12_ELEMENT.search(words), _SEGMENT.search(words)
        separator = self.lines[0][3:4] if self.lines and self.lines[0].startswith("ISA") else "*"
        if numbered is not None:
            line = int(numbered.group(1))
            return self._element(line, separator, int(element.group(2)) if element else 0)
        if element is None:
            return None
        line = self._nth(element.group(1), separator, int(element.group(3) or 1))
        return self._element(line, separator, int(element.group(2)))

    def _hl7(self, words: str) -> Place | None:
        found, numbered = _HL7_FIELD.search(words), _SEGMENT.search(words)
        separator = self.lines[0][3:4] if self.lines and self.lines[0].startswith("MSH") else "|"
        if found is None:
            return self._element(int(numbered.group(1)), separator, 0) if numbered else None
        line = int(numbered.group(1)) if numbered else self._nth(found.group(1), separator, int(found.group(2) or 1))
        number = int(found.group(3))
        return self._element(line, separator, number - 1 if found.group(1) == "MSH" else number)

    def _json(self, words: str) -> Place | None:
        for found in _POINTER.finditer(words):
            pointer = found.group(1).rstrip("./")
            while pointer and pointer not in self.pointers:
                pointer = pointer.rpartition("/")[0]
            if pointer or found.group(1) == "/":
                return Place(self.pointers.get(pointer, 1))
        return None

    def _nth(self, name: str, separator: str, occurrence: int) -> int:
        numbers = [n for n, line in enumerate(self.lines, start=1) if line.split(separator, 1)[0] == name]
        return numbers[occurrence - 1] if occurrence <= len(numbers) else 0

    def _element(self, line: int, separator: str, number: int) -> Place | None:
        if not 0 < line <= len(self.lines):
            return None
        parts = self.lines[line - 1].split(separator)
        if not 0 < number < len(parts):
            return Place(line)
        start = sum(len(part) + 1 for part in parts[:number])
        return Place(line, start, start + len(parts[number]))


def readable(body: bytes, *, masked: bool = True) -> Readable:
    """`body` as lines. Of a format that nobody knows, nothing is shown while masked."""
    text = _decoded(body)
    start = text.lstrip(_BLANKS)[:4]
    if start.startswith("ISA"):
        return Readable(Format.X12, tuple(x12.lines(text, masked=masked)))
    if start[:3] in {"MSH", "FHS", "BHS"} and len(start) == 4 and not start[3].isalnum():
        return Readable(Format.HL7, tuple(hl7v2.lines(text, masked=masked)))
    if start[:1] in {"{", "["}:
        try:
            return readable_json(json.loads(text), masked=masked)
        except (ValueError, RecursionError):
            pass
    lines = text.splitlines()
    return Readable(Format.TEXT, tuple(HIDDEN if masked and line.strip() else line for line in lines))


def readable_json(value: Any, *, masked: bool = True, shown: Collection[str] = ()) -> Readable:
    """A JSON value as indented lines."""
    pointers: dict[str, int] = {}
    lines: list[str] = []
    for pointer, line in _rendered(masked_json(value, shown=shown) if masked else value, "", "", ""):
        lines.append(line)
        pointers.setdefault(pointer, len(lines))
    return Readable(Format.JSON, tuple(lines), pointers)


def _rendered(value: Any, pointer: str, indent: str, label: str) -> Iterator[tuple[str, str]]:
    """(JSON Pointer, line) for every line of `value`, indented by two blanks a level."""
    children: list[tuple[str, str, Any]]
    if isinstance(value, Mapping):
        children = [(str(key), f"{json.dumps(str(key), ensure_ascii=False)}: ", item) for key, item in value.items()]
        brackets = "{}"
    elif isinstance(value, list | tuple):
        children = [(str(index), "", item) for index, item in enumerate(value)]
        brackets = "[]"
    else:
        yield pointer, f"{indent}{label}{json.dumps(value, ensure_ascii=False, default=str)}"
        return
    if not children:
        yield pointer, f"{indent}{label}{brackets}"
        return
    yield pointer, f"{indent}{label}{brackets[0]}"
    for number, (key, name, item) in enumerate(children, start=1):
        escaped = key.replace("~", "~0").replace("/", "~1")
        *rest, last = _rendered(item, f"{pointer}/{escaped}", f"{indent}  ", name)
        yield from rest
        yield last[0], last[1] + ("," if number < len(children) else "")
    yield pointer, f"{indent}{brackets[1]}"


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")
