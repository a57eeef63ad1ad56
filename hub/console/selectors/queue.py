"""What the work queue says about itself: how many stand behind each of its tabs, and the last lines of a case."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Sum

from exceptions import selectors
from exceptions.models import Case, CaseTally, Note
from exceptions.selectors import StoryLine
from exceptions.states import CASE_OPEN, NoteKind
from hub.core.clock import now
from hub.governance import access
from hub.governance.roles import Permission

#: What only a scan can tell is counted up to here; beyond it a tab says "1,000+".
COUNTED = 1_000
_LINES = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """Cases of a reader's scope. `open`, `mine` and `nobodys` are those in the queue; snoozed ones stand aside."""

    open: int
    mine: int
    nobodys: int
    snoozed: int
    #: At most one more than COUNTED.
    run_out: int


def standing(who: User | AnonymousUser) -> Standing:
    """From the tallies, less what is put aside, which people do by hand and so is never much."""
    rows = access.scoped(CaseTally.objects.all(), who, Permission.VIEW_CASES, shared=True)
    totals = dict(rows.values_list("owner_id").annotate(total=Sum("count")).order_by())
    unresolved = selectors.cases(who).filter(state__in=CASE_OPEN)
    asleep = unresolved.filter(snoozed_until__gt=now())
    aside = dict(asleep.order_by().values_list("owner_id").annotate(total=Count("pk")))
    # In the order of an index: without one PostgreSQL may look for the first thousand among everything ever resolved.
    late = selectors.awake(unresolved).filter(due_at__lt=now()).order_by("due_at", "pk")
    return Standing(
        open=sum(totals.values()) - sum(aside.values()),
        mine=totals.get(who.pk, 0) - aside.get(who.pk, 0),
        nobodys=totals.get(None, 0) - aside.get(None, 0),
        snoozed=sum(aside.values()),
        run_out=len(late.values_list("pk", flat=True)[: COUNTED + 1]),
    )


def last_lines(case: Case) -> list[StoryLine]:
    """The newest lines of its story, oldest first."""
    notes = Note.objects.filter(case=case).order_by("-id")[:_LINES]
    lines = [StoryLine(note.at, note.author, note.kind, NoteKind(note.kind).label, note.text) for note in notes]
    return lines[::-1]
