"""Money: Decimal amounts with a currency; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

USD = "USD"
ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """`amount` rounded to the cent, half to even."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def amount_from_text(text: str) -> Decimal:
    """Read a plain decimal number as senders write it ("12", "12.5", "-3.00").

    Raises ValueError for anything else, exponents, infinities and NaN included: "1E3" is not an amount.
    """
    stripped = text.strip()
    if not stripped or any(character not in "0123456789.+-" for character in stripped):
        raise ValueError("not a decimal amount")
    try:
        return Decimal(stripped)
    except InvalidOperation as error:
        raise ValueError("not a decimal amount") from error


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency; amounts of different currencies never mix."""

    amount: Decimal
    currency: str = USD

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("an amount is a Decimal")
        if not self.amount.is_finite():
            raise ValueError("an amount is finite")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.amount
