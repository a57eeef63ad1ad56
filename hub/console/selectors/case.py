"""What the case page shows beside the case itself."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.models import Message
from exceptions import selectors
from exceptions.models import Case, Member, Note
from exceptions.selectors import Progress
from exceptions.states import CASE_OPEN, CaseState, MemberState, NoteKind
from hub.console.selectors.fix import solution
from hub.console.selectors.runs import step_title
from hub.core.parking import Held
from hub.governance.access import Who
from orchestration.models import Run

#: Of what a case holds, the page itself shows this many; the rest has a page of its own.
HELD_SHOWN = 8
_AT_STAKE = (MemberState.HELD, MemberState.RELEASED)


def held_first(who: Who, case: Case) -> list[Member]:
    """The oldest of what the case holds; of a case that is over, what it held."""
    states = _AT_STAKE if case.state in CASE_OPEN else ()
    return with_journeys(list(selectors.members(who, case, *states)[:HELD_SHOWN]))


def with_journeys(members: list[Member]) -> list[Member]:
    """`members`, each message with the journey that it turned out to belong to, each run with its step by its title."""
    held = {member.ref for member in members if member.kind == Held.MESSAGE and member.journey_id is None}
    known = dict(Message.objects.filter(pk__in=held).values_list("pk", "journey_id")) if held else {}
    for member in members:
        member.journey_id = member.journey_id or known.get(member.ref)
    runs = [member for member in members if member.kind == Held.RUN]
    rows = Run.objects.only("workflow", "version").in_bulk([member.ref for member in runs]) if runs else {}
    for member in runs:
        member.step = step_title(rows[member.ref], member.step) if member.ref in rows else member.step
    return members


@dataclass(frozen=True, slots=True)
class Release:
    """How a release stands. `moving` until there is nothing more to watch."""

    progress: Progress
    #: Members done or given up.
    gone_through: int
    moving: bool
    begun: bool
    came_back: bool


def release_of(case: Case) -> Release | None:
    """None where nothing is, or is about to be, released. Members are counted only where something ever was."""
    if case.state not in CASE_OPEN:
        return None
    releasing = case.state == CaseState.RELEASING
    mapped = not releasing and solution(case) is not None
    if not (releasing or mapped or Note.objects.filter(case=case, kind=NoteKind.RELEASED).exists()):
        return None
    progress = selectors.progress(case)
    came_back = not releasing and progress.came_back > 0
    # Mapped a moment ago, and the worker that releases has not come by yet.
    about_to = mapped and not came_back
    if not (releasing or about_to or came_back):
        return None
    return Release(
        progress,
        gone_through=progress.done + progress.dismissed,
        moving=releasing or about_to,
        begun=releasing,
        came_back=came_back,
    )
