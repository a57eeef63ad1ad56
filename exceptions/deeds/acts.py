"""How each act is done to one case, through that act's own service, and how it is put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from exceptions import releases, services, teamwork
from exceptions.acts import audited, note, require_transition, require_unchanged
from exceptions.deeds.states import DeedAct
from exceptions.errors import Changed
from exceptions.locks import case_for_change, case_for_ending
from exceptions.models import Case, Watch
from exceptions.services import HeldChoice
from exceptions.states import CASE_OPEN, CaseState, NoteKind, Resolution, RootCause
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

Do = Callable[[UUID, Actor, int | None, dict[str, Any]], Any]

_OWNING = ("owner_id", "awaits_owner", "state")
_ASIDE = ("snoozed_until",)
_ENDING = ("state", "resolution", "root_cause", "resolved_at")
_MOMENTS = {"snoozed_until", "resolved_at"}


@dataclass(frozen=True, slots=True)
class Act:
    """`needs` is what the act asks for at the case's facility; `done` completes "3 cases …".

    `puts_back` are the fields that an undoing restores; an act without any cannot be undone.
    """

    do: Do
    done: str
    needs: Permission = Permission.WORK_CASES
    puts_back: tuple[str, ...] = ()
    told_as: NoteKind = NoteKind.STATE


@dataclass(frozen=True, slots=True)
class Trace:
    """What an act left: the values before it and, where it may be undone, the version after it."""

    before: dict[str, Any]
    version_after: int | None


@transaction.atomic
def carry_out(act: DeedAct, case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> Trace:
    """Do `act` to one case. Raises what its service raises."""
    case = case_for_ending(case_id) if act == DeedAct.RESOLVE else case_for_change(case_id)
    before = _snapshot(act, case, actor)
    holding = act == DeedAct.RESOLVE and releases.held_members(case).exists()
    ACTS[act].do(case_id, actor, version, data)
    may_undo = bool(before) and not holding
    return Trace(before, Case.objects.values_list("version", flat=True).get(pk=case_id) if may_undo else None)


@transaction.atomic
def put_back(act: DeedAct, case_id: UUID, actor: Actor, version_after: int | None, before: dict[str, Any]) -> None:
    """Reverse `act`. Raises Changed where anything happened to the case since."""
    if act in {DeedAct.WATCH, DeedAct.UNWATCH}:
        teamwork.watch(case_id=case_id, actor=actor, watching=before["watching"])
        return
    how = ACTS[act]
    case = case_for_change(case_id)
    access.require(actor, how.needs, case.facility)
    require_unchanged(case, version_after)
    if before.get("state", case.state) != case.state and case.state == CaseState.RESOLVED:
        require_transition(case, CaseState(before["state"]))
    was = _values(case, how.puts_back)
    for name, value in before.items():
        setattr(case, name, datetime.fromisoformat(value) if value and name in _MOMENTS else value)
    case.version += 1
    try:
        with transaction.atomic():
            case.save(update_fields=[*(name.removesuffix("_id") for name in before), "version"])
    except IntegrityError as error:
        newer = Case.objects.filter(fingerprint=case.fingerprint, state__in=CASE_OPEN).get()
        raise Changed("cause-came-back", f"Its cause came back: case {newer.number} is open for it.") from error
    note(case, actor, how.told_as, f"Undone: {act.label.lower()}.")
    audited(case, actor, "case.undo", before=was, after={"undone": act.value, **before})


def _snapshot(act: DeedAct, case: Case, actor: Actor) -> dict[str, Any]:
    if act in {DeedAct.WATCH, DeedAct.UNWATCH}:
        return {"watching": Watch.objects.filter(case=case, user=actor.user).exists()}
    return _values(case, ACTS[act].puts_back)


def _values(case: Case, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(case, name) for name in names}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


# --- the acts ---


def _take(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    services.take(case_id=case_id, actor=actor, version=version)


def _assign(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    owner = User.objects.get(pk=data["owner"]) if data["owner"] else None
    services.assign(case_id=case_id, actor=actor, owner=owner, reason=data["reason"], version=version)


def _snooze(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    until = datetime.fromisoformat(data["until"])
    teamwork.snooze(case_id=case_id, actor=actor, until=until, reason=data["reason"], version=version)


def _wake(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    teamwork.wake(case_id=case_id, actor=actor, version=version)


def _watch(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    teamwork.watch(case_id=case_id, actor=actor, watching=True)


def _unwatch(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    teamwork.watch(case_id=case_id, actor=actor, watching=False)


def _resolve(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    services.resolve(
        case_id=case_id,
        actor=actor,
        version=version,
        resolution=Resolution(data["resolution"]),
        root_cause=RootCause(data["root_cause"]) if data.get("root_cause") else None,
        held=HeldChoice(data["held"]) if data.get("held") else None,
        reason=data["reason"],
    )


def _retry(case_id: UUID, actor: Actor, version: int | None, data: dict[str, Any]) -> None:
    services.release(case_id=case_id, actor=actor, reason=data["reason"], rate=data["rate"], version=version)


ACTS: Mapping[DeedAct, Act] = {
    DeedAct.TAKE: Act(_take, "taken", puts_back=_OWNING, told_as=NoteKind.OWNER),
    DeedAct.ASSIGN: Act(_assign, "assigned", needs=Permission.ASSIGN_CASES, puts_back=_OWNING, told_as=NoteKind.OWNER),
    DeedAct.SNOOZE: Act(_snooze, "put aside", puts_back=_ASIDE, told_as=NoteKind.SNOOZED),
    DeedAct.WAKE: Act(_wake, "put back into the queue", puts_back=_ASIDE, told_as=NoteKind.SNOOZED),
    DeedAct.WATCH: Act(_watch, "watched", needs=Permission.VIEW_CASES),
    DeedAct.UNWATCH: Act(_unwatch, "watched no more", needs=Permission.VIEW_CASES),
    DeedAct.RESOLVE: Act(_resolve, "resolved", puts_back=_ENDING),
    DeedAct.RETRY: Act(_retry, "on the way again"),
}
