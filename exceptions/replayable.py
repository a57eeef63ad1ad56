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
from hub.core.errors import FailureClass
from hub.core.money import ZERO
from hub.core.parking import Held
from orchestration.models import Run, Step
from orchestration.states import RUN_FINAL, RunState
from orchestration.workflow import Workflow
from orchestration.workflows import WORKFLOWS


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
    posting_key: str
    state: EffectState
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A run or message to be replayed. `blocked` says why it cannot be, empty where it can.

    `steps` are carried out again; those that never ran may have effects that nobody can name yet.
    """

    kind: Held
    ref: UUID
    label: str
    facility: str
    amount: Decimal = ZERO
    from_step: str = ""
    steps: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    blocked: str = ""


def run_items(run_ids: Sequence[UUID], from_step: str) -> list[Item]:
    """The runs as items, in the order asked for; ids that are none are left out."""
    runs = Run.objects.in_bulk(list(run_ids))
    effects = _effects(runs)
    return [_run_item(runs[run_id], from_step, effects[run_id]) for run_id in dict.fromkeys(run_ids) if run_id in runs]


def _run_item(run: Run, from_step: str, effects: Iterable[tuple[int, Effect]]) -> Item:
    workflow = carried(run)
    if workflow is None:
        gone = f"Version {run.version} of {run.workflow} is no longer carried."
        return Item(kind=Held.RUN, ref=run.id, label=run.workflow, facility=run.facility, blocked=gone)
    start = workflow.positions.get(from_step) if from_step else 0
    return Item(
        kind=Held.RUN,
        ref=run.id,
        label=workflow.title,
        facility=run.facility,
        amount=run.amount or ZERO,
        from_step=from_step or workflow.steps[0].name,
        steps=tuple(step.name for step in workflow.steps[start or 0 :]),
        effects=tuple(effect for index, effect in effects if index >= (start or 0)),
        blocked=_why_not(run, workflow, from_step if start is None else ""),
    )


def carried(run: Run) -> Workflow | None:
    """The workflow version that the run began with, if it is still here."""
    try:
        return WORKFLOWS.get(run.workflow, run.version)
    except KeyError:
        return None


def _why_not(run: Run, workflow: Workflow, unknown_step: str) -> str:
    if unknown_step:
        return f"{workflow.title} has no step {unknown_step}."
    if run.state not in {*RUN_FINAL, RunState.PARKED}:
        return "It is under way; wait until it has come to rest."
    return ""


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
            posting_key=step.posting_key,
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


def message_items(message_ids: Sequence[UUID]) -> list[Item]:
    """The messages as items, in the order asked for; ids that are none are left out."""
    rows = Message.objects.filter(id__in=message_ids).defer("body", "headers")
    messages = {row.id: row for row in rows}
    stored = set(Message.objects.filter(id__in=message_ids, body__isnull=False).values_list("id", flat=True))
    unproved = _unproved(message_ids)
    return [
        Item(
            kind=Held.MESSAGE,
            ref=message.id,
            label=message.feed_code,
            facility=message.facility,
            blocked=_why_not_message(message, message.id in stored, message.id in unproved),
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


def _why_not_message(message: Message, stored: bool, unproved: bool) -> str:
    if unproved:
        return "Its sender could not be proved; ask for it to be sent again."
    if message.state == MessageState.DUPLICATE:
        return "It repeats an earlier message; replay that one."
    if message.state == MessageState.RECEIVED:
        return "It is about to be processed."
    if not stored and not message.chunks:
        return "Its payload has been purged."
    return ""
