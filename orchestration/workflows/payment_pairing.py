"""W4, payments that belong together: a reversal with what it takes back, a correction with the reversal before it.

They come in any order and in different files. `ClaimPayment.pairs` keeps what was found.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hub.core.money import ZERO
from hub.records.models import ClaimPayment

ADJUDICATED, DENIED, REVERSED = "adjudicated", "denied", "reversed"


def pair(payment: ClaimPayment) -> ClaimPayment | None:
    """Find the partner of a payment whose claim is known, and keep it.

    A reversal pairs with the newest payment of the same amounts that was not taken back yet; a payment or denial with
    the newest reversal that no correction follows yet. A reversal that came before what it takes back is paired when
    that comes: the reversal then keeps the pair.
    """
    if payment.pairs is not None:
        return payment.pairs
    rows = ClaimPayment.objects.filter(claim=payment.claim).exclude(pk=payment.pk)
    others = list(rows.select_related("remittance").order_by("id"))
    if not others:  # the great many: one look is enough
        return None
    if payment.kind != REVERSED and (early := _reversal_that_came_first(payment, others)) is not None:
        early.pairs = payment
        early.save(update_fields=["pairs"])
        return early
    found = _taken_back(payment, others) if payment.kind == REVERSED else _reversal_before(payment, others)
    if found is not None:
        payment.pairs = found
        payment.save(update_fields=["pairs"])
    return found


def taken_back(payment: ClaimPayment) -> bool:
    """Whether a reversal of this payment stands already."""
    return payment.paired_by.filter(kind=REVERSED).exists()


def _taken_back(payment: ClaimPayment, others: list[ClaimPayment]) -> ClaimPayment | None:
    reversed_already = {one.pairs_id for one in others if one.kind == REVERSED}
    free = [
        one
        for one in reversed(others)
        if one.kind != REVERSED and one.pk not in reversed_already and _opposite(one, payment)
    ]
    # What came after it is looked at last: it is what was taken back only where nothing earlier is.
    return next((one for one in free if one.id < payment.id), free[-1] if free else None)


def _reversal_that_came_first(payment: ClaimPayment, others: list[ClaimPayment]) -> ClaimPayment | None:
    waiting = [one for one in others if one.kind == REVERSED and one.pairs_id is None and one.id < payment.id]
    return next((one for one in waiting if _opposite(payment, one)), None)


def _reversal_before(payment: ClaimPayment, others: list[ClaimPayment]) -> ClaimPayment | None:
    corrected = {one.pairs_id for one in others if one.kind != REVERSED}
    before = [one for one in others if one.kind == REVERSED and one.id < payment.id and one.pk not in corrected]
    return before[-1] if before else None


def _opposite(payment: ClaimPayment, reversal: ClaimPayment) -> bool:
    given, taken = by_group(payment), by_group(reversal)
    return payment.paid == -reversal.paid and all(
        given[group] == -taken[group] for group in given.keys() | taken.keys()
    )


def by_group(payment: ClaimPayment) -> dict[str, Decimal]:
    """The sum of each CAS group over claim and lines."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in payment.adjustments:
        sums[row["group"]] += Decimal(row["amount"])
    return sums
