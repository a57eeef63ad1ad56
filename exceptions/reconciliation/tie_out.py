"""Tie-out: proof that the subledger and the ERP's ledger agree, to the cent, or what breaks them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import islice
from typing import cast

from django.db.models import Sum

from connectors.erp import AccountBalance, ErpClient
from connectors.lanes import client
from connectors.models import System
from hub.core import clock
from hub.core.money import ZERO
from hub.governance.access import Actor, require
from hub.governance.audit import record
from hub.governance.roles import Permission
from hub.ledger.accounts import LEDGER_ACCOUNTS
from hub.ledger.models import Entry, Line, TieOut
from hub.ledger.states import EntryState

#: Posting keys looked up at the ERP at once.
_KEYS_AT_ONCE = 100
#: Breaks kept with a tie-out; more than these are no longer worked one by one.
_MOST_BREAKS = 500


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account in both books. Amounts are decimal strings, as the row is kept."""

    account: str
    subledger_debit: str
    subledger_credit: str
    erp_debit: str
    erp_credit: str
    difference: str


@dataclass(frozen=True, slots=True)
class Break:
    """An entry that one book has and the other lacks, doubles or holds otherwise."""

    posting_key: str
    reason: str
    amount: str


def tie_out(*, actor: Actor) -> TieOut:
    """Compare every account and every posted entry with the ERP, keep the result, and return it.

    Raises PermissionDenied, and a Failure where the ERP cannot be asked.
    """
    if actor.user is not None:
        require(actor.user, Permission.RUN_TIE_OUT)
    erp = cast(ErpClient, client(System.objects.get(code="erp")))
    rows = _accounts(erp)
    breaks = list(islice(_breaks(erp), _MOST_BREAKS))
    kept = TieOut.objects.create(
        at=clock.now(),
        by=actor.username,
        subledger=sum((Decimal(row.subledger_debit) for row in rows), ZERO),
        erp=sum((Decimal(row.erp_debit) for row in rows), ZERO),
        difference=sum((abs(Decimal(row.difference)) for row in rows), ZERO),
        accounts=[asdict(row) for row in rows],
        breaks=[asdict(item) for item in breaks],
    )
    record(
        actor=actor,
        action="ledger.tie_out",
        object_kind="tie_out",
        object_id=str(kept.id),
        after={"difference": f"{kept.difference:.2f}", "breaks": len(breaks)},
    )
    return kept


def _accounts(erp: ErpClient) -> list[AccountRow]:
    posted = Line.objects.filter(entry__state=EntryState.POSTED)
    ours = {
        row["account"]: AccountBalance(row["debits"] or ZERO, row["credits"] or ZERO)
        for row in posted.values("account").annotate(debits=Sum("debit"), credits=Sum("credit"))
    }
    accounts = sorted({*LEDGER_ACCOUNTS, *ours})
    theirs = erp.balances(accounts)
    return [_row(code, ours.get(code, AccountBalance()), theirs.get(code, AccountBalance())) for code in accounts]


def _row(account: str, ours: AccountBalance, theirs: AccountBalance) -> AccountRow:
    difference = (ours.debit - ours.credit) - (theirs.debit - theirs.credit)
    return AccountRow(
        account,
        f"{ours.debit:.2f}",
        f"{ours.credit:.2f}",
        f"{theirs.debit:.2f}",
        f"{theirs.credit:.2f}",
        f"{difference:.2f}",
    )


def _breaks(erp: ErpClient) -> Iterator[Break]:
    """Entry by entry: not posted yet, missing there, there twice, or there with another amount."""
    totals = Entry.objects.annotate(total=Sum("lines__debit")).order_by("id")
    entries = totals.values_list("posting_key", "state", "total").iterator(chunk_size=_KEYS_AT_ONCE)
    while chunk := list(islice(entries, _KEYS_AT_ONCE)):
        found = erp.entries_by_reference([key for key, _, _ in chunk])
        for key, state, total in chunk:
            there = [entry.total_debit for entry in found.get(key, ())]
            if reason := _reason(state, total, there):
                yield Break(key, reason, f"{total:.2f}")


def _reason(state: str, total: Decimal, there: Sequence[Decimal]) -> str:
    if len(there) > 1:
        return f"posted {len(there)} times at the ERP"
    if state == EntryState.POSTED:
        if not there:
            return "posted here, missing at the ERP"
        return "" if there[0] == total else "another amount at the ERP"
    return "at the ERP, not yet confirmed here" if there else "on its way to the ERP"
