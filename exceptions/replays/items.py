"""What replaying a run or a message would mean: its outside effects so far, or why it cannot be replayed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from connectors.models import Delivery, Message, PostingKey, PostingState
from connectors.states import MessageState
from exceptions.models import Member
from exceptions.states import MemberState
from hub.core.errors import FailureClass
from hub.core.money import ZERO
from hub.core.parking import Held
from orchestration import editions, replaying
from orchestration.models import Run, Step

#: Codes of cases that a replay could only run into again: what has to be done first.
_NOT_BY_REPLAY = {
    "closed-period": "Its entry belongs to a closed period; decide in its case in which period it is posted.",
}


class EffectState(StrEnum):
    """What is known of an outside effect under its posting key."""

    DONE = "done"  #: confirmed: it will not happen again
    UNKNOWN = "unknown"  #: sent and not confirmed: read back before anything else happens
    OPEN = "open"  #: it has not happened: it would


_BY_POSTING_STATE: dict[str, EffectState] = {
    PostingState.CONFIRMED: EffectState.DONE,
    PostingState.UNCONFIRMED: EffectState.UNKNOWN,
    PostingState.RESERVED: EffectState.OPEN,
}


@dataclass(frozen=True, slots=True)
class Effect:
    """An outside effect that the run has asked for at `step` before."""

    step: str
    system: str
    operation: str
    state: EffectState
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A run or message to be replayed. `blocked` says why it cannot be, empty where it can."""

    kind: Held
    ref: UUID
    label: str
    facility: str
    amount: Decimal = ZERO
    failure_class: str = ""
    effects: tuple[Effect, ...] = ()
    blocked: str = ""


def run_items(run_ids: Sequence[UUID], from_step: str, *, theirs: bool) -> list[Item]:
    """The runs as items, in the order asked for; ids that are none are left out.

    Steps that never ran may have effects that nobody can name yet.
    """
    runs = Run.objects.in_bulk(list(run_ids))
    kept = editions.kept(run.pins.get("crosswalk", 0) for run in runs.values()) if theirs else set()
    effects, causes = _effects(runs), _causes(Held.RUN, runs)
    found = []
    for run_id in dict.fromkeys(run_ids):
        run = runs.get(run_id)
        if run is None:
            continue
        plan = replaying.plan(run, from_step, theirs=theirs, kept=kept)
        failure_class, code = causes.get(run_id, ("", ""))
        found.append(
            Item(
                kind=Held.RUN,
                ref=run.id,
                label=run.workflow,
                facility=run.facility,
                amount=run.amount or ZERO,
                failure_class=failure_class,
                effects=tuple(effect for index, effect in effects[run_id] if index >= plan.index),
                blocked=plan.refused or _NOT_BY_REPLAY.get(code, ""),
            )
        )
    return found


def _causes(kind: Held, refs: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """(failure class, code) of the case that holds each of them now."""
    rows = Member.objects.filter(kind=kind.value, ref__in=list(refs), state=MemberState.HELD)
    return {ref: (kind, code) for ref, kind, code in rows.values_list("ref", "case__failure_class", "case__code")}


def _effects(runs: Iterable[UUID]) -> dict[UUID, list[tuple[int, Effect]]]:
    """(step index, effect) of every posting key that the runs have used, each once, by run."""
    steps = Step.objects.filter(run__in=list(runs)).exclude(posting_key="").order_by("index", "generation")
    rows = Delivery.objects.only("id", "system", "operation")
    deliveries = rows.in_bulk([step.delivery_id for step in steps if step.delivery_id])
    sent = [(step, deliveries[step.delivery_id]) for step in steps if step.delivery_id in deliveries]
    keys = _posting_keys({(delivery.system, step.posting_key) for step, delivery in sent})
    found: dict[UUID, dict[str, tuple[int, Effect]]] = defaultdict(dict)
    for step, delivery in sent:
        key = keys.get((delivery.system, step.posting_key))
        effect = Effect(
            step=step.name,
            system=delivery.system,
            operation=delivery.operation,
            state=_BY_POSTING_STATE[key.state] if key else EffectState.OPEN,
            reference=key.reference if key else "",
        )
        found[step.run_id][step.posting_key] = (step.index, effect)
    return defaultdict(list, {run_id: list(effects.values()) for run_id, effects in found.items()})


def _posting_keys(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], PostingKey]:
    return {
        (row.system, row.key): row
        for system in {system for system, _ in pairs}
        for row in PostingKey.objects.filter(system=system, key__in=[key for at, key in pairs if at == system])
    }


def message_items(message_ids: Sequence[UUID], *, theirs: bool) -> list[Item]:
    """The messages as items, in the order asked for; ids that are none are left out."""
    rows = Message.objects.filter(id__in=message_ids).defer("body", "headers")
    messages = {row.id: row for row in rows}
    stored = set(Message.objects.filter(id__in=message_ids, body__isnull=False).values_list("id", flat=True))
    unproved, causes = _unproved(message_ids), _causes(Held.MESSAGE, message_ids)
    amounts = dict(
        Member.objects.filter(kind=Held.MESSAGE.value, ref__in=message_ids, state=MemberState.HELD).values_list(
            "ref", "amount"
        )
    )
    return [
        Item(
            kind=Held.MESSAGE,
            ref=message.id,
            label=message.feed_code,
            facility=message.facility,
            amount=amounts.get(message_id, ZERO),
            failure_class=causes.get(message_id, ("", ""))[0],
            blocked=_why_not(message, stored=message.id in stored, unproved=message.id in unproved, theirs=theirs),
        )
        for message_id in dict.fromkeys(message_ids)
        if (message := messages.get(message_id))
    ]


def _unproved(message_ids: Sequence[UUID]) -> set[UUID]:
    """Messages whose sender could not be proved."""
    security = Member.objects.filter(
        kind=Held.MESSAGE.value, ref__in=message_ids, case__failure_class=FailureClass.SECURITY.value
    )
    return set(security.values_list("ref", flat=True))


def _why_not(message: Message, *, stored: bool, unproved: bool, theirs: bool) -> str:
    if unproved:
        return "Its sender could not be proved; ask for it to be sent again."
    if message.state == MessageState.DUPLICATE:
        return "It repeats an earlier message; replay that one."
    if message.state == MessageState.RECEIVED:
        return "It is about to be processed."
    if not stored and not message.chunks:
        return "Its payload has been purged."
    if theirs:
        return "Which mappings a message was read with is not kept; it can be replayed with today's."
    return ""
