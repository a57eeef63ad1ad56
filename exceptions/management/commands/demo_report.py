"""`manage.py demo_report`: what the demo's day came to, from the database and from the sandbox's own books.

Writes `report.json`. `cases.planned` is what the sandbox did wrong on purpose, `found` how many of those have their
case, `unplanned` how many other cases are open. `totals` is the hub's count of what `expected` says the sandbox's
people charged and paid.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Sum

from connectors.models import Message
from connectors.states import MessageState
from exceptions.models import Case
from exceptions.reconciliation.tie_out import tie_out
from exceptions.states import CASE_OPEN
from hub.core import clock
from hub.core.errors import Failure
from hub.core.money import ZERO
from hub.governance.access import Actor
from hub.ledger.accounts import GROSS_REVENUE
from hub.ledger.models import Line
from hub.records.models import Claim, ClaimPayment, ClaimSequence, Payment
from hub.records.states import PaymentStatus

REPORT = "report.json"


class Command(BaseCommand):
    help = "Write what the demo's day came to."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = _sent(Path(settings.VAR_DIR) / "sandbox" / "sent.json")
        report = {
            "messages": messages(),
            "tie_out": books(),
            "cases": cases(sent.get("planned", {})),
            "elapsed_s": elapsed(),
            "sent": sent.get("messages", {}),
            "expected": sent.get("expected", {}),
            "totals": totals(),
        }
        path = Path(settings.VAR_DIR) / REPORT
        path.write_text(json.dumps(report, indent=2) + "\n")
        self.stdout.write(summary(report))


def messages() -> dict[str, int]:
    """Everything that was ever received, by what became of it; `open` is what waits or is held."""
    counts = dict(Message.objects.values_list("state").annotate(Count("id")))
    return {
        "received": sum(counts.values()),
        "processed": counts.get(MessageState.PROCESSED, 0),
        "duplicate": counts.get(MessageState.DUPLICATE, 0),
        "rejected": counts.get(MessageState.REJECTED, 0),
        "open": counts.get(MessageState.RECEIVED, 0) + counts.get(MessageState.HELD, 0),
    }


def books() -> dict[str, str]:
    """All entries of the subledger, and how they compare with the ERP's own books."""
    totals = Line.objects.aggregate(debit=Sum("debit"), credit=Sum("credit"))
    try:
        compared = tie_out(actor=Actor.command())
    except Failure as failure:
        raise CommandError(f"The ERP could not be asked: {failure.message}") from failure
    return {
        "entries_debit": _amount(totals["debit"]),
        "entries_credit": _amount(totals["credit"]),
        "subledger": _amount(compared.subledger),
        "erp": _amount(compared.erp),
        "difference": _amount(compared.difference),
    }


def cases(planned: Mapping[str, int]) -> dict[str, Any]:
    """Open cases against those that were planned, code by code."""
    opened = Counter(Case.objects.filter(state__in=CASE_OPEN).values_list("code", flat=True))
    found = {code: min(count, opened[code]) for code, count in planned.items()}
    more = {code: count - planned.get(code, 0) for code, count in opened.items() if count > planned.get(code, 0)}
    return {
        "planned": sum(planned.values()),
        "found": sum(found.values()),
        "unplanned": sum(more.values()),
        "by_code": dict(sorted(opened.items())),
        "unplanned_codes": dict(sorted(more.items())),
    }


def totals() -> dict[str, Any]:
    """Accounts billed to a payer, charges in the books, what payers paid on claims, and patients by card."""
    gross = Line.objects.filter(account=GROSS_REVENUE).aggregate(credit=Sum("credit"), debit=Sum("debit"))
    billed = Claim.objects.filter(sequence_code=ClaimSequence.PRIMARY, submitted_at__isnull=False)
    by_card = Payment.objects.filter(status=PaymentStatus.SETTLED).aggregate(sum=Sum("amount"))["sum"]
    remitted = ClaimPayment.objects.values_list("claim__payer").annotate(sum=Sum("paid")).order_by("claim__payer")
    return {
        "claims": billed.values("journey").distinct().count(),
        "charged": _amount((gross["credit"] or ZERO) - (gross["debit"] or ZERO)),
        "remitted": {payer or "unmatched": _amount(amount) for payer, amount in remitted},
        "paid_by_card": _amount(by_card),
    }


def elapsed() -> float:
    """Machine seconds from the first message to now."""
    first = Message.objects.order_by("id").values_list("id", flat=True).first()
    if first is None:
        return 0.0
    milliseconds = first.int >> 80  # the time a UUIDv7 begins with
    return round(clock.machine_now().timestamp() - milliseconds / 1000, 1)


def summary(report: Mapping[str, Any]) -> str:
    counts, tie, opened = report["messages"], report["tie_out"], report["cases"]
    return "\n".join(
        [
            f"  Messages   {counts['received']} received: {counts['processed']} processed,"
            f" {counts['duplicate']} duplicates, {counts['rejected']} rejected, {counts['open']} open",
            f"  Books      subledger {tie['subledger']}, ERP {tie['erp']}, difference {tie['difference']}",
            f"  Cases      {opened['found']} of {opened['planned']} planned found, {opened['unplanned']} unplanned",
        ]
    )


def _sent(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        raise CommandError(f"The sandbox has not run its day: {path} is not there.")
    fields: Mapping[str, Any] = json.loads(path.read_text())
    return fields


def _amount(value: Decimal | None) -> str:
    return f"{value or ZERO:.2f}"
