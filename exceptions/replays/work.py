"""Carrying replays out: each part is one transaction that holds the replay's row.

A part begins items and writes down that it has, together: a killed worker leaves a part done or not begun. What was
begun is followed until it has come to rest. Two workers never carry out the same replay; neither waits for the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from connectors.models import Message
from connectors.states import MessageState
from exceptions.locks import free_members
from exceptions.models import Member, Note, Recount
from exceptions.queue import cases_move, replays_wait
from exceptions.replays import preview, report
from exceptions.replays.items import message_items
from exceptions.replays.models import Replay, ReplayItem
from exceptions.replays.states import AT_WORK, ItemState, ReplayState, Versions
from exceptions.states import CASE_OPEN, MemberState, NoteKind
from hub.core.clock import machine_now, now
from hub.core.parking import Held
from orchestration.models import Run, Step
from orchestration.replaying import AT_REST, begin_again
from orchestration.services import replay_messages, retry_messages
from orchestration.states import RunState, StepState

#: Items begun or followed in one transaction: small enough that no row is held for long.
PART = 500
#: How long one part of a throttled replay lasts.
_STEP = timedelta(seconds=1)
#: How long items are left alone that another worker holds.
_BUSY = timedelta(seconds=1)
#: After this long a worker lets others of its queue have their turn.
SLICE = timedelta(seconds=2)

# Literals, so that the planner goes from the few items under way to what they stand for.
_CAME_TO_REST = """
SELECT item.* FROM exceptions_replayitem AS item JOIN orchestration_run AS run ON run.id = item.ref
 WHERE item.replay_id = %(replay)s AND item.state = 'under_way' AND item.kind = 'run'
   AND run.state NOT IN ('ready', 'sending')
UNION ALL
SELECT item.* FROM exceptions_replayitem AS item JOIN connectors_message AS message ON message.id = item.ref
 WHERE item.replay_id = %(replay)s AND item.state = 'under_way' AND item.kind = 'message'
   AND message.state <> 'received'
 LIMIT %(part)s
