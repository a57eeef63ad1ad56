"""The books as pages show them: entries, one entry with its source, and the proof that both books agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from connectors.models import Delivery, PostingKey
from exceptions.models import Case, Member
from exceptions.selectors import cases
from exceptions.states import MemberState
from hub.core.money import ZERO
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.ledger.models import Entry, Line, PeriodMove, TieOut
from hub.ledger.states import EntryState
from hub.masterdata.models import Account
from hub.records.models import Event, Journey
from orchestration.models import Run

_ERP = "erp"


def entries(who: Who) -> QuerySet[Entry]:
    """All that `who` may see, each with its `total`, in no order."""
    totals = Line.objects.filter(entry=OuterRef("pk")).values("entry").annotate(total=Sum("debit")).values("total")
    return access.scoped(Entry.objects.annotate(total=Subquery(totals)), who, Permission.VIEW_LEDGER)


def with_posting_date(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """Each with `moved_to`: the day that an entry of a closed period was posted under, None for all others."""
    moves = PeriodMove.objects.filter(entry=OuterRef("pk")).order_by("-id").values("posting_date")[:1]
    return rows.annotate(moved_to=Subquery(moves))


@dataclass(frozen=True, slots=True)
class EntrySource:
    """What an entry comes from and how it was posted, where the reader may see it."""

    event: Event | None
    run: Run | None
    journey: Journey | None
    delivery: Delivery | None
    reversed_by: Entry | None
    case: Case | None


def source(who: Who, entry: Entry) -> EntrySource:
    return EntrySource(
        event=Event.objects.filter(pk=entry.source_event_id).first() if entry.source_event_id else None,
        run=_run(who, entry),
        journey=_journey(who, entry),
        delivery=_posting(who, entry),
        reversed_by=Entry.objects.filter(reverses=entry).first(),
        case=cases_holding(who, [entry]).get(entry.pk),
    )


def cases_holding(who: Who, entries: Sequence[Entry]) -> dict[UUID, Case]:
    """The case that keeps an entry from the ERP, by the entry's id: at most three queries for all of them."""
    waiting = {
        (row.journey_id, row.source_event_id): row.pk
        for row in entries
        if row.state == EntryState.RECORDED and row.journey_id and row.source_event_id
    }
    if not waiting:
        return {}
    runs = Run.objects.filter(
        journey_id__in={journey for journey, _ in waiting}, event_id__in={event for _, event in waiting}
    )
    held = {
        run: waiting.get((journey, event)) for run, journey, event in runs.values_list("id", "journey_id", "event_id")
    }
    members = Member.objects.filter(kind=Held.RUN.value, ref__in=list(held), state=MemberState.HELD)
    visible = members.filter(case__in=cases(who)).select_related("case")
    return {entry: member.case for member in visible if (entry := held[member.ref]) is not None}


def _run(who: Who, entry: Entry) -> Run | None:
    if entry.journey_id is None or entry.source_event_id is None:
        return None
    rows = Run.objects.filter(journey_id=entry.journey_id, event_id=entry.source_event_id)
    return access.scoped(rows, who, Permission.VIEW_RUNS).order_by("id").last()


def _journey(who: Who, entry: Entry) -> Journey | None:
    if entry.journey_id is None:
        return None
    return access.scoped(Journey.objects.filter(pk=entry.journey_id), who, Permission.VIEW_JOURNEYS).first()


def _posting(who: Who, entry: Entry) -> Delivery | None:
    if not access.may(who, Permission.VIEW_RUNS, entry.facility):
        return None
    key = PostingKey.objects.filter(system=_ERP, key=entry.posting_key).values_list("delivery_id", flat=True).first()
    return Delivery.objects.filter(pk=key).first() if key else None


def account_names() -> dict[str, str]:
    return dict(Account.objects.values_list("code", "name"))


# --- tie-out ------------------------------------------------------------------------------------------------
def tie_outs() -> QuerySet[TieOut]:
    return TieOut.objects.order_by("-id")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account in both books, as it was compared."""

    account: str
    name: str
    subledger: Decimal
    erp: Decimal
    subledger_debit: Decimal
    subledger_credit: Decimal
    erp_debit: Decimal
    erp_credit: Decimal
    difference: Decimal

    @property
    def agrees(self) -> bool:
        return self.difference == ZERO


def account_lines(tie_out: TieOut) -> list[AccountLine]:
    """The accounts of a tie-out that either book has touched."""
    names = account_names()
    lines = [_account_line(row, names) for row in tie_out.accounts]
    return [
        line for line in lines if any((line.subledger_debit, line.subledger_credit, line.erp_debit, line.erp_credit))
    ]


@dataclass(frozen=True, slots=True)
class BreakLine:
    """A break as it was found, and the entry that it is about as that stands now; none where it is kept no more."""

    posting_key: str
    reason: str
    amount: Decimal
    entry: Entry | None
    case: Case | None


def break_lines(who: Who, tie_out: TieOut) -> list[BreakLine]:
    """The breaks of a tie-out, each with its entry and the case that holds it: four queries, however many there are."""
    keys = [row["posting_key"] for row in tie_out.breaks]
    entries = {entry.posting_key: entry for entry in Entry.objects.filter(posting_key__in=keys)} if keys else {}
    cases_of = cases_holding(who, list(entries.values()))
    return [
        BreakLine(
            row["posting_key"],
            row["reason"],
            Decimal(str(row.get("amount") or "0")),
            entry := entries.get(row["posting_key"]),
            cases_of.get(entry.pk) if entry else None,
        )
        for row in tie_out.breaks
    ]


def _account_line(row: dict[str, Any], names: dict[str, str]) -> AccountLine:
    amounts = {name: Decimal(str(value)) for name, value in row.items() if name != "account"}
    return AccountLine(
        account=row["account"],
        name=names.get(row["account"], ""),
        subledger=amounts["subledger_debit"] - amounts["subledger_credit"],
        erp=amounts["erp_debit"] - amounts["erp_credit"],
        **amounts,
    )
