"""What people are told of cases: that they were named, given one, or that one they watch has changed.

A notice says that something happened and by whom, never what a person wrote: it leaves the hub by e-mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.db.models.functions import Lower

from exceptions.models import Case, Notice, NoticePreference, Watch
from exceptions.states import NoticeKind
from hub.core.clock import now
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

#: A name ends with a letter or digit: the full stop behind it ends the sentence.
_MENTION = re.compile(r"(?<![\w@.])@(\w[\w.+-]{0,148}\w)")


def mentioned(text: str) -> QuerySet[User]:
    """The people whom a comment names with @, however they are written, large or small."""
    names = {name.lower() for name in _MENTION.findall(text)}
    return User.objects.annotate(lower=Lower("username")).filter(lower__in=names, is_active=True)


def named_in(case: Case, text: str) -> tuple[list[User], list[str]]:
    """Whom a comment names that may see the case, and the names in it that reach nobody."""
    able = _who_may_see(case, mentioned(text))
    known = {user.get_username().lower() for user in able}
    return able, [name for name in dict.fromkeys(_MENTION.findall(text)) if name.lower() not in known]


def tell_mentioned(case: Case, actor: Actor, text: str) -> list[User]:
    """Those who may see the case are told that they were named in it, and watch it from then on; returns them."""
    named, _ = named_in(case, text)
    for user in named:
        Watch.objects.get_or_create(case=case, user=user)
    _tell(case, actor, NoticeKind.MENTION, f"{actor.name} mentioned you.", named)
    return named


def tell_owner(case: Case, actor: Actor) -> None:
    if case.owner is not None:
        _tell(case, actor, NoticeKind.ASSIGNED, f"{actor.name} gave you this case.", [case.owner])


def tell_leads(case: Case, actor: Actor, text: str, users: Iterable[User]) -> None:
    """Those who answer for it hear that it needs them; who may not see it there is not told."""
    _tell(case, actor, NoticeKind.ESCALATED, text, _who_may_see(case, users))


def tell_asker(case: Case, actor: Actor, asked_by: str, what: str) -> None:
    """Whoever asked for a decision hears what it was, whether or not they watch the case."""
    asker = User.objects.filter(username=asked_by, is_active=True)
    _tell(case, actor, NoticeKind.DECIDED, what, _who_may_see(case, asker))


def tell_watchers(case: Case, actor: Actor, what: str, *, but: Iterable[User] = ()) -> None:
    """`what` is a sentence of ours, never what a person wrote; those of `but` heard of it already."""
    users = User.objects.filter(watches__case=case, is_active=True).exclude(pk__in=[user.pk for user in but])
    _tell(case, actor, NoticeKind.WATCHED, what, users)


def _who_may_see(case: Case, users: Iterable[User]) -> list[User]:
    return [user for user in users if access.may(user, Permission.VIEW_CASES, case.facility or None)]


def _tell(case: Case, actor: Actor, kind: NoticeKind, text: str, users: Iterable[User]) -> None:
    """Nobody is told of what they did themselves."""
    Notice.objects.bulk_create(
        Notice(user=user, case=case, kind=kind, text=text[:300], actor=actor.username)
        for user in users
        if user != actor.user
    )


def notices(user: User | AnonymousUser) -> QuerySet[Notice]:
    return Notice.objects.filter(user_id=user.pk or 0).select_related("case", "replay")


def preference(user: User | AnonymousUser) -> NoticePreference:
    """How this person wants to be told; not stored until they have chosen."""
    known = NoticePreference.objects.filter(user_id=user.pk or 0).first()
    return known or NoticePreference(user_id=user.pk or 0)


def unread(user: User | AnonymousUser, *, most: int = 100) -> int:
    """How many notices a person has not read, counted up to `most`."""
    return len(Notice.objects.filter(user_id=user.pk or 0, read_at=None).values_list("id", flat=True)[:most])


def read(user: User | AnonymousUser, ids: Iterable[UUID] | None = None) -> int:
    """Mark notices of one's own as read: those named, or all."""
    rows = Notice.objects.filter(user_id=user.pk or 0, read_at=None)
    return (rows if ids is None else rows.filter(id__in=list(ids))).update(read_at=now())