"""
_KEPT = ("counts", "due_at", "state", "finished_at", "report", "sealed_as", "version")


def work() -> None:
    """Go on with every replay that has something to do, each for a while."""
    until = machine_now() + SLICE
    more = False
    for replay_id in list(Replay.objects.filter(state__in=AT_WORK).order_by("id").values_list("id", flat=True)):
        while goes_on := go_on(replay_id):
            if machine_now() > until:
                break
        more = more or goes_on
    if more:
        transaction.on_commit(replays_wait)


@transaction.atomic
def go_on(replay_id: UUID) -> bool:
    """The next part of one replay; whether another part may follow at once."""
    rows = Replay.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("requested_by")
    replay = rows.filter(pk=replay_id, state__in=AT_WORK).first()
    if replay is None:
        return False
    if replay.state == ReplayState.GATHERING:
        preview.go_on(replay)
        return replay.state == ReplayState.GATHERING
    followed = _follow(replay)
    begun = _begin(replay) if replay.state == ReplayState.RUNNING else 0
    if replay.state == ReplayState.STOPPING:
        _leave_out_the_rest(replay)
    if not replay.count(ItemState.WAITING) and not replay.count(ItemState.UNDER_WAY):
        report.close(replay)
    replay.save(update_fields=_KEPT)
    at_once = begun > 0 and not replay.rate and replay.state == ReplayState.RUNNING
    return at_once or followed == PART or (replay.state == ReplayState.STOPPING and replay.count(ItemState.WAITING) > 0)


# --- beginning ----------------------------------------------------------------------------------------------
def _begin(replay: Replay) -> int:
    if replay.due_at is not None and replay.due_at > machine_now():
        return 0
    limit = min(replay.rate, PART) if replay.rate else PART
    items = list(replay.items.filter(state=ItemState.WAITING).order_by("id")[:limit])
    if not items:
        return 0
    begun = [*_begin_runs(replay, items), *_begin_messages(replay, items)]
    _keep(replay, [item for item in items if item.state != ItemState.WAITING], before=ItemState.WAITING)
    _tell_cases(replay, begun)
    busy = any(item.state == ItemState.WAITING for item in items)
    pause = _STEP * (limit / replay.rate) if replay.rate else _BUSY if busy else None
    replay.due_at = machine_now() + pause if pause else None
    return len(begun)


def _begin_runs(replay: Replay, items: Sequence[ReplayItem]) -> list[ReplayItem]:
    mine = {item.ref: item for item in items if item.kind == Held.RUN}
    if not mine:
        return []
    theirs = replay.versions == Versions.THEIRS
    result = begin_again(list(mine), from_step=replay.from_step, theirs=theirs)
    for ref, why in result.refused.items():
        _leave_out(mine[ref], why)
    gone = set(result.busy) - set(Run.objects.filter(pk__in=result.busy).values_list("pk", flat=True))
    for ref in gone:
        _leave_out(mine[ref], "It is not kept any more.")
    return [_set_off(mine[ref]) for ref in result.runs]


def _begin_messages(replay: Replay, items: Sequence[ReplayItem]) -> list[ReplayItem]:
    mine = {item.ref: item for item in items if item.kind == Held.MESSAGE}
    if not mine:
        return []
    held = Message.objects.filter(pk__in=mine).order_by("pk").select_for_update(skip_locked=True)
    free = set(held.values_list("pk", flat=True))
    looked_at = message_items([ref for ref in mine if ref in free], theirs=replay.versions == Versions.THEIRS)
    for one in looked_at:
        if one.blocked:
            _leave_out(mine[one.ref], one.blocked)
    going = [one.ref for one in looked_at if not one.blocked]
    # Each takes those in its own states; together they take all that can be processed again.
    retry_messages(going)
    replay_messages(going)
    for ref in set(mine) - free - set(Message.objects.filter(pk__in=mine).values_list("pk", flat=True)):
        _leave_out(mine[ref], "It is not kept any more.")
    return [_set_off(mine[ref]) for ref in going]


def _leave_out_the_rest(replay: Replay) -> None:
    """The replay was stopped: what did not begin never will."""
    items = list(replay.items.filter(state=ItemState.WAITING).order_by("id")[:PART])
    for item in items:
        _leave_out(item, "The replay was stopped before its turn.")
    _keep(replay, items, before=ItemState.WAITING)


def _leave_out(item: ReplayItem, why: str) -> None:
    item.state, item.detail, item.ended_at = ItemState.LEFT_OUT, why[:300], now()


def _set_off(item: ReplayItem) -> ReplayItem:
    item.state, item.begun_at = ItemState.UNDER_WAY, now()
    return item


def _keep(replay: Replay, items: Sequence[ReplayItem], *, before: str) -> None:
    """Write items down that stood at `before`, and count them."""
    if not items:
        return
    ReplayItem.objects.bulk_update(items, ["state", "detail", "begun_at", "ended_at"], batch_size=PART)
    counts = Counter(replay.counts)
    counts[before] -= len(items)
    counts.update(item.state for item in items)
    replay.counts = {state: number for state, number in counts.items() if number}


def _tell_cases(replay: Replay, begun: Sequence[ReplayItem]) -> None:
    """Cases that held what is begun let go of it and follow it from here on; each says so once."""
    refs = [item.ref for item in begun]
    held = Member.objects.filter(ref__in=refs, state=MemberState.HELD, case__state__in=CASE_OPEN)
    cases = sorted(set(held.values_list("case_id", flat=True)))
    if not cases:
        return
    text = f"Replay {replay.number} takes up what is held here. {replay.reason}"[:2000]
    told = set(Note.objects.filter(case_id__in=cases, kind=NoteKind.RELEASED, text=text).values_list("case", flat=True))
    # A note shares the case's row, which is what touching its members asks for; so does this.
    Note.objects.bulk_create(
        Note(case_id=case, author=replay.requester, kind=NoteKind.RELEASED, text=text)
        for case in cases
        if case not in told
    )
    Recount.objects.bulk_create(Recount(case_id=case) for case in cases)
    members = free_members(Member.objects.filter(ref__in=refs, state=MemberState.HELD, case_id__in=cases))
    ids = [member.id for member in members]
    Member.objects.filter(id__in=ids).update(state=MemberState.RELEASED, released_at=now())
    cases_move()


# --- following ----------------------------------------------------------------------------------------------
def _follow(replay: Replay) -> int:
    """Write down what came to rest; returns how many did."""
    items = list(ReplayItem.objects.raw(_CAME_TO_REST, {"replay": replay.id, "part": PART}))
    _end_runs({item.ref: item for item in items if item.kind == Held.RUN})
    _end_messages({item.ref: item for item in items if item.kind == Held.MESSAGE})
    _keep(replay, [item for item in items if item.state != ItemState.UNDER_WAY], before=ItemState.UNDER_WAY)
    return len(items)


def _end_runs(items: dict[UUID, ReplayItem]) -> None:
    runs = Run.objects.filter(pk__in=items).only("id", "state")
    states = {run.pk: run.state for run in runs}
    parked = [pk for pk, state in states.items() if state == RunState.PARKED]
    why = dict(Step.objects.filter(run__in=parked, state=StepState.PARKED).values_list("run", "detail"))
    for pk, state in states.items():
        if state == RunState.PARKED:
            _end(items[pk], ItemState.FAILED, why.get(pk, "It is parked again."))
        elif state == RunState.WAITING:
            _end(items[pk], ItemState.DONE, "It waits for what comes next.")
        elif state in AT_REST:
            _end(items[pk], ItemState.DONE, "It was cancelled." if state == RunState.CANCELLED else "")


def _end_messages(items: dict[UUID, ReplayItem]) -> None:
    rows = Message.objects.filter(pk__in=items).values_list("pk", "state", "detail")
    for pk, state, detail in rows:
        if state in {MessageState.PROCESSED, MessageState.DUPLICATE}:
            _end(items[pk], ItemState.DONE, "")
        elif state != MessageState.RECEIVED:
            _end(items[pk], ItemState.FAILED, detail)


def _end(item: ReplayItem, state: ItemState, detail: str) -> None:
    item.state, item.detail, item.ended_at = state, detail[:300], now()
