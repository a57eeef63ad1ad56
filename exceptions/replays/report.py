"""The report of a replay: made when nothing of it is under way any more, sealed by an entry of the audit chain.

The entry holds the counts, the dollars and a digest of every item with its outcome. Whoever changes an item, or the
report, or the entry, breaks one of the two seals.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from exceptions.replays.models import Replay
from exceptions.replays.states import ItemState, ReplayState
from exceptions.triage import HUB
from hub.core.clock import now
from hub.core.money import ZERO
from hub.governance import audit
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry

#: The outcomes by which items are counted, with their dollars.
_OUTCOMES = (ItemState.DONE, ItemState.FAILED, ItemState.LEFT_OUT)
_ITEMS_READ = 2000


def close(replay: Replay) -> None:
    """End a replay of which nothing waits or is under way. The caller holds its row, and saves it."""
    stopped = replay.state == ReplayState.STOPPING
    replay.state = ReplayState.STOPPED if stopped else ReplayState.DONE
    replay.finished_at, replay.version = now(), replay.version + 1
    replay.report = made(replay)
    replay.counts = {state: count for state in _OUTCOMES if (count := replay.report["items"][state])}
    entry = audit.record(
        actor=Actor(HUB, None, Door.COMMAND),
        action="replay.report",
        object_kind="replay",
        object_id=str(replay.id),
        facility=replay.facilities[0] if len(replay.facilities) == 1 else "",
        reason=replay.reason,
        after=replay.report,
    )
    replay.sealed_as = entry.sequence


def made(replay: Replay) -> dict[str, Any]:
    """What the report says: everything in it is read from the items themselves."""
    rows = replay.items.values("state").annotate(items=Count("pk"), dollars=Sum("amount"))
    sums = {row["state"]: row for row in rows}
    return {
        "number": replay.number,
        "state": str(replay.state),
        "requested_by": replay.requester,
        "approved_by": replay.decided_by,
        "from_step": replay.from_step,
        "versions": str(replay.versions),
        "items": {state.value: sums[state]["items"] if state in sums else 0 for state in _OUTCOMES},
        "dollars": {state.value: str(sums[state]["dollars"] if state in sums else ZERO) for state in _OUTCOMES},
        "digest": digest(replay),
    }


def digest(replay: Replay) -> str:
    """SHA-256 over one line an item, in their order: kind, key, outcome, dollars and why."""
    seal = hashlib.sha256()
    rows = replay.items.order_by("id").values_list("kind", "ref", "state", "amount", "detail")
    for kind, ref, state, amount, detail in rows.iterator(chunk_size=_ITEMS_READ):
        seal.update(f"{kind} {ref} {state} {amount} {detail}\n".encode())
    return seal.hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a report stands as it was sealed; `problems` says what does not, in sentences."""

    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.problems


def verify(replay: Replay) -> Verdict:
    """Compare the items, the report and the audit entry with one another, and the entry with its own seal."""
    entry = AuditEntry.objects.filter(sequence=replay.sealed_as or 0).first()
    if entry is None:
        return Verdict(("The audit holds no entry of this report.",))
    problems = []
    if not audit.is_sound(entry):
        problems.append(f"Audit entry {entry.sequence} is not as it was sealed.")
    if entry.object_id != str(replay.id) or entry.after != replay.report:
        problems.append(f"The report is not the one that audit entry {entry.sequence} holds.")
    if made(replay) != entry.after:
        problems.append("The items are not those that the report was made of.")
    return Verdict(tuple(problems))
