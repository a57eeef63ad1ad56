"""What every act on a case shares: what it asks before it begins, the line it writes, its audit."""

from __future__ import annotations

from typing import Any

from exceptions import notices
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case, Note
from exceptions.states import TRANSITIONS, CaseState, NoteKind
from hub.governance import audit
from hub.governance.access import Actor

#: The longest text of a note.
NOTE_LENGTH = 2000


def require_unchanged(case: Case, version: int | None) -> None:
    if version is not None and case.version != version:
        raise Changed("case-changed", f"The case changed meanwhile; nothing was done. {latest(case)}")


def latest(case: Case) -> str:
    """Who did what last, in words."""
    line = Note.objects.filter(case=case).exclude(kind=NoteKind.COMMENT).order_by("-id").first()
    return f"{line.author}: {line.text}" if line else ""


def require_transition(case: Case, state: CaseState) -> None:
    if state not in TRANSITIONS[case.state]:
        raise Changed(
            "case-state", f"The case is {case.get_state_display().lower()}; this cannot be done. {latest(case)}"
        )


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise NotAllowedNow("reason-missing", "Say why, for those who read this later.")


def require_open(case: Case) -> None:
    if case.state == CaseState.RESOLVED:
        raise Changed("case-resolved", f"The case is resolved. {latest(case)}")


#: What those who watch a case are told of a line of its story; never what somebody wrote.
_TOLD = {
    NoteKind.COMMENT: "commented",
    NoteKind.STATE: "changed where it stands",
    NoteKind.OWNER: "changed whose it is",
    NoteKind.SNOOZED: "put it aside, or back",
    NoteKind.GROUPED: "merged or split it",
    NoteKind.LINKED: "changed its links",
    NoteKind.ESCALATED: "escalated it",
    NoteKind.ROUTED: "moved it to another team",
    NoteKind.ATTACHED: "changed its files",
    NoteKind.HELD: "changed what it holds",
    NoteKind.RELEASED: "set going what it holds",
}


def note(case: Case, actor: Actor, kind: NoteKind, text: str) -> None:
    """A line of its story; those who watch it hear that there is one."""
    Note.objects.create(case=case, author=actor.username, kind=kind, text=text[:NOTE_LENGTH])
    notices.tell_watchers(case, actor, f"{actor.name} {_TOLD[kind]}.")


def audited(case: Case, actor: Actor, action: str, **values: Any) -> None:
    """Last in each act: from here to the commit every other act waits."""
    audit.record(
        actor=actor, action=action, object_kind="case", object_id=str(case.id), facility=case.facility, **values
    )
