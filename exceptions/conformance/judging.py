"""A second opinion on X12: pyx12, which validates against the maps of the guides; and who is right where we differ.

pyx12 judges conformance to a guide. We read to record what was said, and call a fault what makes that impossible or
doubtful: so pyx12 may find fault with what we read without loss, and each such kind of complaint has its verdict here.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Opinion:
    """`accepted` is None where pyx12 has none; then `why` says what kept it from one."""

    accepted: bool | None
    complaints: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one kind of complaint about a file that we find nothing wrong with."""

    pattern: str
    right: str
    because: str


#: The first that fits a complaint decides; a complaint without one must be looked into.
VERDICTS: tuple[Verdict, ...] = (
    Verdict(
        r"not a valid code for Attachment Transmission Code \(PWK02\)",
        "we",
        "Loop 2400 has a second PWK, the certificate of medical necessity (PWK01 is CT), whose PWK02 is AB, AD, AF, AG"
        " or NS; pyx12 tries the first PWK only.",
    ),
    Verdict(
        r"^1: Segment CTX\*",
        "we",
        "CTX01 may be repeated up to ten times, as pyx12's own map says; pyx12 finds no place for a CTX that begins"
        " with a repeated composite.",
    ),
    Verdict(
        r"^5: Segment CTX exceeded max count",
        "we",
        "Loop 2100 has a business unit identifier and up to nine segment contexts at the same position, in any order;"
        " pyx12 takes the second for one more of the first.",
    ),
    Verdict(
        r"^1: Segment contains a leading space",
        "we",
        "Line ends and blanks stand between a terminator and the next segment and belong to neither. They are kept, and"
        " say nothing.",
    ),
    Verdict(
        r"^1: Segment BHT\*",
        "pyx12",
        "BHT01 has one value in the guide, and whoever took the names out of this file blackened it. The transaction is"
        " told by ST, and BHT01 decides nothing.",
    ),
    Verdict(
        r"^4: .* is too short",
        "pyx12",
        "The element has a shortest length. A control number is compared as it stands, whatever its length.",
    ),
    Verdict(
        r"^6: .* contains an invalid character",
        "pyx12",
        "The element is a number in the guide. It only refers to a dictionary, and is kept as it was written.",
    ),
    Verdict(
        r"^7: .* is not a valid code for",
        "pyx12",
        "The code is on no list of the guide. It is kept and shown as the sender wrote it, and decides nothing.",
    ),
    Verdict(
        r"^1: Segment (LX|CLP|NM1|DTM|CAS|SVC|REF|AMT)\*? ?\S* not found",
        "pyx12",
        "Loop 2000 begins with LX, which the file lacks, so pyx12 finds no place for what follows. LX only counts; the"
        " claim payments stand whole without it, and their sums balance.",
    ),
    Verdict(
        r"^3: Mandatory (segment|loop)",
        "pyx12",
        "The guide wants it. What is there is unambiguous without it, so nothing is refused for its sake.",
    ),
    Verdict(
        r"^1: Mandatory data element",
        "pyx12",
        "The guide wants it. We leave the field empty and record the rest.",
    ),
    Verdict(
        r"^10: .* is marked as Not Used",
        "pyx12",
        "The guide took these elements out of use. They are no part of any amount that is posted.",
    ),
    Verdict(
        r"Postal Zone or ZIP Code.*failed to match",
        "pyx12",
        "The billing provider's ZIP code has nine digits in the guide. We write nine, and read five.",
    ),
    Verdict(
        r"^025: ISA Interchange Control Number",
        "pyx12",
        "One file repeats an interchange number. Payers use numbers again, so a repetition is told by number and"
        " content together, and interchanges of one file are all read.",
    ),
)


def opinion(data: bytes) -> Opinion:
    """pyx12's; without the byte order mark, which it cannot read."""
    try:
        text = data.decode("utf-8-sig").encode("ascii").decode("ascii")
    except UnicodeError:
        return Opinion(None, why="pyx12 reads ASCII only")
    try:
        import pyx12.errors
        import pyx12.params
        import pyx12.x12n_document
    except ImportError:
        return Opinion(None, why="pyx12 is not installed")
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    found = io.StringIO()
    try:
        accepted = pyx12.x12n_document.x12n_document(
            pyx12.params.params(), io.StringIO(text), fd_997=None, fd_html=None, fd_json=found
        )
    except pyx12.errors.EngineError as error:
        guide = re.search(r"vriic=(\S+)", str(error))
        return Opinion(None, why=f"pyx12 has no map of {guide[1]}" if guide else "pyx12 gave up")
    except (
        pyx12.errors.X12Error,
        pyx12.errors.X12PathError,
        AttributeError,
        IndexError,
        KeyError,
        ValueError,
    ) as error:
        return Opinion(None, why=f"pyx12 failed ({type(error).__name__})")
    complaints = tuple(dict.fromkeys(_complaints(json.loads(found.getvalue() or "{}"))))
    return Opinion(bool(accepted), complaints)


def _complaints(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "err_cde" in part:
            yield f"{part['err_cde']}: {part.get('err_str', '')}"
        for value in part.values():
            yield from _complaints(value)
    elif isinstance(part, list):
        for value in part:
            yield from _complaints(value)


def verdicts(complaints: Sequence[str]) -> tuple[list[Verdict], list[str]]:
    """(the verdicts on these complaints, complaints that nobody looked into yet)."""
    found: list[Verdict] = []
    open_ones: list[str] = []
    for complaint in complaints:
        verdict = next((item for item in VERDICTS if re.search(item.pattern, complaint)), None)
        if verdict is None:
            open_ones.append(complaint)
        elif verdict not in found:
            found.append(verdict)
    return found, open_ones
