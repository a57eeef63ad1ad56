"""Entries that the ERP refused because their period is closed: finance has them posted on a day of an open one.

The entry stays as it is, and so does its posting key; it goes to the ERP under the new day and says which day it is of.
Both books carry the same amounts on the same accounts, so the tie-out stays at nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from connectors.erp import CLOSED_PERIOD
from exceptions import releases
from exceptions.acts import audited, note, require_open, require_reason, require_unchanged
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case, Member
from exceptions.queue import cases_move
from exceptions.states import CASE_OPEN, CaseState, MemberState, NoteKind, Resolution
from hub.core import clock
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Actor, Who
from hub.governance.roles import Permission
from hub.ledger.models import Entry
from hub.ledger.services import post_later
from hub.ledger.states import EntryState
from orchestration.models import Step

#: Entries moved in one act.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Late:
    """The entries that a case holds back, and the run members behind them; `left` is what has no entry (plans)."""

    entries: Sequence[Entry]
    members: Sequence[UUID]
    left: int

    @property
    def latest(self) -> date | None:
        return max((entry.effective_date for entry in self.entries), default=None)


def late_entries(who: Who, case: Case) -> Late | None:
    """What could be posted later, of the facilities where `who` may have it; None where the case is of another kind."""
    if case.code != CLOSED_PERIOD or case.state not in CASE_OPEN or case.state == CaseState.RELEASING:
        return None
    held = Member.objects.filter(case=case, kind=Held.RUN.value, state=MemberState.HELD).order_by("id")
    members = list(access.scoped(held, who, Permission.POST_LATE)[: MOST + 1])
    keys = _posting_keys([member.ref for member in members])
    entries = {
        entry.posting_key: entry
        for entry in Entry.objects.filter(posting_key__in=list(keys.values()), state=EntryState.RECORDED)
    }
    with_entry = [member.pk for member in members if keys.get(member.ref, "") in entries]
    return Late(list(entries.values()), with_entry, len(members) - len(with_entry))


def next_open_day(late: Late) -> date:
    """The first day of the month after the newest of the entries: the next period, as far as can be told from here."""
    newest = late.latest or clock.now().date()
    return (newest.replace(day=1) + timedelta(days=32)).replace(day=1)


@transaction.atomic
def post_in_open_period(*, case_id: UUID, actor: Actor, on: date, reason: str, version: int | None = None) -> int:
    """Have the held entries posted on `on`; returns how many. Where the ERP refuses that day too, they come back.

    Raises NotAllowedNow where nothing of the case is an entry that the actor may move, or there are too many at once.
    """
    case = case_for_change(case_id)
    access.require(actor, Permission.POST_LATE, case.facility or None)
    require_open(case)
    require_unchanged(case, version)
    require_reason(reason)
    late = late_entries(actor, case)
    if late is None or not late.entries:
        raise NotAllowedNow("nothing-late", "The case holds no entry that you may have posted in another period.")
    if len(late.members) > MOST:
        raise NotAllowedNow("too-many-entries", f"At most {MOST:,} entries are moved at once; split the case first.")
    for entry in late.entries:
        post_later(entry, on=on, by=actor.username, reason=reason)
    releases.let_go(case, releases.held_members(case).filter(pk__in=late.members))
    case.resolution, case.version = Resolution.DECIDED, case.version + 1
    case.save(update_fields=["resolution", "version"])
    count = len(late.entries)
    words = f"{count} {'entry' if count == 1 else 'entries'} to be posted on {on}, in an open period. {reason}"
    note(case, actor, NoteKind.RELEASED, words.strip())
    cases_move()
    audited(
        case, actor, "entry.post_late", reason=reason,
        after={"on": on.isoformat(), "entries": [entry.posting_key for entry in late.entries]},
    )  # fmt: skip
    return count


def _posting_keys(runs: Sequence[UUID]) -> dict[UUID, str]:
    """The posting key of the step that each run stands at."""
    rows = Step.objects.filter(run__in=runs, state="parked").exclude(posting_key="")
    return dict(rows.order_by("generation", "index").values_list("run_id", "posting_key"))
