"""Who is told of a replay: those who may decide about it, and whoever asked for it once that is decided."""

from __future__ import annotations

from django.contrib.auth.models import User

from exceptions.models import Notice
from exceptions.replays.models import Replay
from exceptions.states import NoticeKind
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.models import Grant
from hub.governance.roles import PERMISSIONS, Permission
from hub.ui.format import money_text


def approvers(replay: Replay) -> list[User]:
    """The people who may decide about it: the permission at each of its facilities, and not their own request."""
    roles = [role for role, held in PERMISSIONS.items() if Permission.APPROVE_REPLAY in held]
    granted = Grant.objects.filter(role__in=roles).values("user_id")
    people = User.objects.filter(pk__in=granted, is_active=True).exclude(username=replay.requester).order_by("pk")
    return [
        user
        for user in people
        if all(access.may(user, Permission.APPROVE_REPLAY, place) for place in replay.facilities)
    ]


def tell_approvers(replay: Replay, actor: Actor) -> None:
    what = f"{replay.chosen:,} {'item' if replay.chosen == 1 else 'items'}, {money_text(replay.amount)}"
    text = f"{actor.username} asks you to approve replay {replay.number}: {what}."
    _tell(replay, actor, NoticeKind.APPROVAL, text, approvers(replay))


def tell_requester(replay: Replay, actor: Actor) -> None:
    if replay.requested_by is not None:
        text = f"{actor.username} {replay.get_state_display().lower()} replay {replay.number}."
        _tell(replay, actor, NoticeKind.DECIDED, text, [replay.requested_by])


def _tell(replay: Replay, actor: Actor, kind: NoticeKind, text: str, users: list[User]) -> None:
    Notice.objects.bulk_create(
        Notice(user=user, replay=replay, kind=kind, text=text[:300], actor=actor.username) for user in users
    )
