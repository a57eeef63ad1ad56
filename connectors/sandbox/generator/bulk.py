"""Remittances of any size, written as a stream: one payment of many thousand claims, all of different accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
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
    start = start_of(payer(_PAYER), payment_amount(patterns, ()), number=1, day=day)
    around, whole = (
        len(write_835([Remittance(start, claims)], interchange=interchange(1, day))) for claims in ([], patterns)
    )
    return -(-size * len(patterns) // (whole - around))


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
