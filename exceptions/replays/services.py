"""What people do about replays: ask for one, decide about it, run, pause, stop it. Workers do the rest (`work`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from connectors.models import Message
from exceptions.acts import require_reason
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case
from exceptions.queue import replays_wait
from exceptions.replays import notices, preview, selection
from exceptions.replays.models import Replay
from exceptions.replays.states import REPLAY_TRANSITIONS, ItemState, ReplayState, Source, Versions
from hub.core.clock import now
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission
from orchestration.models import Run

#: So many can be named one by one; more are chosen by what they have in common.
MOST_IDS = 1_000
#: So few are looked at while the person waits.
_AT_ONCE = 50
_REASON_LENGTH = 500
_OF = {Source.RUNS: Run, Source.MESSAGES: Message, Source.CASES: Case}


@transaction.atomic
def request(
    *,
    actor: Actor,
    source: Source,
    reason: str,
    ids: Sequence[UUID] = (),
    filters: Mapping[str, str] | None = None,
    from_step: str = "",
    versions: Versions = Versions.TODAY,
    rate: int = 0,
) -> Replay:
    """Ask for a replay of `ids`, or of all that the `filters` of that list let by. Nothing of it happens yet.

    A few named ones are previewed at once, all others by a worker. Raises PermissionDenied where one of the named
    lies outside the actor's scope; what filters find there is left out.
    """
    access.require(actor, Permission.REPLAY)
    require_reason(reason)
    if len(ids) > MOST_IDS:
        raise NotAllowedNow("too-many-named", f"At most {MOST_IDS:,} can be named; choose the others by a filter.")
    if not ids and filters is None:
        raise NotAllowedNow("nothing-chosen", "Choose what is to be replayed.")
    if from_step and source is not Source.RUNS:
        raise NotAllowedNow("no-steps", "Only runs have steps; messages and cases are replayed from the start.")
    _require_scope(actor, source, ids)
    replay = Replay.objects.create(
        source=source,
        selection=selection.by_ids(ids) if filters is None else selection.by_filters(filters),
        from_step=from_step,
        versions=versions,
        reason=reason.strip()[:_REASON_LENGTH],
        requested_by=actor.user,
        requester=actor.username,
        rate=rate,
    )
    replay.refresh_from_db(fields=["number"])
    if filters is None and len(ids) <= _AT_ONCE:
        _preview_now(replay)
    replays_wait()
    chosen = {"ids": [str(one) for one in ids[:_AT_ONCE]], "count": len(ids)} if filters is None else dict(filters)
    _audited(replay, actor, "replay.request", reason=replay.reason, after={**_asked_for(replay), "chosen": chosen})
    return replay


def _preview_now(replay: Replay) -> None:
    """Take up one part; where that was all, and it is little, compare it too."""
    preview.go_on(replay)
    while replay.state == ReplayState.GATHERING and replay.gathered and replay.total <= _AT_ONCE:
        preview.go_on(replay)


def _require_scope(actor: Actor, source: Source, ids: Sequence[UUID]) -> None:
    places = _OF[source]._default_manager.filter(pk__in=list(ids)).values_list("facility", flat=True)
    for facility in set(places):
        # A case of the whole group holds work of many facilities: each item of it is looked at by itself.
        access.require(actor, Permission.REPLAY, facility or (None if source is Source.CASES else ""))


@transaction.atomic
def ask_for_approval(*, replay_id: UUID, actor: Actor, version: int | None = None) -> Replay:
    """Hand a previewed replay to a second person; those who may decide about it are told."""
    replay = _for_change(replay_id, actor, version)
    if not replay.asks:
        raise NotAllowedNow("no-approval-needed", "No rule asks for a second person; it can be run.")
    _move(replay, ReplayState.AWAITING)
    replay.save(update_fields=["state", "version"])
    notices.tell_approvers(replay, actor)
    _audited(replay, actor, "replay.ask", after={"asks": replay.asks})
    return replay


@transaction.atomic
def approve(*, replay_id: UUID, actor: Actor, reason: str = "", version: int | None = None) -> Replay:
    """A second person agrees. Raises NotAllowedNow for whoever asked for it."""
    return _decide(replay_id, actor, ReplayState.APPROVED, reason, version)


@transaction.atomic
def refuse(*, replay_id: UUID, actor: Actor, reason: str, version: int | None = None) -> Replay:
    require_reason(reason)
    return _decide(replay_id, actor, ReplayState.REFUSED, reason, version)


def _decide(replay_id: UUID, actor: Actor, state: ReplayState, reason: str, version: int | None) -> Replay:
    replay = _for_change(replay_id, actor, version, needs=Permission.APPROVE_REPLAY)
    if replay.requester == actor.username:
        raise NotAllowedNow("own-replay", "You asked for this replay; somebody else decides about it.")
    _move(replay, state)
    replay.decided_by, replay.decided_at, replay.decision_reason = actor.username, now(), reason.strip()[:500]
    replay.save(update_fields=["state", "version", "decided_by", "decided_at", "decision_reason"])
    notices.tell_requester(replay, actor)
    action = "replay.approve" if state == ReplayState.APPROVED else "replay.refuse"
    _audited(replay, actor, action, reason=reason, after=_facts(replay))
    return replay


@transaction.atomic
def run(*, replay_id: UUID, actor: Actor, rate: int | None = None, version: int | None = None) -> Replay:
    """Begin. A replay that a rule asks a second person about needs that approval first."""
    replay = _for_change(replay_id, actor, version)
    if replay.state == ReplayState.PREVIEWED and replay.asks:
        raise NotAllowedNow("approval-missing", "A second person has to approve it first. " + " ".join(replay.asks))
    if not replay.count(ItemState.WAITING):
        raise NotAllowedNow("nothing-to-replay", "Nothing of it can be replayed; the preview says why.")
    _require_not_resuming(replay)
    _move(replay, ReplayState.RUNNING)
    replay.started_at, replay.rate = now(), replay.rate if rate is None else rate
    replay.due_at = None
    replay.save(update_fields=["state", "version", "started_at", "rate", "due_at"])
    replays_wait()
    _audited(replay, actor, "replay.run", reason=replay.reason, after={**_facts(replay), "rate": replay.rate})
    return replay


@transaction.atomic
def pause(*, replay_id: UUID, actor: Actor, version: int | None = None) -> Replay:
    """Begin nothing more for now; what is under way goes on."""
    return _steer(replay_id, actor, version, ReplayState.PAUSED, "replay.pause")


@transaction.atomic
def resume(*, replay_id: UUID, actor: Actor, version: int | None = None) -> Replay:
    replay = _for_change(replay_id, actor, version)
    if replay.state != ReplayState.PAUSED:
        raise _moved_on(replay)
    _move(replay, ReplayState.RUNNING)
    replay.due_at = None
    replay.save(update_fields=["state", "version", "due_at"])
    replays_wait()
    _audited(replay, actor, "replay.resume", after=dict(replay.counts))
    return replay


@transaction.atomic
def stop(*, replay_id: UUID, actor: Actor, reason: str, version: int | None = None) -> Replay:
    """Begin nothing more at all; the report follows once nothing is under way."""
    require_reason(reason)
    return _steer(replay_id, actor, version, ReplayState.STOPPING, "replay.stop", reason)


@transaction.atomic
def withdraw(*, replay_id: UUID, actor: Actor, reason: str = "", version: int | None = None) -> Replay:
    """Call off what has not begun."""
    return _steer(replay_id, actor, version, ReplayState.WITHDRAWN, "replay.withdraw", reason)


@transaction.atomic
def set_rate(*, replay_id: UUID, actor: Actor, rate: int, version: int | None = None) -> Replay:
    """So many items a second from now on; 0 sets no limit."""
    replay = _for_change(replay_id, actor, version)
    if replay.finished_at is not None or not REPLAY_TRANSITIONS.get(replay.state):
        raise _moved_on(replay)
    before, replay.rate, replay.due_at, replay.version = replay.rate, rate, None, replay.version + 1
    replay.save(update_fields=["rate", "due_at", "version"])
    replays_wait()
    _audited(replay, actor, "replay.rate", before={"rate": before}, after={"rate": rate})
    return replay


# --- what they share ----------------------------------------------------------------------------------------
def _steer(
    replay_id: UUID, actor: Actor, version: int | None, state: ReplayState, action: str, reason: str = ""
) -> Replay:
    replay = _for_change(replay_id, actor, version)
    before = replay.state
    _move(replay, state)
    replay.save(update_fields=["state", "version"])
    replays_wait()
    _audited(replay, actor, action, reason=reason, before={"state": before}, after=dict(replay.counts))
    return replay


def _for_change(replay_id: UUID, actor: Actor, version: int | None, *, needs: Permission = Permission.REPLAY) -> Replay:
    """The replay, held against workers and other people. Raises Changed where somebody changed it meanwhile.

    A worker's part keeps us waiting for well under a second.
    """
    replay = Replay.objects.select_for_update(no_key=True).get(pk=replay_id)
    for facility in replay.facilities:
        access.require(actor, needs, facility)
    access.require(actor, needs)
    if version is not None and replay.version != version:
        raise _moved_on(replay)
    return replay


def _move(replay: Replay, state: ReplayState) -> None:
    if state not in REPLAY_TRANSITIONS.get(replay.state, frozenset()):
        raise _moved_on(replay)
    replay.state, replay.version = state, replay.version + 1


def _moved_on(replay: Replay) -> Changed:
    said = f" {replay.decided_by} decided about it." if replay.decided_by else ""
    label = replay.get_state_display().lower()
    return Changed("replay-changed", f"The replay changed meanwhile; nothing was done. It is {label} now.{said}")


def _require_not_resuming(replay: Replay) -> None:
    if replay.state == ReplayState.PAUSED:
        raise _moved_on(replay)


def _asked_for(replay: Replay) -> dict[str, Any]:
    return {
        "number": replay.number,
        "source": replay.source,
        "from_step": replay.from_step,
        "versions": replay.versions,
        "rate": replay.rate,
    }


def _facts(replay: Replay) -> dict[str, Any]:
    """What whoever decided or began it had before their eyes."""
    return {"counts": dict(replay.counts), "dollars": replay.amount, "effects": dict(replay.effects)}


def _audited(replay: Replay, actor: Actor, action: str, **values: Any) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_kind="replay",
        object_id=str(replay.id),
        facility=replay.facilities[0] if len(replay.facilities) == 1 else "",
        **values,
    )
