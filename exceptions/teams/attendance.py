"""Hours and absences. People keep their own; leads keep everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from django.contrib.auth.models import User
from django.db import transaction

from exceptions.errors import NotAllowedNow
from exceptions.keeping import held, plain, record
from exceptions.teams.models import Absence, Shift, WorkWeek
from hub.core.clock import now
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

Stretch = tuple[int, time, time]


@transaction.atomic
def save_hours(
    *,
    user: User,
    actor: Actor,
    time_zone: str,
    shifts: Sequence[Stretch],
    on_holidays: bool = False,
    version: int | None = None,
) -> WorkWeek:
    """The week as it is from now on. Without any shift they count as there at any time."""
    _require_own_or_lead(user, actor)
    known = WorkWeek.objects.filter(user=user).values_list("pk", flat=True).first()
    week = WorkWeek(user=user) if known is None else held(WorkWeek, known, version)
    before = _written(week) if known else {}
    week.time_zone, week.on_holidays = time_zone, on_holidays
    week.version += bool(known)
    week.full_clean()
    week.save()
    week.shifts.all().delete()
    Shift.objects.bulk_create(Shift(week=week, weekday=day, starts=starts, ends=ends) for day, starts, ends in shifts)
    record(week, actor, "change" if known else "add", before=before, after=_written(week))
    return week


def _written(week: WorkWeek) -> dict[str, object]:
    shifts = [f"{shift.weekday} {shift.starts:%H:%M}-{shift.ends:%H:%M}" for shift in week.shifts.all()]
    return {
        "user": week.user.get_username(),
        "time_zone": week.time_zone,
        "on_holidays": week.on_holidays,
        "shifts": shifts,
    }


@transaction.atomic
def add_absence(
    *, user: User, actor: Actor, since: date, until: date, stand_in: User | None = None, note: str = ""
) -> Absence:
    """Away from `since` to `until`, that day included. Where nobody stands in, the team's others have their turns."""
    _require_own_or_lead(user, actor)
    if until < since:
        raise NotAllowedNow("absence-in-order", "The last day is not before the first.")
    if until < now().date():
        raise NotAllowedNow("absence-over", "These days are over already.")
    if stand_in == user:
        raise NotAllowedNow("stand-in-self", "Choose somebody else to stand in.")
    if Absence.objects.filter(user=user, since__lte=until, until__gte=since).exists():
        raise NotAllowedNow("absence-twice", "Some of these days are in another absence already; change that one.")
    absence = Absence.objects.create(user=user, since=since, until=until, stand_in=stand_in, note=note.strip()[:120])
    record(absence, actor, "add", after=_kept(absence))
    return absence


@transaction.atomic
def remove_absence(*, absence_id: int, actor: Actor) -> None:
    """They are back, or never went."""
    absence = held(Absence, absence_id, None)
    _require_own_or_lead(absence.user, actor)
    before, pk = _kept(absence), absence.pk
    absence.delete()
    absence.pk = pk
    record(absence, actor, "remove", before=before)


def may_keep(user: User, who: access.Who) -> bool:
    """Whether `who` may keep the hours and absences of `user`."""
    own = user == (who.user if isinstance(who, Actor) else who)
    return own or access.may(who, Permission.MANAGE_TEAMS)


def _require_own_or_lead(user: User, actor: Actor) -> None:
    if user != actor.user:
        access.require(actor, Permission.MANAGE_TEAMS)


def _kept(absence: Absence) -> dict[str, object]:
    return {
        "user": absence.user.get_username(),
        "since": plain(absence.since),
        "until": plain(absence.until),
        "stand_in": absence.stand_in.get_username() if absence.stand_in else "",
    }
