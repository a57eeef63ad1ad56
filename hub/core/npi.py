"""National provider identifiers: ten digits, the last one a check digit (45 CFR 162.406)."""

from __future__ import annotations

# The check digit covers the NPI as a card number of the health industry, with this prefix (ISO/IEC 7812).
_PREFIX = "80840"


def with_check_digit(nine: str) -> str:
    """The NPI that begins with these nine digits. Raises ValueError for anything else."""
    if len(nine) != 9 or not _digits(nine):
        raise ValueError("nine digits")
    return nine + str(-_luhn_sum(_PREFIX + nine + "0") % 10)


def is_npi(text: str) -> bool:
    """Whether `text` is well formed; whether it was ever issued, only the registry knows."""
    return len(text) == 10 and _digits(text) and text[0] in "12" and _luhn_sum(_PREFIX + text) % 10 == 0


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _luhn_sum(digits: str) -> int:
    """Every second digit from the right is doubled and, where that has two digits, summed (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total
