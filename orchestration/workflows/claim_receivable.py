"""The receivable of an account's charges: whatever is captured, corrected or voided, the books say what stands.

The first entry carries the charges that stand when the account is billed, each later one the difference to what
stands by then. So the entries of an account always sum up to its charges, in whatever order things happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from hub.core.errors import Transient
from hub.core.money import ZERO
from hub.ledger import services as ledger
from hub.ledger.models import Entry, Line
from hub.ledger.rules import NewLine, charges
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Charge, Journey
from hub.records.services import Recorded
from orchestration.work import Work

KIND = "charge"
SELF_PAY = "SELFPAY"


def hold_account(journey_id: UUID) -> None:
    """One at a time may bill an account, and no charge of it is recorded meanwhile (`billed_before` waits).

    Raises Transient where another holds it: batches that hold many accounts would otherwise wait for each other.
    """
    rows = Journey.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=journey_id)
    if not list(rows.values_list("pk")):
        raise Transient("account-busy", "The account is being billed or charged at this moment.")


def billed_before(recorded: Sequence[Recorded]) -> set[UUID]:
    """Journeys of `recorded` whose receivable stands already.

    Whoever bills one of them just now is waited for: either the charge is seen there, or the entry is seen here.
    """
    journeys = sorted({item.row.journey_id for item in recorded})
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM records_journey WHERE id = ANY(%s) ORDER BY id FOR SHARE", [journeys])
    found = Entry.objects.filter(journey_id__in=journeys, kind=KIND).values_list("journey_id", flat=True)
    return {journey for journey in found if journey is not None}


def record_difference(
    work: Work, step: str, standing: Iterable[Charge], *, payer: str, facility: str, on: date, words: str
) -> Entry | None:
    """The entry of this run that brings the books to `standing`, or None where they say so already."""
    hold_account(work.run.journey_id)
    key = work.workflow.posting_key(work.run.subject, step)
    known = Entry.objects.filter(posting_key=key).first()
    if known is not None:
        return known
    lines = _difference(work.run.journey_id, standing, payer)
    if not lines:
        return None
    return ledger.record_entry(
        ledger.NewEntry(
            posting_key=key,
            kind=KIND,
            effective_date=on,
            facility=facility,
            description=words,
            lines=lines,
            journey_id=work.run.journey_id,
            source_event_id=work.run.event_id,
        )
    )


def _difference(journey_id: UUID, standing: Iterable[Charge], payer: str) -> tuple[NewLine, ...]:
    crosswalk = snapshot()
    by_center: dict[str, Decimal] = defaultdict(Decimal)
    for charge in standing:
        by_center[crosswalk.cost_center(charge.facility, charge.department)] += charge.amount
    balances: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for line in charges(by_center, payer=payer, self_pay=payer == SELF_PAY):
        balances[line.account, line.cost_center, line.payer] += line.debit - line.credit
    for place, amount in booked(journey_id).items():
        balances[place] -= amount
    return tuple(
        NewLine(account=account, cost_center=center, payer=whose, debit=max(amount, ZERO), credit=max(-amount, ZERO))
        for (account, center, whose), amount in sorted(balances.items())
        if amount
    )


def booked(journey_id: UUID) -> dict[tuple[str, str, str], Decimal]:
    """What stands in the books of an account's charges: debit less credit by account, cost center and payer."""
    rows = Line.objects.filter(entry__journey_id=journey_id, entry__kind=KIND).values_list(
        "account", "cost_center", "payer"
    )
    return {
        (account, center, payer): (debit or ZERO) - (credit or ZERO)
        for account, center, payer, debit, credit in rows.annotate(d=Sum("debit"), c=Sum("credit")).order_by()
    }
