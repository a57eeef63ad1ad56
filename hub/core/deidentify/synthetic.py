"""What takes the place of a value: made up, of the same shape, and the same wherever the value stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random

from hub.core.deidentify.atoms import Kind

REMOVED = "REMOVED"
_NAMES = (
    "ABERDARE BELLWOOD CORVANE DUNMERE ELSWICK FARLOW GRENDON HALSTEN IVERLY JARROWAY KESTREL LORIMER MARWOOD NETHERBY"
    " ORMANDY PENHALE QUILLER ROSEDENE STANWICK TREVANE UMBERLEY VANSTOKE WEXCOMBE YARDLEY ZELLWOOD"
).split()
_CITIES = "SAMPLETON EXAMPLEVILLE MADEUPTON TESTHAVEN NOWHEREFORD".split()
_STREETS = "EXAMPLE SAMPLE MADEUP FICTION PLACEHOLDER".split()
#: Dates move back by this many weeks, so that days of the week stay what they are.
_WEEKS = (8, 52)

_COMPACT = re.compile(r"(\d{8})(\d{2,6}(?:\.\d+)?)?([+-]\d{4})?")
_DASHED = re.compile(r"(\d{4}-\d{2}-\d{2})((?:[T ]\S*)?)")
_RANGE = re.compile(r"(\d{8})-(\d{8})")
_SHORT = re.compile(r"\d{6}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"(19|20)\d{2}")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_A_DAY = 86_400
#: Days as people write them; no standard here allows it, and yet they come.
_ODD = re.compile(
    r"(?i)(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z.]* \d{1,2},? \d{2,4}"
    r"|\d{1,2}([/.-])\d{1,2}\1(?:\d{2}){1,2}"
)


def looks_like_date(text: str) -> bool:
    """A day as HL7, X12 and ISO 8601 or people write it; a number of seconds is told by the name of its field alone."""
    return _ODD.fullmatch(text) is not None or any(
        _moved(text, timedelta(0), pattern, move) is not None for pattern, move in _DAYS
    )


def says_something(text: str) -> bool:
    """Zeros, blanks and punctuation stand for nothing in particular."""
    return any(character.isalpha() or (character.isdigit() and character != "0") for character in text)


class Synthesis:
    """The replacements of one payload. `chance` decides; nothing of a value can be computed back from them."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._shift = timedelta(weeks=-chance.randrange(*_WEEKS))
        self._known: dict[str, str] = {}

    def replaced(self, text: str, kind: Kind) -> str:
        """What stands for `text`. Equal texts are replaced equally, letter case aside."""
        if kind is Kind.KEEP or not says_something(text):
            return text
        if kind is Kind.TEXT:
            return REMOVED
        if kind in (Kind.DATE, Kind.BIRTH):
            moved = self._moved(text)
            if moved is not None:
                return moved
            # What is no day at all says nothing of when.
            return self._wrong_day(text) if kind is Kind.BIRTH or _ODD.fullmatch(text) else text
        return self._consistent(text, kind)

    def known(self) -> Iterable[tuple[str, str]]:
        """Originals, in upper case, and what took their place."""
        return self._known.items()

    def _consistent(self, text: str, kind: Kind) -> str:
        key = text.upper()
        if key not in self._known:
            self._known[key] = self._fresh(key, kind)
        made = self._known[key]
        return made.lower() if text.islower() else made.title() if text.istitle() else made

    def _fresh(self, text: str, kind: Kind) -> str:
        """Unlike the original. A name of one letter stays one letter; one with digits keeps its shape."""
        if kind is Kind.NAME and len(text) > 1 and not any(map(str.isdigit, text)):
            return self._unlike(text, lambda: self._chance.choice(_NAMES))
        if kind is Kind.CITY:
            return self._unlike(text, lambda: self._chance.choice(_CITIES))
        if kind is Kind.STREET:
            return self._unlike(text, lambda: f"{self._chance.randrange(1, 999)} {self._chance.choice(_STREETS)} ST")
        return self._unlike(text, lambda: "".join(map(self._shaped, text)))

    def _unlike(self, text: str, make: Callable[[], str]) -> str:
        made = make()
        while made == text:
            made = make()
        return made

    def _shaped(self, character: str) -> str:
        if character.isdigit():
            # A number keeps its leading zeros, and its length without them.
            return character if character == "0" else str(self._chance.randrange(1, 10))
        if character.isalpha():
            return chr(ord("A") + self._chance.randrange(0, 26))
        return character

    def _moved(self, text: str) -> str | None:
        for pattern, move in (*_DAYS, *_VAGUE):
            if (moved := _moved(text, self._shift, pattern, move)) is not None:
                return moved
        return None

    def _wrong_day(self, text: str) -> str:
        """A birth date that is none must stay none: its year goes, what is wrong with it stays."""
        year = text[:4] if text[:4].isdecimal() else text
        return "".join(str(self._chance.randrange(0, 10)) if c.isdigit() else c for c in year) + text[len(year) :]


# --- days ---------------------------------------------------------------------------------------------------
_Move = Callable[["re.Match[str]", timedelta], str]


def _moved(text: str, shift: timedelta, pattern: re.Pattern[str], move: _Move) -> str | None:
    found = pattern.fullmatch(text)
    if found is None:
        return None
    try:
        return move(found, shift)
    except (ValueError, OverflowError):
        return None


def _day(digits: str, shift: timedelta) -> str:
    day = datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    if not 1850 <= day.year <= 2150:
        raise ValueError("no year of our time")
    return (day + shift).strftime("%Y%m%d")


def _compact(found: re.Match[str], shift: timedelta) -> str:
    return _day(found[1], shift) + (found[2] or "") + (found[3] or "")


def _dashed(found: re.Match[str], shift: timedelta) -> str:
    return (date.fromisoformat(found[1]) + shift).isoformat() + found[2]


def _range(found: re.Match[str], shift: timedelta) -> str:
    return f"{_day(found[1], shift)}-{_day(found[2], shift)}"


def _short(found: re.Match[str], shift: timedelta) -> str:
    return _day(f"20{found[0]}", shift)[2:]


def _month(found: re.Match[str], shift: timedelta) -> str:
    return (date(int(found[1]), int(found[2]), 1) + shift).strftime("%Y-%m")


def _year(found: re.Match[str], shift: timedelta) -> str:
    return str(int(found[0]) - 1)


def _epoch(found: re.Match[str], shift: timedelta) -> str:
    unit = 1000 if len(found[0]) > 10 else 1
    datetime.fromtimestamp(int(found[0]) // unit, UTC)
    return str(int(found[0]) + round(shift.total_seconds() / _A_DAY) * _A_DAY * unit)


_DAYS: tuple[tuple[re.Pattern[str], _Move], ...] = ((_COMPACT, _compact), (_DASHED, _dashed), (_RANGE, _range))
#: What is a date only where it is known to be one.
_VAGUE: tuple[tuple[re.Pattern[str], _Move], ...] = (
    (_EPOCH, _epoch), (_SHORT, _short), (_MONTH, _month), (_YEAR, _year),
)  # fmt: skip
