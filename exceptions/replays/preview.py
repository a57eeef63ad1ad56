"""Previewing a replay, part by part: its items and their effects, then what a sample of them would bring.

Everything here is called by whoever holds the replay's row, and changes nothing but the replay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import OperationalError, connection, transaction

from exceptions.replays import policy, selection
from exceptions.replays.differences import compare
from exceptions.replays.items import Item, message_items, run_items
from exceptions.replays.models import Replay, ReplayItem
from exceptions.replays.states import ItemState, ReplayState, Versions
from hub.core.clock import now
from hub.core.money import ZERO
from hub.core.parking import Held
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata.crosswalk import snapshot
from orchestration import editions

#: Items taken up in one transaction.
PART = 250
#: What one replay takes. More than that is a matter of two replays, or of a fix at the cause.
MOST = 100_000
#: Items whose outputs are compared with those of last time, spread evenly over all that can be replayed.
SAMPLE = 200
#: Compared in one transaction: each is carried out and taken back.
_COMPARED_AT_ONCE = 10

_FACTS = (
    "counts", "effects", "labels", "classes", "amount", "facilities", "cursor", "gathered", "truncated", "sample",
    "compared", "differing", "state", "asks", "previewed_at", "version",
)  # fmt: skip

_SAMPLE = """
SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM exceptions_replayitem
     WHERE replay_id = %s AND state = 'waiting') AS waiting
 WHERE place %% %s = 0 ORDER BY id LIMIT %s
"""


def go_on(replay: Replay) -> None:
    """Take up the next part, or compare the next few; the last part completes the preview."""
    if not replay.gathered:
        _gather(replay)
    elif replay.sample:
        _compare(replay)
    if replay.gathered and not replay.sample:
        replay.state, replay.previewed_at = ReplayState.PREVIEWED, now()
        replay.asks = policy.asks(replay)
        replay.version += 1
    replay.save(update_fields=_FACTS)


# --- items --------------------------------------------------------------------------------------------------
def _gather(replay: Replay) -> None:
    room = MOST - replay.total
    picked = selection.part(replay, min(PART, room + 1))
    if len(picked) > room:
        picked, replay.truncated = picked[:room], True
    if picked:
        replay.cursor = picked[-1][0]
        _take_up(replay, picked)
    if len(picked) < PART or replay.truncated:
        replay.gathered = True
        replay.sample = _sample(replay)


def _take_up(replay: Replay, picked: Sequence[selection.Picked]) -> None:
    refs = {(kind.value, ref) for _, kind, ref in picked}
    known = set(replay.items.filter(ref__in=[ref for _, ref in refs]).values_list("kind", "ref"))
    fresh = [(kind, ref) for _, kind, ref in picked if (kind.value, ref) not in known]
    theirs = replay.versions == Versions.THEIRS
    found = [
        *run_items([ref for kind, ref in fresh if kind is Held.RUN], replay.from_step, theirs=theirs),
        *message_items([ref for kind, ref in fresh if kind is Held.MESSAGE], theirs=theirs),
    ]
    rows = [_row(replay, item) for item in _within_reach(replay, found)]
    ReplayItem.objects.bulk_create(rows)
    _tally(replay, rows)


def _within_reach(replay: Replay, items: Iterable[Item]) -> Iterable[Item]:
    """What lies outside the facilities of whoever asks is left out, and told nothing of."""
    who = replay.requested_by
    for item in items:
        if who is None or access.may(who, Permission.REPLAY, item.facility):
            yield item
        else:
            yield Item(kind=item.kind, ref=item.ref, label="", facility="", blocked=OUT_OF_REACH)


OUT_OF_REACH = "It lies outside the facilities for which you may replay."


def _row(replay: Replay, item: Item) -> ReplayItem:
    return ReplayItem(
        replay=replay,
        kind=item.kind.value,
        ref=item.ref,
        label=item.label,
        facility=item.facility,
        failure_class=item.failure_class,
        amount=item.amount,
        state=ItemState.LEFT_OUT if item.blocked else ItemState.WAITING,
        detail=item.blocked[:300],
        effects=[
            {"step": one.step, "system": one.system, "operation": one.operation, "state": one.state.value,
             "reference": one.reference}
            for one in item.effects
        ],
    )  # fmt: skip


def _tally(replay: Replay, rows: Sequence[ReplayItem]) -> None:
    replay.counts = dict(Counter(replay.counts) + Counter(row.state for row in rows))
    chosen = [row for row in rows if row.state == ItemState.WAITING]
    replay.effects = dict(Counter(replay.effects) + Counter(one["state"] for row in chosen for one in row.effects))
    replay.amount = Decimal(replay.amount) + sum((row.amount for row in chosen), ZERO)
    within = {row.facility for row in rows if row.detail != OUT_OF_REACH}
    replay.facilities = sorted({*replay.facilities, *within})
    for row in chosen:
        _add(replay.labels, row.label, row.amount)
        if row.failure_class:
            _add(replay.classes, row.failure_class, row.amount)


def _add(tally: dict[str, list[object]], name: str, amount: Decimal) -> None:
    items, dollars = tally.get(name, (0, "0.00"))
    tally[name] = [int(str(items)) + 1, str(Decimal(str(dollars)) + amount)]


# --- outputs ------------------------------------------------------------------------------------------------
def _sample(replay: Replay) -> list[str]:
    every = max(1, -(-replay.chosen // SAMPLE))
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, [replay.id, every, SAMPLE])
        return [str(row[0]) for row in cursor.fetchall()]


def _compare(replay: Replay) -> None:
    # Here once, or each rehearsal would keep it and take it back.
    editions.keep(snapshot())
    chosen, replay.sample = replay.sample[:_COMPARED_AT_ONCE], replay.sample[_COMPARED_AT_ONCE:]
    rows = list(ReplayItem.objects.filter(id__in=chosen).order_by("id"))
    for row in rows:
        _compare_one(replay, row)
    ReplayItem.objects.bulk_update(rows, ["differs", "differences"])
    replay.compared += sum(row.differs is not None for row in rows)
    replay.differing += sum(bool(row.differs) for row in rows)


def _compare_one(replay: Replay, row: ReplayItem) -> None:
    """An item that cannot be carried out even in a rehearsal says so, and keeps nobody from the preview."""
    try:
        with transaction.atomic():
            compare(replay, row)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - the runner: in the engine, too, a surprise is a step that failed
        row.differs = True
        row.differences = [{"place": "Outcome", "before": "", "after": f"It would fail ({type(error).__name__})."}]
