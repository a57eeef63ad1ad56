"""Writing the books: entries are recorded once per posting key, reversed, marked as posted; never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from hub.core import clock
from hub.core.errors import BusinessRefusal, Defect
from hub.core.ids import uuid7
from hub.core.money import USD
from hub.ledger.models import Entry, Line, PeriodMove
from hub.ledger.rules import NewLine, balanced, reversed_lines
from hub.ledger.states import EntryState


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be recorded. `description` goes to the ERP: never patient data."""

    posting_key: str
    kind: str
    effective_date: date
    facility: str
    description: str
    lines: tuple[NewLine, ...]
    currency: str = USD
    journey_id: UUID | None = None
    source_event_id: UUID | None = None
    reverses: Entry | None = None


def record_entry(new: NewEntry) -> Entry:
    """Record a balanced entry, or find the one that its posting key already names.

    Raises Defect for lines that do not balance; the database refuses them as well.
    """
    if not balanced(new.lines) or len(new.lines) < 2:
        raise Defect("entry-unbalanced", "An entry's debits and credits differ.", cause=(new.kind,))
    with transaction.atomic():
        Entry.objects.bulk_create(
            [
                Entry(
                    id=uuid7(),
                    posting_key=new.posting_key,
                    kind=new.kind,
                    effective_date=new.effective_date,
                    currency=new.currency,
                    facility=new.facility,
                    journey_id=new.journey_id,
                    source_event_id=new.source_event_id,
                    description=new.description[:120],
                    reverses=new.reverses,
                    recorded_at=clock.now(),
                )
            ],
            ignore_conflicts=True,
        )
        entry = Entry.objects.select_for_update().get(posting_key=new.posting_key)
        if not entry.lines.exists():
            Line.objects.bulk_create([_line(entry, line) for line in new.lines])
    return entry


def reverse_entry(entry: Entry, *, posting_key: str, effective_date: date, source_event_id: UUID | None) -> Entry:
    """Record the entry that takes `entry` back; a second call finds the first one's."""
    standing = Entry.objects.filter(reverses=entry).first()
    if standing is not None:
        return standing
    return record_entry(
        NewEntry(
            posting_key=posting_key,
            kind="reversal",
            effective_date=effective_date,
            facility=entry.facility,
            description=f"Reversal of {entry.description}",
            lines=reversed_lines(_new_line(line) for line in entry.lines.order_by("id")),
            currency=entry.currency,
            journey_id=entry.journey_id,
            source_event_id=source_event_id,
            reverses=entry,
        )
    )


def mark_posted(posting_key: str, erp_reference: str) -> bool:
    """The ERP confirmed it; False where that was known before."""
    count = Entry.objects.filter(posting_key=posting_key, state=EntryState.RECORDED).update(
        state=EntryState.POSTED, erp_reference=erp_reference[:60], posted_at=clock.now()
    )
    return bool(count)


def journal_payload(entry: Entry) -> Mapping[str, Any]:
    """The entry as `journal.post` carries it: plain JSON, amounts as strings.

    One that was moved out of a closed period carries the day it is posted on, and says the day it belongs to.
    """
    lines: Sequence[Line] = list(entry.lines.order_by("id"))
    moved = posting_date(entry)
    return {
        "date": (moved or entry.effective_date).isoformat(),
        "currency": entry.currency,
        "description": f"{entry.description} (of {entry.effective_date})"[:120] if moved else entry.description,
        "lines": [
            {
                "account": line.account,
                "cost_center": line.cost_center or None,
                "debit": f"{line.debit:.2f}",
                "credit": f"{line.credit:.2f}",
                "memo": line.memo,
            }
            for line in lines
        ],
    }


def post_later(entry: Entry, *, on: date, by: str, reason: str) -> PeriodMove:
    """Have an entry whose period was closed posted on a day of an open one. The entry itself never changes.

    Raises BusinessRefusal for one that the ERP has, and for a day that is not after its own.
    """
    standing = Entry.objects.select_for_update().get(pk=entry.pk)
    if standing.state == EntryState.POSTED:
        raise BusinessRefusal("entry-posted", "The entry is posted already; a correction is a reversal.")
    if on <= standing.effective_date:
        raise BusinessRefusal("period-not-later", f"Choose a day after {standing.effective_date}, in an open period.")
    return PeriodMove.objects.create(entry=standing, posting_date=on, by=by, reason=reason[:500])


def posting_date(entry: Entry) -> date | None:
    """The day an entry was moved to, or None where it is posted on its own."""
    return PeriodMove.objects.filter(entry=entry).order_by("-id").values_list("posting_date", flat=True).first()


def _line(entry: Entry, line: NewLine) -> Line:
    return Line(
        entry=entry, account=line.account, cost_center=line.cost_center, payer=line.payer,
        debit=line.debit, credit=line.credit, memo=line.memo,
    )  # fmt: skip


def _new_line(line: Line) -> NewLine:
    return NewLine(
        account=line.account, debit=line.debit, credit=line.credit,
        cost_center=line.cost_center, payer=line.payer, memo=line.memo,
    )  # fmt: skip
