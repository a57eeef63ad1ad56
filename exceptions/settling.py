"""Following what cases let go of, until it is done; ending the cases that hold nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from connectors.models import Delivery, Message
from connectors.states import DELIVERY_OPEN, MessageState
from exceptions import counting
from exceptions.alerts import telling
from exceptions.locks import case_for_change, case_for_ending, free_members
from exceptions.models import Case, Member, Note, Recount
from exceptions.states import CASE_OPEN, AlertEvent, CaseState, MemberState, NoteKind, Resolution
from exceptions.triage import HUB
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.core.money import ZERO
from hub.core.parking import Held
from hub.records.models import Denial
from hub.records.states import DenialStage
from orchestration.models import Expectation, Run
from orchestration.replaying import carried
from orchestration.states import RunState

#: Members looked at in one transaction.
_PART = 500
#: Held members looked at in one pass: they move on by other doors only (the source corrects, an event arrives).
_HELD_PER_PASS = 5_000
_HELD_CURSOR = "exceptions:settling:held"


def settle() -> None:
    """One pass: members first, then the cases that they, or joiners of a busy case, changed."""
    _follow_released()
    _follow_held()
    changed = set(Recount.objects.values_list("case_id", flat=True))
    releasing = set(Case.objects.filter(state=CaseState.RELEASING).values_list("id", flat=True))
    for case_id in sorted(changed | releasing):
        settle_case(case_id)


def _follow_released() -> None:
    after = UUID(int=0)
    while part := _part(MemberState.RELEASED, after, _PART):
        follow(part)
        after = part[-1]


def _follow_held() -> None:
    """A rolling look: each pass goes on where the one before it stopped, and starts anew at the end."""
    after = UUID(cache.get(_HELD_CURSOR, str(UUID(int=0))))
    for _ in range(_HELD_PER_PASS // _PART):
        part = _part(MemberState.HELD, after, _PART)
        if not part:
            after = UUID(int=0)
            break
        follow(part)
        after = part[-1]
    cache.set(_HELD_CURSOR, str(after))


def _part(state: MemberState, after: UUID, limit: int) -> list[UUID]:
    rows = Member.objects.filter(state=state, id__gt=after).order_by("id")
    return list(rows.values_list("id", flat=True)[:limit])


@transaction.atomic
def follow(member_ids: Sequence[UUID]) -> None:
    """Write down how far these members have come.

    1. Their rows are locked, so nobody parks them again while we look; those being parked now are left out.
    2. Only then their runs and messages are read. One that is being parked at this moment still looks like on its
       way, and its parker, which waits for us, holds it again afterwards.
    """
    members = free_members(Member.objects.filter(id__in=member_ids, state__in=counting.AT_STAKE))
    _keep_journeys(members)
    followers = (_follow_runs, _follow_messages, _follow_deliveries, _follow_expectations)
    moved = [step for follower in followers for step in follower(members)]
    for state in (MemberState.RELEASED, MemberState.DONE):
        ids = [member.id for member, standing in moved if standing == state and member.state != state]
        Member.objects.filter(id__in=ids).update(state=state)
    changed = {member.case_id for member, standing in moved if member.state != standing}
    Recount.objects.bulk_create(Recount(case_id=case_id) for case_id in changed)


def _keep_journeys(members: Sequence[Member]) -> None:
    """Two journeys may turn out to be one, or a payment find its account: the member goes where its run went."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exceptions_member AS member SET journey_id = run.journey_id FROM orchestration_run AS run"
            " WHERE member.id = ANY(%s) AND member.kind = 'run' AND run.id = member.ref"
            "   AND member.journey_id IS DISTINCT FROM run.journey_id",
            [[member.id for member in members]],
        )


_Standing = list[tuple[Member, str]]


def _follow_runs(members: Sequence[Member]) -> _Standing:
    mine = {member.ref: member for member in members if member.kind == Held.RUN}
    runs = Run.objects.filter(id__in=mine).only("id", "state", "step", "step_index", "workflow", "version")
    return [(mine[run.id], _run_standing(mine[run.id], run)) for run in runs]


def _run_standing(member: Member, run: Run) -> str:
    """A run that waits by itself again, or got past the step, has left this cause."""
    if run.state == RunState.PARKED:
        return member.state
    under_way = run.state in {RunState.READY, RunState.SENDING} and not _is_past(run, member.step)
    return MemberState.RELEASED if under_way else MemberState.DONE


