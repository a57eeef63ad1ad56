"""Write X12: segments, their values checked, inside an interchange with one group.

Output depends on the arguments alone; control numbers and the time come from the caller.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.values import decimal_text

#: X12.6 basic and extended character sets, as far as they are printable ASCII.
_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()*+,-./:;?=abcdefghijklmnopqrstuvwxyz%~@[]_{}\\|<>#$^"
)
#: Shortest and longest value of elements that callers fill (X12 5010 data dictionary and the implementation guides).
_LENGTHS = {
    "BHT03": (1, 50),
    "BPR10": (10, 10),
    "CLM01": (1, 20),
    "CLP01": (1, 38),
    "CLP07": (1, 50),
    "N102": (1, 60),
    "N104": (2, 80),
    "N301": (1, 55),
    "N302": (1, 55),
    "N401": (2, 30),
    "N402": (2, 2),
    "N403": (3, 15),
    "N404": (2, 3),
    "LIN03": (1, 48),
    "NM103": (1, 60),
    "NM104": (1, 35),
    "NM105": (1, 25),
    "NM107": (1, 10),
    "NM109": (2, 80),
    "NTE02": (1, 80),
    "PER02": (1, 60),
    "PLB01": (1, 50),
    "PWK06": (2, 50),
    "REF02": (1, 50),
    "SBR03": (1, 50),
    "SBR04": (1, 60),
    "SV201": (1, 48),
    "SVD01": (2, 80),
    "TRN02": (1, 50),
    "TRN03": (10, 10),
}

#: A tuple is a composite element, a list a repeated one.
Element: TypeAlias = "str | Decimal | int | date | None | tuple[str | int | Decimal, ...] | list[str]"


class UnwritableValue(ValueError):
    """A value that cannot stand in X12. Names the element and never the value, which may be patient data."""

    def __init__(self, element: str, reason: str) -> None:
        self.element = element
        self.reason = reason
        super().__init__(f"{element}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingInterchange:
    """Everything around the transactions. `created` is written as it is, without conversion of its zone.

    `first_transaction` is the ST02 of the first transaction; the rest count on from it.
    """

    sender: str
    receiver: str
    control_number: int
    group_control_number: int
    created: datetime
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    group_sender: str = ""
    group_receiver: str = ""
    usage: str = "P"
    first_transaction: int = 1
    delimiters: Delimiters = field(default_factory=Delimiters)
    line_breaks: bool = False  # a line end after each segment, for people


class SegmentWriter:
    """Gathers the segments of one interchange."""

    def __init__(
        self, interchange: OutgoingInterchange, functional_id: str, version: str, *, in_st: bool = True
    ) -> None:
        """`in_st` says whether ST03 repeats the version; the guide of the 835 leaves it out.

        Without a `functional_id` there is no group: the interchange carries acknowledgements (TA1) only.
        """
        self._interchange = interchange
        self._functional_id = functional_id
        self._version = version
        self._st_version = version if in_st else ""
        self._delimiters = interchange.delimiters
        self._reserved = frozenset(
            (
                self._delimiters.element,
                self._delimiters.component,
                self._delimiters.repetition,
                self._delimiters.terminator,
            )
        )
        allowed = "".join(sorted(_CHARACTERS - self._reserved))
        self._plain = re.compile(f"[{re.escape(allowed)}]*").fullmatch
        self._segments: list[str] = []
        self._drained = 0  # segments given out already
        self._transactions = 0
        self._st_at = 0
        self._open()

    def add(self, segment_id: str, *elements: Element) -> None:
        """Write a segment; empty elements at its end are left off, as X12 asks. Raises UnwritableValue."""
        texts = [self._text(_element(segment_id, index), value) for index, value in enumerate(elements, 1)]
        while texts and not texts[-1]:
            texts.pop()
        self._segments.append(self._delimiters.element.join((segment_id, *texts)))

    def begin(self, code: str) -> int:
        """Open the next transaction with its ST; gives its number, counted from 0."""
        number = self._transactions
        self._transactions += 1
        self._st_at = self._drained + len(self._segments)
        self.add("ST", code, self._control(number), self._st_version)
        return number

    def end(self) -> None:
        """Close the transaction with its SE."""
        self.add("SE", self._drained + len(self._segments) - self._st_at + 1, self._control(self._transactions - 1))

    def finish(self) -> bytes:
        """Close group and interchange, and give the bytes, those drained before left out."""
        if self._functional_id:
            self.add("GE", self._transactions, self._interchange.group_control_number)
        self.add("IEA", 1 if self._functional_id else 0, f"{self._interchange.control_number:09}")
        return self.drain()

    def drain(self) -> bytes:
        """The bytes of the segments so far, which are forgotten: what is written in pieces takes no memory."""
        end = self._delimiters.terminator + ("\n" if self._interchange.line_breaks else "")
        data = "".join([segment + end for segment in self._segments]).encode("ascii")
        self._drained += len(self._segments)
        self._segments.clear()
        return data

    def _control(self, number: int) -> str:
        return f"{self._interchange.first_transaction + number:04}"

    def _open(self) -> None:
        given, separators = self._interchange, self._delimiters
        fixed = (
            *("00", " " * 10, "00", " " * 10),
            *(given.sender_qualifier, self._padded("ISA06", given.sender)),
            *(given.receiver_qualifier, self._padded("ISA08", given.receiver)),
            *(f"{given.created:%y%m%d}", f"{given.created:%H%M}"),
            *(separators.repetition or "U", "00501", f"{given.control_number:09}", "0", given.usage),
        )
        self._segments.append(separators.element.join(("ISA", *fixed, separators.component)))
        if not self._functional_id:
            return
        self.add(
            "GS",
            self._functional_id,
            given.group_sender or given.sender,
            given.group_receiver or given.receiver,
            f"{given.created:%Y%m%d}",
            f"{given.created:%H%M}",
            given.group_control_number,
            "X",
            self._version,
        )

    def _padded(self, element: str, value: str) -> str:
        text = self._clean(element, value)
        if not 1 <= len(text) <= 15:
            raise UnwritableValue(element, "must have 1 to 15 characters")
        return text.ljust(15)

    def _text(self, element: str, value: Element) -> str:
        if type(value) is str:  # as most are
            return self._checked(element, value) if value else ""
        if value is None:
            return ""
        if isinstance(value, tuple):
            parts = [self._text(f"{element}-{index}", part) for index, part in enumerate(value, 1)]
            while parts and not parts[-1]:
                parts.pop()
            return self._delimiters.component.join(parts)
        if isinstance(value, list):
            return self._delimiters.repetition.join(self._checked(element, each) for each in value)
        if isinstance(value, Decimal):
            return decimal_text(value)
        if isinstance(value, date):
            return f"{value:%Y%m%d}"
        return self._checked(element, str(value))

    def _checked(self, element: str, value: str) -> str:
        text = self._clean(element, value)
        shortest, longest = _LENGTHS.get(element, (0, 256))
        if text and not shortest <= len(text) <= longest:
            raise UnwritableValue(element, f"must have {shortest} to {longest} characters")
        return text

    def _clean(self, element: str, value: str) -> str:
        """`value` in the X12 character set: accents are dropped (most payers refuse them), anything else is refused."""
        text = value.strip()
        if self._plain(text):
            return text
        if not text.isascii():
            text = "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))
        for character in text:
            if character in self._reserved:
                raise UnwritableValue(element, f"holds {character!r}, which is a delimiter of this interchange")
            if character not in _CHARACTERS:
                raise UnwritableValue(element, "holds a character that X12 does not have")
        return text


@lru_cache(maxsize=2048)
def _element(segment_id: str, index: int) -> str:
    """The name of an element: NM1 and 3 make NM103."""
    return f"{segment_id}{index:02}"


def given(value: str, element: str, what: str) -> str:
    """`value`, refused where it is empty: `what` must be known to write this."""
    if not value.strip():
        raise UnwritableValue(element, f"{what} is needed")
    return value
