"""`manage.py tie_out`: compare subledger and ERP, account by account and entry by entry. Exits 1 if they differ."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exceptions.reconciliation.tie_out import tie_out
from hub.core.errors import Failure
from hub.governance.access import Actor


class Command(BaseCommand):
    help = "Tie the subledger out with the ERP."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = tie_out(actor=Actor.command())
        except Failure as failure:
            raise CommandError(f"The ERP could not be asked: {failure.message}") from failure
        self.stdout.write(f"{'account':<8} {'subledger':>16} {'ERP':>16} {'difference':>12}   (debit less credit)")
        for row in result.accounts:
            ours = _net(row["subledger_debit"], row["subledger_credit"])
            theirs = _net(row["erp_debit"], row["erp_credit"])
            self.stdout.write(f"{row['account']:<8} {ours:>16} {theirs:>16} {row['difference']:>12}")
        for item in result.breaks:
            self.stdout.write(f"break  {item['posting_key']}  {item['amount']}  {item['reason']}")
        self.stdout.write(f"difference {result.difference:.2f}, {len(result.breaks)} breaks")
        if result.difference or result.breaks:
            sys.exit(1)


def _net(debit: str, credit: str) -> str:
    return f"{Decimal(debit) - Decimal(credit):,.2f}"
