"""Remittances of any size, written as a stream: one payment of many thousand claims, all of different accounts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import accumulate, islice
from random import Random

from connectors.formats.x12 import ClaimPayment, Remittance, payment_amount, stream_835, write_835
from connectors.sandbox.generator.files import interchange, payer, start_of
from connectors.sandbox.generator.payments import payment

#: So many claims are decided one by one; those after them are as these, under numbers of their own.
_PATTERNS = 500
_FIRST = 90_000_000
_PAYER = "UHC"


def bulk(claims: int, *, seed: int, day: date) -> Iterator[bytes]:
    """One balanced remittance of so many claims, in pieces."""
    patterns = _patterns(seed, day)
    rounds, rest = divmod(claims, len(patterns))
    amount = rounds * payment_amount(patterns, ()) + payment_amount(patterns[:rest], ())
    start = start_of(payer(_PAYER), amount, number=_number(seed), day=day)
    remittance = Remittance(start, islice(_numbered(patterns), claims))
    return stream_835([remittance], interchange=interchange(_number(seed), day))


def claims_in(size: int, *, seed: int, day: date) -> int:
    """How many claims make a file of at least `size` bytes."""
    patterns = _patterns(seed, day)
    alone = _written([patterns[0]], day)
    sizes = [_written([patterns[0], pattern], day) - alone for pattern in patterns]
    around = alone - sizes[0]
    rounds, rest = divmod(max(size - around, 0), sum(sizes))
    return rounds * len(sizes) + bisect_left(list(accumulate(sizes)), rest) + 1


def _written(claims: list[ClaimPayment], day: date) -> int:
    """The size of a file of `claims`, whatever it pays."""
    start = start_of(payer(_PAYER), Decimal(1), number=_number(0), day=day)
    return len(write_835([Remittance(start, claims)], interchange=interchange(_number(0), day)))


def _patterns(seed: int, day: date) -> list[ClaimPayment]:
    chance = Random(seed)  # noqa: S311 - the same seed, the same file
    return [payment(_FIRST + place, payer(_PAYER), chance, day) for place in range(_PATTERNS)]


def _numbered(patterns: list[ClaimPayment]) -> Iterator[ClaimPayment]:
    number = _FIRST
    while True:
        for pattern in patterns:
            yield replace(
                pattern,
                account_number=f"GEN{number:08}",
                payer_claim_number=f"{payer(_PAYER).payer_id}{number:09}",
            )
            number += 1


def _number(seed: int) -> int:
    return 900_000_000 + seed % 1_000_000
