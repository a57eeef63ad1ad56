"""Doing work again on purpose: first shown, then done, one or many.

A replay is safe by construction: outside effects keep their posting keys, and events that were recorded have no
second effect. The preview says which effects are done already, which are still open, what cannot be replayed and
why, and how many dollars it concerns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from exceptions.errors import ConfirmationNeeded, NotAllowedNow
from exceptions.locks import free_members
from exceptions.models import Member, Note, Recount
from exceptions.queue import cases_move
from exceptions.replayable import Effect, EffectState, Item, message_items, run_items
from exceptions.states import CASE_OPEN, MemberState, NoteKind
from hub.core.clock import now
from hub.core.errors import Failure
from hub.core.ids import uuid7
from hub.core.money import ZERO
from hub.core.parking import Held
from hub.governance import access, audit
from hub.governance.access import Actor, Who
from hub.governance.roles import Permission
from orchestration.services import replay_messages, replay_run, retry_messages

__all__ = ["Effect", "EffectState", "Item", "Outcome", "Preview", "Report", "preview", "preview_case", "replay"]

#: More than this at once asks for a confirmation, by someone who saw the preview.
CONFIRM_ABOVE = 500
#: More than this does not fit one transaction.
MOST = 5_000
#: The audit names this many of the items; the count says the rest.
_NAMED_IN_AUDIT = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would do. Nothing has happened yet."""

    items: tuple[Item, ...]

    @property
    def replayable(self) -> list[Item]:
        return [item for item in self.items if not item.blocked]

    @property
    def blocked(self) -> list[Item]:
        return [item for item in self.items if item.blocked]

    @property
    def amount(self) -> Decimal:
        """Dollars that hang on what would be replayed."""
        return sum((item.amount for item in self.replayable), ZERO)

    def effects(self, state: EffectState) -> int:
        return sum(effect.state is state for item in self.replayable for effect in item.effects)

    @property
    def needs_confirmation(self) -> bool:
        return len(self.replayable) > CONFIRM_ABOVE


def preview(
    *, who: Who, run_ids: Sequence[UUID] = (), message_ids: Sequence[UUID] = (), from_step: str = ""
) -> Preview:
    """What replaying these from `from_step` (empty: from the start) would do.

    Raises PermissionDenied where any of them lies outside the reader's scope.
    """
    items = (*run_items(run_ids, from_step), *message_items(message_ids))
    for facility in {item.facility for item in items}:
        access.require(who, Permission.REPLAY, facility)
    return Preview(items)


def preview_case(*, who: Who, case_id: UUID, from_step: str = "") -> Preview:
    """The same for all that a case holds."""
    runs, messages = held_by(case_id)
    return preview(who=who, run_ids=runs, message_ids=messages, from_step=from_step)


def held_by(case_id: UUID) -> tuple[list[UUID], list[UUID]]:
    """(runs, messages) that a case holds now."""
    rows = Member.objects.filter(case_id=case_id, state=MemberState.HELD).order_by("id").values_list("kind", "ref")
    held = list(rows)
    return [ref for kind, ref in held if kind == Held.RUN], [ref for kind, ref in held if kind == Held.MESSAGE]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item; `detail` says why it was left out."""

    kind: Held
    ref: UUID
    replayed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    id: UUID
    outcomes: tuple[Outcome, ...]

    @property
    def replayed(self) -> int:
        return sum(outcome.replayed for outcome in self.outcomes)


@transaction.atomic
def replay(
    *,
    actor: Actor,
    reason: str,
    run_ids: Sequence[UUID] = (),
    message_ids: Sequence[UUID] = (),
    from_step: str = "",
    confirmed: bool = False,
) -> Report:
    """Do it. What cannot be replayed is left out and named in the report; the rest is on its way.

    Raises ConfirmationNeeded for many items without `confirmed`, NotAllowedNow for more than fit one replay.
    """
    if not reason.strip():
        raise NotAllowedNow("reason-missing", "Say why, for those who read this later.")
    if len(run_ids) + len(message_ids) > MOST:
        raise NotAllowedNow("replay-too-large", f"One replay takes at most {MOST:,} items.")
    plan = preview(who=actor, run_ids=run_ids, message_ids=message_ids, from_step=from_step)
    if plan.needs_confirmation and not confirmed:
        count = len(plan.replayable)
        raise ConfirmationNeeded(
            "replay-unconfirmed", f"This replays {count:,} items; confirm it.", subject={"items": str(count)}
        )
    outcomes = [
        *(Outcome(item.kind, item.ref, replayed=False, detail=item.blocked) for item in plan.blocked),
        *(_replay_run(item) for item in plan.replayable if item.kind is Held.RUN),
        *_replay_messages([item for item in plan.replayable if item.kind is Held.MESSAGE]),
    ]
    report = Report(uuid7(), tuple(outcomes))
    _tell_cases(report, actor, from_step)
    _audit(report, plan, actor, reason, from_step)
    return report


def _replay_run(item: Item) -> Outcome:
    try:
        replay_run(item.ref, item.from_step)
    except Failure as failure:
        return Outcome(item.kind, item.ref, replayed=False, detail=failure.message)
    return Outcome(item.kind, item.ref, replayed=True)


def _replay_messages(items: Sequence[Item]) -> list[Outcome]:
    refs = [item.ref for item in items]
    # Each takes those in its own states; together they take all that the preview found replayable.
    retry_messages(refs)
    replay_messages(refs)
    return [Outcome(item.kind, item.ref, replayed=True) for item in items]


def _tell_cases(report: Report, actor: Actor, from_step: str) -> None:
    """Cases that held what is replayed let go of it and follow it from here on."""
    refs = [outcome.ref for outcome in report.outcomes if outcome.replayed]
    held = Member.objects.filter(ref__in=refs, state=MemberState.HELD, case__state__in=CASE_OPEN)
    counts = Counter(held.values_list("case_id", flat=True))
    place = f" from step {from_step}" if from_step else ""
    # A note shares the case's row, which is what touching its members asks for.
    Note.objects.bulk_create(
        Note(case_id=case_id, author=actor.username, kind=NoteKind.RELEASED, text=f"Replayed {count} held{place}.")
        for case_id, count in sorted(counts.items())
    )
    members = free_members(Member.objects.filter(ref__in=refs, state=MemberState.HELD, case_id__in=counts))
    Member.objects.filter(id__in=[member.id for member in members]).update(
        state=MemberState.RELEASED, released_at=now()
    )
    Recount.objects.bulk_create(Recount(case_id=case_id) for case_id in counts)
    cases_move()


def _audit(report: Report, plan: Preview, actor: Actor, reason: str, from_step: str) -> None:
    facilities = {item.facility for item in plan.items}
    audit.record(
        actor=actor,
        action="replay.run",
        object_kind="replay",
        object_id=str(report.id),
        facility=facilities.pop() if len(facilities) == 1 else "",
        reason=reason,
        after={
            "from_step": from_step,
            "replayed": report.replayed,
            "left_out": len(report.outcomes) - report.replayed,
            "dollars": plan.amount,
            "items": [f"{item.kind} {item.ref}" for item in report.outcomes[:_NAMED_IN_AUDIT]],
        },
    )
