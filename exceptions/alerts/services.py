"""Endpoints of alerts: kept by leads, each with a secret of its own that is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from connectors.webhook_signature import new_secret
from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.alerts.sending import tried_again
from exceptions.errors import NotAllowedNow
from exceptions.keeping import drop, held, keep, record
from exceptions.models import Queue
from exceptions.queue import alerts_leave
from exceptions.states import AlertEvent
from hub.core.clock import machine_now
from hub.core.ids import uuid7
from hub.core.sealing import vault
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission

if TYPE_CHECKING:
    from exceptions.teams.models import Team

#: The event of a test; no endpoint asks for it, and each is sent it.
TEST = "test"


@transaction.atomic
def save_endpoint(
    *,
    actor: Actor,
    name: str,
    url: str,
    events: Sequence[AlertEvent],
    team: Team | None = None,
    queue: Queue | str = "",
    endpoint_id: UUID | None = None,
    version: int | None = None,
) -> tuple[AlertEndpoint, str]:
    """The endpoint, and the secret of a new one: it is shown this once and kept sealed."""
    if not events:
        raise NotAllowedNow("events-missing", "Choose at least one thing to be told of.")
    secret = "" if endpoint_id else new_secret()
    endpoint = (
        AlertEndpoint(sealed_secret=vault().seal(secret.encode()))
        if endpoint_id is None
        else held(AlertEndpoint, endpoint_id, version)
    )
    values = {
        "name": name.strip(),
        "url": _checked(url.strip()),
        "events": [AlertEvent(event).value for event in events],
        "team": team,
        "queue": str(queue),
    }
    keep(endpoint, actor, values)
    return endpoint, secret


@transaction.atomic
def renew_secret(*, endpoint_id: UUID, actor: Actor) -> str:
    """A new secret from the next attempt on; the old one signs nothing any more."""
    endpoint = held(AlertEndpoint, endpoint_id, None)
    access.require(actor, Permission.MANAGE_TEAMS, "")
    secret = new_secret()
    endpoint.sealed_secret = vault().seal(secret.encode())
    endpoint.save(update_fields=["sealed_secret"])
    record(endpoint, actor, "renew_secret")
    return secret


@transaction.atomic
def set_paused(*, endpoint_id: UUID, actor: Actor, paused: bool) -> None:
    """Paused, what waits goes on waiting and nothing new is told; resumed, what waits goes out at once."""
    endpoint = held(AlertEndpoint, endpoint_id, None)
    keep(endpoint, actor, {"paused": paused})
    if not paused:
        alerts_leave()


@transaction.atomic
def remove_endpoint(*, endpoint_id: UUID, actor: Actor) -> None:
    """With all that it was told; the audit keeps what it was."""
    drop(held(AlertEndpoint, endpoint_id, None), actor, ("name", "url", "events", "team", "queue"))


@transaction.atomic
def send_test(*, endpoint_id: UUID, actor: Actor) -> Alert:
    """One alert without a case, on its way as every other."""
    endpoint = held(AlertEndpoint, endpoint_id, None)
    access.require(actor, Permission.MANAGE_TEAMS, "")
    if endpoint.paused:
        raise NotAllowedNow("endpoint-paused", "It is paused; resume it first.")
    alert = Alert.objects.create(endpoint=endpoint, event=TEST, key=str(uuid7()), due_at=machine_now())
    alerts_leave()
    record(endpoint, actor, "test")
    return alert


@transaction.atomic
def try_again(*, alert_id: UUID, actor: Actor) -> None:
    """Send once more what was given up."""
    access.require(actor, Permission.MANAGE_TEAMS, "")
    alert = Alert.objects.select_related("endpoint").get(pk=alert_id)
    if not tried_again(alert_id):
        raise NotAllowedNow("alert-not-given-up", "It was not given up; there is nothing to try again.")
    alerts_leave()
    record(alert.endpoint, actor, "retry", after={"alert": str(alert_id)})


def _checked(url: str) -> str:
    """An address that alerts may go to. In the clear only on this machine, while developing."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.fragment:
        raise NotAllowedNow("address-unfit", "The address carries no user, password or fragment.")
    local = not settings.PRODUCTION and parts.hostname in {"127.0.0.1", "localhost"}
    if not parts.hostname or (parts.scheme != "https" and not (local and parts.scheme == "http")):
        raise NotAllowedNow("address-unfit", "The address begins with https:// and names a host.")
    return url
