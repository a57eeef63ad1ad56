"""Element values: amounts, counts and dates as X12 writes them, and how to speak of a bad one without showing it."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

ZERO = Decimal("0")

#: X12 type R: at most 18 digits, an optional minus, no exponent.
_DECIMAL = re.compile(r"-?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_DAY = re.compile(r"\d{8}", re.ASCII)


@lru_cache(maxsize=16384)
def decimal_value(text: str) -> Decimal | None:
    """The number that `text` writes, or None where it writes none. Remembered: amounts repeat within a file."""
    text = text.strip()
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


@lru_cache(maxsize=4096)
def day_value(text: str) -> date | None:
    """The day that CCYYMMDD writes, or None."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def moment_value(day_text: str, time_text: str) -> datetime | None:
    """The moment that CCYYMMDD and HHMM, or longer, write, without a zone; midnight where the time is none."""
    day = day_value(day_text)
    if day is None:
        return None
    hour, minute = count_value(time_text[:2]), count_value(time_text[2:4])
    if hour is None or minute is None or hour > 23 or minute > 59:
        return datetime.combine(day, time())
    return datetime.combine(day, time(hour, minute))


def count_value(text: str) -> int | None:
    """The count that plain digits write, or None."""
    return int(text) if len(text) <= 10 and text.isascii() and text.isdigit() else None


def decimal_text(value: Decimal) -> str:
    """`value` as X12 writes it: no exponent, no needless zeros after the point ("100", "12.5", "-0.01")."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def shown(value: str) -> str:
    """`value` where it can only be a code; anything longer by its shape, as it may be data in the wrong place."""
    if len(value) <= 3 and value.isascii() and value.isprintable():
        return value
    kind = "digits" if value.isdigit() else "letters" if value.isalpha() else "characters"
    return f"{len(value)} {kind}"


def shown_control(value: str) -> str:
    """A control number as it is; anything that is not shaped like one by its shape."""
    return value if len(value) <= 9 and value.isascii() and value.isdigit() else shown(value)
