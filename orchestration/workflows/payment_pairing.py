"""W4, payments that belong together: a reversal with what it takes back, a correction with the reversal before it.

They come in any order and in different files. `ClaimPayment.pairs` keeps what was found.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db.models import QuerySet

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
    if payment.kind == REVERSED:
        payment.pairs = _taken_back(payment)
    elif (early := _reversal_that_came_first(payment)) is not None:
        early.pairs = payment
        early.save(update_fields=["pairs"])
        return early
    else:
        payment.pairs = _reversal_before(payment)
    payment.save(update_fields=["pairs"])
    return payment.pairs


def taken_back(payment: ClaimPayment) -> bool:
    """Whether a reversal of this payment stands already."""
    return payment.paired_by.filter(kind=REVERSED).exists()


def _taken_back(payment: ClaimPayment) -> ClaimPayment | None:
    given = _of_claim(payment).filter(kind__in=(ADJUDICATED, DENIED), paid=-payment.paid)
    free = [one for one in given.exclude(paired_by__kind=REVERSED).order_by("-id") if _opposite(one, payment)]
    # What came after it is looked at last: it is what was taken back only where nothing earlier is.
    return next((one for one in free if one.id < payment.id), free[-1] if free else None)


def _reversal_that_came_first(payment: ClaimPayment) -> ClaimPayment | None:
    waiting = _of_claim(payment).filter(kind=REVERSED, pairs=None, paid=-payment.paid, id__lt=payment.id)
    return next((one for one in waiting.order_by("id") if _opposite(payment, one)), None)


def _reversal_before(payment: ClaimPayment) -> ClaimPayment | None:
    before = _of_claim(payment).filter(kind=REVERSED, id__lt=payment.id)
    return before.exclude(paired_by__kind__in=(ADJUDICATED, DENIED)).order_by("-id").first()


def _of_claim(payment: ClaimPayment) -> QuerySet[ClaimPayment]:
    return ClaimPayment.objects.filter(claim=payment.claim).exclude(pk=payment.pk)


def _opposite(payment: ClaimPayment, reversal: ClaimPayment) -> bool:
    given, taken = by_group(payment), by_group(reversal)
    return all(given[group] == -taken[group] for group in given.keys() | taken.keys())


def by_group(payment: ClaimPayment) -> dict[str, Decimal]:
    """The sum of each CAS group over claim and lines."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in payment.adjustments:
        sums[row["group"]] += Decimal(row["amount"])
    return sums