def _is_past(run: Run, step: str) -> bool:
    workflow = carried(run)
    position = workflow.positions.get(step) if workflow else None
    return run.step != step if position is None else run.step_index > position


def _follow_messages(members: Sequence[Member]) -> _Standing:
    mine = {member.ref: member for member in members if member.kind == Held.MESSAGE}
    rows = Message.objects.filter(id__in=mine).values_list("id", "state")
    return [(mine[ref], _message_standing(mine[ref], state)) for ref, state in rows]


def _message_standing(member: Member, state: str) -> str:
    if state in {MessageState.PROCESSED, MessageState.DUPLICATE, MessageState.REPLACED}:
        return MemberState.DONE
    return MemberState.RELEASED if state == MessageState.RECEIVED else member.state


def _follow_deliveries(members: Sequence[Member]) -> _Standing:
    """A delivery that came to an end is done here: if it failed, its run has a case of its own."""
    mine = {member.ref: member for member in members if member.kind == Held.DELIVERY}
    ended = Delivery.objects.filter(id__in=mine).exclude(state__in=DELIVERY_OPEN)
    return [(mine[ref], MemberState.DONE) for ref in ended.values_list("id", flat=True)]


def _follow_expectations(members: Sequence[Member]) -> _Standing:
    """What was expected came after all."""
    mine = {member.ref: member for member in members if member.kind == Held.EXPECTATION}
    came = Expectation.objects.filter(id__in=mine).exclude(met_at=None)
    return [(mine[ref], MemberState.DONE) for ref in came.values_list("id", flat=True)]


def settle_case(case_id: UUID) -> None:
    """Count the case anew; end it where nothing is left of it, and stop a release whose work all came back."""
    counts = counting.recount(case_id)
    if counts.members and not counts.held and not counts.released:
        _end(case_id)
    elif counts.returned and counts.held == counts.returned and not counts.released:
        _stop_releasing(case_id)


@transaction.atomic
def _end(case_id: UUID) -> None:
    case = case_for_ending(case_id)
    members = Member.objects.filter(case=case)
    if case.state not in CASE_OPEN or members.filter(state__in=counting.AT_STAKE).exists():
        return
    done = members.exclude(state=MemberState.DISMISSED)
    case.resolution = case.resolution or _resolution(case, done)
    case.state, case.resolved_at, case.version = CaseState.RESOLVED, now(), case.version + 1
    # A resolved case keeps what had been at stake; open ones count what still is.
    case.amount = done.aggregate(total=Sum("amount"))["total"] or ZERO
    case.held = 0
    case.save(update_fields=["resolution", "state", "resolved_at", "version", "amount", "held"])
    count = done.count()
    text = f"Resolved by itself: {'what it' if count == 1 else f'all {count}'} held went through."
    Note.objects.create(case=case, author=HUB, kind=NoteKind.STATE, text=text)
    telling.tell(case, AlertEvent.RESOLVED)


def _resolution(case: Case, done: QuerySet[Member]) -> Resolution:
    if Denial.objects.filter(pk=case.subject.get("denial"), stage=DenialStage.WRITTEN_OFF).exists():
        return Resolution.WRITTEN_OFF
    if not done.filter(released_at__isnull=False).exists() or _came_corrected(done):
        return Resolution.CORRECTED
    at_the_cause = {FailureClass.MAPPING.value, FailureClass.CONFIGURATION.value}
    return Resolution.FIXED if case.failure_class in at_the_cause else Resolution.RELEASED


def _came_corrected(done: QuerySet[Member]) -> bool:
    """Whether the source sent the mended message in the place of one that went back to it."""
    held = done.filter(kind=Held.MESSAGE).values("ref")
    return Message.objects.filter(id__in=held, state=MessageState.REPLACED).exists()


@transaction.atomic
def _stop_releasing(case_id: UUID) -> None:
    case = case_for_change(case_id)
    came_back = Member.objects.filter(case=case, state=MemberState.HELD)
    if case.state != CaseState.RELEASING or came_back.filter(released_at=None).exists():
        return
    case.state = CaseState.IN_PROGRESS if case.owner_id else CaseState.OPEN
    case.resolution, case.version = "", case.version + 1
    case.save(update_fields=["state", "resolution", "version"])
    text = f"{came_back.count()} came back with the same cause: the fix did not reach them."
    Note.objects.create(case=case, author=HUB, kind=NoteKind.HELD, text=text)
