"""What people do to systems, feeds and stored messages: pause, resume, close a breaker, configure, break the glass.

Each act asks for its permission, changes, and keeps the audit, in one transaction. A system or feed without a
facility belongs to the whole group, and so does the permission that it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from connectors import lanes
from connectors.models import Feed, Message, System
from connectors.queue import deliveries_wait, messages_arrived
from connectors.selectors import forget_feeds, read_body
from connectors.states import FeedState, SystemState
from hub.core.errors import BusinessRefusal
from hub.core.sealing import seal_json
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission

#: What an operator may change of a system and of a feed; states have acts of their own.
SYSTEM_FIELDS = (
    "name", "connector", "base_url", "options", "timeout_seconds", "max_concurrency", "rate_per_second",
)  # fmt: skip
FEED_FIELDS = ("name", "contract", "facility", "max_bytes", "rate_per_second", "options")


class Unchanged(BusinessRefusal):
    """It is in that state already."""


@transaction.atomic
def pause_system(*, code: str, actor: Actor, reason: str) -> System:
    """Nothing more is sent to it; what is meant for it waits in order."""
    return _set_system_state(code, SystemState.PAUSED, actor, reason, "system.pause")


@transaction.atomic
def resume_system(*, code: str, actor: Actor, reason: str) -> System:
    """Send again, the oldest first, at the system's own rate."""
    system = _set_system_state(code, SystemState.ACTIVE, actor, reason, "system.resume")
    deliveries_wait(code)
    return system


@transaction.atomic
def reset_lane(*, code: str, actor: Actor, reason: str) -> System:
    """Close the breaker and forget a pause that the system asked for: the next turn tries at once."""
    system = _system(code)
    _require(actor, "", reason)
    lanes.reset(system)
    deliveries_wait(code)
    audit.record(
        actor=actor, action="system.reset_lane", object_kind="system", object_id=code, reason=reason
    )  # fmt: skip
    return system


@transaction.atomic
def pause_feed(*, code: str, actor: Actor, reason: str) -> Feed:
    """Messages are taken and kept, and not processed until it is resumed."""
    return _set_feed_state(code, FeedState.PAUSED, actor, reason, "feed.pause")


@transaction.atomic
def resume_feed(*, code: str, actor: Actor, reason: str) -> Feed:
    feed = _set_feed_state(code, FeedState.ACTIVE, actor, reason, "feed.resume")
    transaction.on_commit(messages_arrived)
    return feed


@transaction.atomic
def configure_system(
    *, code: str, actor: Actor, changes: Mapping[str, Any], secrets: Mapping[str, str] | None = None, reason: str
) -> System:
    """Change how a system is reached. `secrets` replaces all of them; None leaves them as they are."""
    system = _system(code)
    _require(actor, "", reason)
    before = _apply(system, changes, SYSTEM_FIELDS)
    if secrets is not None:
        system.sealed_secrets = seal_json(dict(secrets)) if secrets else None
    system.save()
    _audit_configuration(actor, "system", code, "", reason, before, system, secrets is not None)
    return system


@transaction.atomic
def configure_feed(
    *, code: str, actor: Actor, changes: Mapping[str, Any], secrets: Sequence[str] | None = None, reason: str
) -> Feed:
    """Change what a feed accepts. `secrets` replaces all of them, the newest first; None leaves them."""
    feed = _feed(code)
    _require(actor, feed.facility, reason)
    before = _apply(feed, changes, FEED_FIELDS)
    if secrets is not None:
        feed.sealed_secrets = seal_json(list(secrets)) if secrets else None
    feed.save()
    forget_feeds()
    _audit_configuration(actor, "feed", code, feed.facility, reason, before, feed, secrets is not None)
    return feed


@transaction.atomic
def break_glass(*, message_id: UUID, actor: Actor, reason: str) -> bytes:
    """The payload as it arrived, for this one look; who looked and why stays in the audit.

    Raises Message.DoesNotExist, PermissionDenied, and a Failure for a payload that is gone.
    """
    message = Message.objects.get(pk=message_id)
    access.require(actor, Permission.BREAK_GLASS, message.facility)
    require_reason(reason)
    body = read_body(message)
    audit.record(
        actor=actor,
        action="message.break_glass",
        object_kind="message",
        object_id=str(message_id),
        facility=message.facility,
        reason=reason,
        after={"feed": message.feed_code, "bytes": len(body)},
    )
    return body


# --- what the acts share ---


def _system(code: str) -> System:
    return System.objects.select_for_update().get(code=code)


def _feed(code: str) -> Feed:
    return Feed.objects.select_for_update().get(code=code)


def _require(actor: Actor, facility: str, reason: str) -> None:
    access.require(actor, Permission.OPERATE_SYSTEMS, facility)
    require_reason(reason)


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise BusinessRefusal("reason-missing", "Say why, for those who read this later.")


def _set_system_state(code: str, state: SystemState, actor: Actor, reason: str, action: str) -> System:
    system = _system(code)
    _require(actor, "", reason)
    if system.state == state:
        raise Unchanged("system-state", f"{system.name} is {state.label.lower()} already.")
    before, system.state = system.state, state
    system.save(update_fields=["state"])
    audit.record(
        actor=actor, action=action, object_kind="system", object_id=code, reason=reason,
        before={"state": before}, after={"state": state},
    )  # fmt: skip
    return system


def _set_feed_state(code: str, state: FeedState, actor: Actor, reason: str, action: str) -> Feed:
    feed = _feed(code)
    _require(actor, feed.facility, reason)
    if feed.state == state:
        raise Unchanged("feed-state", f"{feed.name} is {state.label.lower()} already.")
    before, feed.state = feed.state, state
    feed.save(update_fields=["state"])
    forget_feeds()
    audit.record(
        actor=actor, action=action, object_kind="feed", object_id=code, facility=feed.facility, reason=reason,
        before={"state": before}, after={"state": state},
    )  # fmt: skip
    return feed


def _apply(row: System | Feed, changes: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    """Set the fields that change; returns what they were."""
    changed = {name: value for name, value in changes.items() if name in allowed and getattr(row, name) != value}
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    return before


def _audit_configuration(
    actor: Actor,
    kind: str,
    code: str,
    facility: str,
    reason: str,
    before: Mapping[str, Any],
    row: System | Feed,
    new_secrets: bool,
) -> None:
    after = {name: getattr(row, name) for name in before}
    if new_secrets:
        after["secrets"] = "replaced"
    audit.record(
        actor=actor, action=f"{kind}.configure", object_kind=kind, object_id=code, facility=facility, reason=reason,
        before=before, after=after,
    )  # fmt: skip
