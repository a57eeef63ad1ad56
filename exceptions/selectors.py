"""Reads: the queues, one case with its story, and the counts, each within what the reader may see.

A case without a facility concerns the whole group: everyone with a grant anywhere sees it, and among its members
those of their own facilities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum

from exceptions.models import Case, CaseTally, Member, Note, Queue
from exceptions.states import CASE_OPEN, CaseState, MemberState, NoteKind
from hub.core.clock import now
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.models import AuditEntry
from hub.governance.roles import Permission

_SIMILAR = 5
#: What the story shows of the audit: acts that write no note of their own. These do.
_NOTED = Q(action__startswith="case.") | Q(action__regex=r"^(write_off|correction|adjustment|entry)[.]")


def cases(who: Who) -> QuerySet[Case]:
    """All that `who` may see, in no order; the owner and the team come along."""
    rows = Case.objects.select_related("owner", "team")
    return access.scoped(rows, who, Permission.VIEW_CASES, shared=True)


def open_cases(who: Who) -> QuerySet[Case]:
    """The work queue: what is not resolved and not put aside, the most urgent dollars first."""
    return awake(cases(who).filter(state__in=CASE_OPEN)).order_by("-priority", "-id")


def awake(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Those that are not snoozed at this moment."""
    return rows.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now()))


def case_by_number(who: Who, number: int) -> Case:
    """Raises Case.DoesNotExist for a number that is none, PermissionDenied for one out of scope."""
    case = Case.objects.select_related("owner").get(number=number)
    if not cases(who).filter(pk=case.pk).exists():
        raise PermissionDenied("This case belongs to a facility outside your scope.")
    return case


def members(who: Who, case: Case, *states: MemberState) -> QuerySet[Member]:
    """What the case holds or held, oldest first."""
    rows = Member.objects.filter(case=case)
    if states:
        rows = rows.filter(state__in=states)
    return access.scoped(rows, who, Permission.VIEW_CASES, shared=True).order_by("id")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a release has come, in members."""

    held: int
    came_back: int
    released: int
    done: int
    dismissed: int

    @property
    def total(self) -> int:
        return self.held + self.released + self.done + self.dismissed

    @property
    def percent_done(self) -> int:
        return 100 * (self.done + self.dismissed) // self.total if self.total else 0


def progress(case: Case) -> Progress:
    def in_state(state: MemberState) -> Count:
        return Count("pk", filter=Q(state=state))

    return Progress(
        **Member.objects.filter(case=case).aggregate(
            held=in_state(MemberState.HELD),
            came_back=Count("pk", filter=Q(state=MemberState.HELD, released_at__isnull=False)),
            released=in_state(MemberState.RELEASED),
            done=in_state(MemberState.DONE),
            dismissed=in_state(MemberState.DISMISSED),
        )
    )


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A line of a case's story. `kind` is a NoteKind, or "audit" for an act that concerns it."""

    at: datetime
    author: str
    kind: str
    label: str
    text: str


def story(case: Case) -> list[StoryLine]:
    """What happened to a case, oldest first: notes, and audited acts that leave no note."""
    lines = [
        StoryLine(note.at, note.author, note.kind, NoteKind(note.kind).label, note.text)
        for note in Note.objects.filter(case=case)
    ]
    acts = AuditEntry.objects.filter(object_kind="case", object_id=str(case.id))
    lines += [StoryLine(entry.at, entry.actor, "audit", entry.action, entry.reason) for entry in acts.exclude(_NOTED)]
    return sorted(lines, key=lambda line: line.at)


def earlier_cases(case: Case) -> QuerySet[Case]:
    """Cases that had the very same cause before, newest first."""
    return Case.objects.filter(fingerprint=case.fingerprint, id__lt=case.id).order_by("-id")


@dataclass(frozen=True, slots=True)
class Solved:
    """A resolved case like this one, and what its last person said."""

    case: Case
    how: str


def similar(who: Who, case: Case) -> list[Solved]:
    """The newest resolved cases of the same kind: how they were solved."""
    rows = cases(who).filter(code=case.code, state=CaseState.RESOLVED).exclude(pk=case.pk)
    found = list(rows.order_by("-resolved_at")[:_SIMILAR])
    notes = Note.objects.filter(case__in=found, kind__in=(NoteKind.STATE, NoteKind.RELEASED)).order_by("id")
    how = {note.case_id: note.text for note in notes}
    return [Solved(row, how.get(row.id, "")) for row in found]


def cases_of(who: Who, kind: Held, refs: Iterable[UUID]) -> QuerySet[Case]:
    """The cases that hold or held these messages, runs or deliveries, newest first."""
    return cases(who).filter(members__kind=kind.value, members__ref__in=refs).distinct().order_by("-id")


def cases_of_journey(who: Who, journey_id: UUID) -> QuerySet[Case]:
    return cases(who).filter(members__journey_id=journey_id).distinct().order_by("-id")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open cases and their dollars, of one queue at one facility (empty: the whole group)."""

    queue: Queue
    facility: str
    count: int
    amount: Decimal


def backlog(who: Who) -> list[Backlog]:
    """What is open by queue and facility, the most dollars first; from the tallies, so it costs no count."""
    rows = access.scoped(CaseTally.objects.all(), who, Permission.VIEW_CASES, shared=True)
    sums = rows.values("queue", "facility").annotate(open=Sum("count"), dollars=Sum("amount"))
    return sorted(
        (Backlog(Queue(row["queue"]), row["facility"], row["open"], row["dollars"]) for row in sums if row["open"]),
        key=lambda row: (-row.amount, row.queue, row.facility),
    )


@dataclass(frozen=True, slots=True)
class QueueCount:
    queue: Queue
    count: int
    amount: Decimal


def queue_counts(who: Who) -> list[QueueCount]:
    """Every queue in its fixed order, the empty ones too."""
    rows = backlog(who)
    return [
        QueueCount(
            queue,
            sum(row.count for row in rows if row.queue == queue),
            sum((row.amount for row in rows if row.queue == queue), Decimal("0.00")),
        )
        for queue in Queue
    ]
