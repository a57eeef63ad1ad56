"""Payloads on a page: numbered lines, the offending part marked, masked parts shown as masked; and differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

#: What the masking service puts in the place of each masked character.
MASK = "•"
#: Longer payloads are cut on the page; the download is whole.
MAX_LINES = 2_000


class Mark(StrEnum):
    NONE = ""
    HIT = "hit"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class PayloadLine:
    number: int
    parts: tuple[Part, ...]

    @property
    def hit(self) -> bool:
        return any(part.mark is Mark.HIT for part in self.parts)


@dataclass(frozen=True, slots=True)
class Highlight:
    """Characters `start` to `end` of line `line`, counted from 1; without an end, the whole line."""

    line: int
    start: int = 0
    end: int | None = None


def payload_lines(text: str, highlights: Iterable[Highlight] = ()) -> list[PayloadLine]:
    """Cut `text` (already masked for its reader) into marked lines, at most MAX_LINES of them."""
    hits = {highlight.line: highlight for highlight in highlights}
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    return [
        PayloadLine(number, tuple(_parts(line, hits.get(number))))
        for number, line in enumerate(lines[:MAX_LINES], start=1)
    ]


def _parts(line: str, hit: Highlight | None) -> Iterable[Part]:
    if hit is None:
        yield from _masked(line)
        return
    end = len(line) if hit.end is None else hit.end
    yield from _masked(line[: hit.start])
    # An empty element is still a place: show where it would stand.
    yield Part(line[hit.start : end] or " ", Mark.HIT)
    yield from _masked(line[end:])


def _masked(text: str) -> Iterable[Part]:
    run = ""
    for character in text:
        if run and (character == MASK) != (run[-1] == MASK):
            yield _part(run)
            run = ""
        run += character
    if run:
        yield _part(run)


def _part(run: str) -> Part:
    return Part(run, Mark.MASKED if run[0] == MASK else Mark.NONE)


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line on each side; a number of 0 is a gap. `change` is for the side that has text."""

    left_number: int
    left: str
    right_number: int
    right: str
    changed: bool


def side_by_side(left: Sequence[str], right: Sequence[str]) -> list[DiffRow]:
    """Two texts line by line, unchanged lines facing each other."""
    rows: list[DiffRow] = []
    for kind, a, b, c, d in SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes():
        for offset in range(max(b - a, d - c)):
            i, j = a + offset, c + offset
            rows.append(
                DiffRow(
                    left_number=i + 1 if i < b else 0,
                    left=left[i] if i < b else "",
                    right_number=j + 1 if j < d else 0,
                    right=right[j] if j < d else "",
                    changed=kind != "equal",
                )
            )
    return rows
