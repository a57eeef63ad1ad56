"""Deeds carried out: at once where there are few cases, in the background where there are many; stopped; undone.

Each case is its own transaction, so that one refusal leaves the others alone and nobody waits for a long one. A case
is done and marked as done in that same transaction: a worker that dies does nothing twice. Workers that come upon the
same deed share it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from exceptions.deeds import acts
from exceptions.deeds.acts import ACTS
from exceptions.deeds.models import Deed, DeedItem
from exceptions.deeds.states import DeedAct, DeedState, ItemState
from exceptions.errors import NotAllowedNow
from exceptions.models import Case
from exceptions.queue import deeds_wait
from hub.core.clock import machine_now
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.access import Actor, Door
from hub.ui.bulk import refusal_text

#: So many are done while the person waits: a second or two. House default.
AT_ONCE = 100
#: More than this is another gesture. House default.
MOST = 10_000
#: What one task does before it lets others have the worker.
PART = 200
#: How long a deed may be undone, in machine time. House default.
UNDO_FOR = timedelta(minutes=10)
#: How long its items are kept; the story of each case and the audit say for good what was done.
_KEPT_FOR = timedelta(days=7)
_LOOK_EVERY = 20


def do(*, act: DeedAct, actor: Actor, cases: QuerySet[Case], data: dict[str, Any]) -> Deed:
    """Do `act` to all of `cases`, the oldest first, up to `MOST`; where there are many, after this returns.

    `data` is what the act asks for, as JSON has it. Raises PermissionDenied for whoever may do it nowhere.
    """
    access.require(actor, ACTS[act].needs)
    rows = cases.order_by("pk").values_list("pk", "version")[:MOST]
    deed = _begin(actor, act, data, [DeedItem(case_id=key, version=version) for key, version in rows])
    return _proceed(deed)


@transaction.atomic
def do_once(*, act: DeedAct, actor: Actor, case_id: UUID, version: int | None, data: dict[str, Any]) -> Deed:
    """Do `act` to one case, as its own service does, and keep what undoing it takes. Raises what the service raises."""
    trace = acts.carry_out(act, case_id, actor, version, data)
    deed = Deed.objects.create(
        user=_person(actor), act=act, data=data, total=1, state=DeedState.DONE, ended_at=machine_now()
    )
    DeedItem.objects.create(
        deed=deed, case_id=case_id, version=version, state=ItemState.DONE,
        before=trace.before, version_after=trace.version_after,
    )  # fmt: skip
    return deed


def undo(*, deed_id: UUID, actor: Actor) -> Deed:
    """Put back what a deed of the actor's own changed, case by case, wherever nothing happened since.

    Returns the undoing, a deed itself. Raises NotAllowedNow for one that cannot be undone any more, Deed.DoesNotExist
    for one that is somebody else's.
    """
    return _proceed(_begin_undoing(deed_id, actor))


@transaction.atomic
def _begin_undoing(deed_id: UUID, actor: Actor) -> Deed:
    deed = Deed.objects.select_for_update().get(pk=deed_id, user=actor.user)
    if deed.ended_at is None:
        raise NotAllowedNow("deed-under-way", "This is still being done; stop it first.")
    if deed.ended_at < machine_now() - UNDO_FOR:
        raise NotAllowedNow("undo-too-late", f"This was done more than {UNDO_FOR.seconds // 60} minutes ago.")
    if Deed.objects.filter(undoes=deed).exists():
        raise NotAllowedNow("undone-already", "This is undone already.")
    rows = undoable(deed).order_by("id").values_list("case_id", "version_after", "before")
    items = [DeedItem(case_id=case, version=version, before=before) for case, version, before in rows]
    if not items:
        raise NotAllowedNow("not-undoable", "This cannot be undone.")
    return _begin(actor, DeedAct.UNDO, {}, items, undoes=deed)


def undoable(deed: Deed) -> QuerySet[DeedItem]:
    return DeedItem.objects.filter(deed=deed, state=ItemState.DONE, version_after__isnull=False)


def stop(*, deed_id: UUID, actor: Actor) -> bool:
    """Leave alone what is not done yet; whether there was anything to stop."""
    rows = Deed.objects.filter(pk=deed_id, user=actor.user, state=DeedState.UNDER_WAY)
    return bool(rows.update(state=DeedState.STOPPED, ended_at=machine_now()))


def carry_on() -> None:
    """A part of every deed under way, in turns; called by a task and by the beat. Old deeds go."""
    for deed in Deed.objects.filter(state=DeedState.UNDER_WAY).order_by("id"):
        _carry_out(deed, PART)
    if Deed.objects.filter(state=DeedState.UNDER_WAY).exists():
        deeds_wait()
    Deed.objects.filter(ended_at__lt=machine_now() - _KEPT_FOR, undone_by=None).delete()


@transaction.atomic
def _begin(
    actor: Actor, act: DeedAct, data: dict[str, Any], items: list[DeedItem], *, undoes: Deed | None = None
) -> Deed:
    deed = Deed.objects.create(user=_person(actor), act=act, data=data, total=len(items), undoes=undoes)
    for item in items:
        item.deed = deed
    DeedItem.objects.bulk_create(items, batch_size=1000)
    if deed.total > AT_ONCE:
        deeds_wait()
    return deed


def _proceed(deed: Deed) -> Deed:
    if deed.total <= AT_ONCE:
        _carry_out(deed, AT_ONCE)
        deed.refresh_from_db()
    return deed


def _carry_out(deed: Deed, most: int) -> None:
    waiting = DeedItem.objects.filter(deed=deed, state=ItemState.WAITING)
    for number, key in enumerate(list(waiting.order_by("id").values_list("id", flat=True)[:most])):
        if number % _LOOK_EVERY == 0 and not Deed.objects.filter(pk=deed.pk, state=DeedState.UNDER_WAY).exists():
            return
        _carry_out_one(deed, key)
    if not waiting.exists():
        Deed.objects.filter(pk=deed.pk, state=DeedState.UNDER_WAY).update(state=DeedState.DONE, ended_at=machine_now())


def _carry_out_one(deed: Deed, key: int) -> None:
    try:
        _do_one(deed, key)
    except Failure as error:
        _leave(key, error.code, refusal_text(error))
    except ValidationError as error:
        _leave(key, "not-valid", refusal_text(error))
    except PermissionDenied as error:
        _leave(key, "not-permitted", str(error) or "This is not yours to do there.")


@transaction.atomic
def _do_one(deed: Deed, key: int) -> None:
    item = DeedItem.objects.select_for_update(skip_locked=True).filter(pk=key, state=ItemState.WAITING).first()
    if item is None:
        return
    actor = Actor.of(deed.user, Door.PAGE)
    if deed.undoes is not None:
        acts.put_back(DeedAct(deed.undoes.act), item.case_id, actor, item.version, item.before)
    else:
        trace = acts.carry_out(DeedAct(deed.act), item.case_id, actor, item.version, deed.data)
        item.before, item.version_after = trace.before, trace.version_after
    item.state = ItemState.DONE
    item.save(update_fields=["state", "before", "version_after"])


def _leave(key: int, code: str, said: str) -> None:
    rows = DeedItem.objects.filter(pk=key, state=ItemState.WAITING)
    rows.update(state=ItemState.LEFT, code=code[:60], said=said[:300])


def _person(actor: Actor) -> Any:
    if actor.user is None:
        raise NotAllowedNow("no-one-signed-in", "Only a person who is signed in can do this.")
    return actor.user
