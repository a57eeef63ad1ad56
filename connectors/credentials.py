"""Rotating credentials without an outage: a new secret counts at once, and an inbound one beside the old for a while.

Secrets are sealed before they are written; none reaches the audit, a log or an exception.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import timedelta

from django.db import transaction

from connectors import lanes
from connectors.base import Outcome
from connectors.models import Feed, System
from connectors.registry import connector
from connectors.selectors import forget_feeds, secrets_of
from connectors.services import require_reason
from connectors.webhook_signature import SECRET_PREFIX, new_secret
from hub.core import clock
from hub.core.errors import BusinessRefusal, Failure
from hub.core.sealing import open_json, seal_json
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission

#: Longer than this, the old secret would never be over.
LONGEST_OVERLAP = timedelta(days=14)
#: What a sender and we share has at least so many characters.
SHORTEST_SECRET = 16


def secret_names(system: System) -> list[str]:
    """The names of what is kept to sign in to the system; never the values."""
    return sorted(open_json(system.sealed_secrets) or {})


def rotate_system_secret(
    *, code: str, name: str, value: str, actor: Actor, reason: str, untried: bool = False
) -> System:
    """Replace one secret of a system, once the system has let the new one in; `untried` swaps it all the same.

    A system that nothing is delivered to cannot be asked: there the swap itself is the try.
    """
    system = System.objects.get(code=code)
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    require_reason(reason)
    kept = _with(system, name, value)
    tried = can_be_tried(system) and not untried
    if tried:
        _try(system, kept)
    return _swap(code, name, value, actor, reason, tried)


def can_be_tried(system: System) -> bool:
    return bool(connector(system.connector).client_class)


def _with(system: System, name: str, value: str) -> dict[str, str]:
    """The secrets of `system` with the new one among them. Raises BusinessRefusal for one that is none."""
    kept: dict[str, str] = dict(open_json(system.sealed_secrets) or {})
    if name not in kept:
        raise BusinessRefusal("secret-unknown", f"{system.name} has no secret of this name.")
    if not value.strip():
        raise BusinessRefusal("secret-empty", "The new secret is empty.")
    if hmac.compare_digest(kept[name].encode(), value.encode()):
        raise BusinessRefusal("secret-same", "That is the secret that is used now.")
    return kept | {name: value}


def _try(system: System, kept: dict[str, str]) -> None:
    try:
        result = lanes.trial(system, kept)
    except Failure as failure:
        raise _refused(system, failure) from failure
    if result.outcome is not Outcome.CONFIRMED:
        raise _refused(system, result.failure)


def _refused(system: System, failure: Failure | None) -> BusinessRefusal:
    said = failure.message if failure is not None else "no reason given"
    return BusinessRefusal(
        "new-secret-refused",
        f"{system.name} did not let us in with the new secret: {said} The old one stays in use.",
        hint="Check what you typed; or choose to swap it untried, if the system is down.",
    )


@transaction.atomic
def _swap(code: str, name: str, value: str, actor: Actor, reason: str, tried: bool) -> System:
    system = System.objects.select_for_update().get(code=code)
    system.sealed_secrets = seal_json(_with(system, name, value))
    system.save(update_fields=["sealed_secrets"])
    audit.record(
        actor=actor, action="system.rotate_secret", object_kind="system", object_id=code, reason=reason,
        after={"secret": name, "value": "replaced", "tried_first": tried},
    )  # fmt: skip
    return system


@transaction.atomic
def rotate_feed_secret(*, code: str, overlap: timedelta, actor: Actor, reason: str, value: str = "") -> str:
    """Give a feed a new secret, made here unless its sender chose `value`; the old one counts for `overlap` more.

    Returns the new secret: this is the only time that anybody sees it.
    """
    feed = _feed(code, actor, reason)
    standing = secrets_of(feed)
    if not standing:
        raise BusinessRefusal("feed-without-secret", f"{feed.name} proves its sender in another way.")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise BusinessRefusal("overlap-time", f"The old secret counts for {LONGEST_OVERLAP.days} days at most.")
    fresh = _checked(value, standing) if value else new_secret()
    feed.sealed_secrets = seal_json([fresh, standing[0]] if overlap else [fresh])
    feed.old_secrets_until = clock.machine_now() + overlap if overlap else None
    feed.save(update_fields=["sealed_secrets", "old_secrets_until"])
    forget_feeds()
    hours = int(overlap.total_seconds() // 3600)
    _audited(feed, actor, "feed.rotate_secret", reason, {"secret": "replaced", "old_one_counts_hours": hours})
    return fresh


@transaction.atomic
def end_overlap(*, code: str, actor: Actor, reason: str) -> Feed:
    """Only the newest secret counts from now on: its sender uses it already."""
    feed = _feed(code, actor, reason)
    kept = open_json(feed.sealed_secrets) or []
    if len(secrets_of(feed)) < 2:
        raise BusinessRefusal("no-overlap", f"Only one secret of {feed.name} counts already.")
    feed.sealed_secrets, feed.old_secrets_until = seal_json(kept[:1]), None
    feed.save(update_fields=["sealed_secrets", "old_secrets_until"])
    forget_feeds()
    _audited(feed, actor, "feed.end_overlap", reason, {"secrets": 1})
    return feed


def _checked(value: str, standing: tuple[str, ...]) -> str:
    """A secret that its sender chose, of the same kind as the one before. Raises BusinessRefusal."""
    if len(value) < SHORTEST_SECRET or any(sign.isspace() for sign in value):
        raise BusinessRefusal("secret-too-short", f"A secret has {SHORTEST_SECRET} characters or more, and no spaces.")
    if any(hmac.compare_digest(value.encode(), old.encode()) for old in standing):
        raise BusinessRefusal("secret-same", "That secret is in use already.")
    if standing[0].startswith(SECRET_PREFIX) and not _is_signing_secret(value):
        raise BusinessRefusal("secret-malformed", f"The secrets of this feed are {SECRET_PREFIX} and base64.")
    return value


def _is_signing_secret(value: str) -> bool:
    if not value.startswith(SECRET_PREFIX):
        return False
    try:
        return bool(base64.b64decode(value.removeprefix(SECRET_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        return False


def _feed(code: str, actor: Actor, reason: str) -> Feed:
    feed = Feed.objects.select_for_update().get(code=code)
    access.require(actor, Permission.OPERATE_SYSTEMS, feed.facility)
    require_reason(reason)
    return feed


def _audited(feed: Feed, actor: Actor, action: str, reason: str, after: dict[str, object]) -> None:
    audit.record(
        actor=actor, action=action, object_kind="feed", object_id=feed.code, facility=feed.facility, reason=reason,
        after=after,
    )  # fmt: skip
