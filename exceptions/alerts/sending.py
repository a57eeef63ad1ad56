"""Alerts on their way: signed, tried again with growing pauses, given up in the end, and every outcome kept.

The receiver checks them as Standard Webhooks (standardwebhooks.com) says, with the secret it was given: an HMAC over
id, time and body. The id is the same for every attempt, so that what arrives twice is known to be the same.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import transaction

from connectors.base import SystemConfig
from connectors.http import Content, Exchange, HttpClient
from connectors.verdict import Effect
from connectors.webhook_signature import sign
from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.models import Case
from exceptions.states import AlertState
from hub.core.clock import machine_now, now
from hub.core.errors import ConfigurationFault
from hub.core.ids import uuid7_floor
from hub.core.sealing import vault

_log = structlog.get_logger(__name__)

#: Pauses before the second, third … attempt. After the last, an alert is given up: about a day and a half.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 120, 360, 720, 1080))
_TIMEOUT = timedelta(seconds=5)
#: A worker that dies while it sends leaves its alerts to others after this.
_LEASE = timedelta(minutes=2)
_PART = 20
#: How long an outcome is shown. House default.
_KEPT = timedelta(days=30)
_FORGOTTEN_AT_ONCE = 1000
#: The status by which a receiver says that it wants no more (the specification's own use of it).
_GONE = 410


def send_due() -> int:
    """Send what is due; returns how many were taken. Alerts of a paused endpoint wait."""
    taken = 0
    silent: set[UUID] = set()
    while claimed := _claim():
        for alert in claimed:
            taken += _send(alert, silent)
        if len(claimed) < _PART:
            break
    return taken


@transaction.atomic
def _claim() -> list[Alert]:
    """Some of what is due, held by its lease; their bodies are written with the first attempt."""
    moment = machine_now()
    due = Alert.objects.filter(state=AlertState.WAITING, due_at__lte=moment, endpoint__paused=False)
    rows = list(
        due.select_related("endpoint", "case", "case__team", "case__owner")
        .order_by("due_at")
        .select_for_update(skip_locked=True, of=("self",))[:_PART]
    )
    for alert in rows:
        alert.attempts, alert.due_at = alert.attempts + 1, moment + _LEASE
        alert.body = alert.body or body_of(alert)
        alert.save(update_fields=["attempts", "due_at", "body"])
    return rows


def body_of(alert: Alert) -> str:
    """What is told: numbers, codes and names of staff; nothing that a person wrote, nothing of a patient."""
    document = {"type": alert.event, "timestamp": alert.made_at, "data": _of_case(alert.case) if alert.case else {}}
    return msgspec.json.encode(document).decode()


def _of_case(case: Case) -> dict[str, object]:
    return {
        "case": case.number,
        "url": f"{settings.HUB_URL}/cases/{case.number}/",
        "queue": case.queue,
        "class": case.failure_class,
        "code": case.code,
        "system": case.system,
        "facility": case.facility,
        "state": case.state,
        "resolution": case.resolution,
        "team": case.team.name if case.team else "",
        "owner": case.owner.get_username() if case.owner else "",
        "level": case.escalated,
        "held": case.held,
        "amount": str(case.amount),
        "opened_at": case.opened_at,
        "due_at": case.due_at,
    }


def _send(alert: Alert, silent: set[UUID]) -> int:
    """One attempt. An endpoint that said nothing is asked once a pass: the others must not wait for it each time."""
    endpoint = alert.endpoint
    if endpoint.id in silent:
        Alert.objects.filter(pk=alert.pk).update(attempts=alert.attempts - 1, due_at=machine_now() + PAUSES[0])
        return 0
    try:
        exchange = _post(endpoint, alert)
    except ConfigurationFault as fault:
        _finish(alert, AlertState.FAILED, fault.message)
        return 0
    if exchange.ok:
        _finish(alert, AlertState.SENT, f"{exchange.status} in {exchange.elapsed.total_seconds():.1f} s")
        return 1
    if exchange.status is None:
        silent.add(endpoint.id)
    _refused(alert, exchange)
    return 0


def _refused(alert: Alert, exchange: Exchange) -> None:
    """Nobody took it: later once more, or no more."""
    answer = f"Answered {exchange.status}." if exchange.status else "No answer."
    if exchange.status == _GONE:
        _finish(alert, AlertState.FAILED, f"{answer} It wants no more; the endpoint is paused.")
        AlertEndpoint.objects.filter(pk=alert.endpoint_id).update(paused=True)
    elif alert.attempts > len(PAUSES):
        _finish(alert, AlertState.FAILED, answer)
        _log.warning("alert given up", endpoint=str(alert.endpoint_id), attempts=alert.attempts)
    else:
        later = machine_now() + PAUSES[alert.attempts - 1]
        Alert.objects.filter(pk=alert.pk).update(due_at=later, answer=answer)


def _post(endpoint: AlertEndpoint, alert: Alert) -> Exchange:
    """One request. Redirects are not followed: whoever set the address named the receiver."""
    address = urlsplit(endpoint.url)
    client = HttpClient(
        SystemConfig(code=endpoint.name, base_url=f"{address.scheme}://{address.netloc}", timeout=_TIMEOUT)
    )
    try:
        body = alert.body.encode()
        headers = sign(body, alert.key, secret_of(endpoint), machine_now())
        path = address.path or "/"
        return client.exchange(
            "POST",
            f"{path}?{address.query}" if address.query else path,
            Effect.WRITE,
            body=Content(body, "application/json"),
            headers=headers,
        )
    finally:
        client.close()


def secret_of(endpoint: AlertEndpoint) -> str:
    return vault().open(bytes(endpoint.sealed_secret)).decode()


def _finish(alert: Alert, state: AlertState, answer: str) -> None:
    sent_at = now() if state is AlertState.SENT else None
    Alert.objects.filter(pk=alert.pk).update(state=state, answer=answer[:200], sent_at=sent_at)


def tried_again(alert_id: UUID) -> bool:
    """Make an alert that was given up due again, from its first pause on; False where it was not given up."""
    rows = Alert.objects.filter(pk=alert_id, state=AlertState.FAILED)
    return bool(rows.update(state=AlertState.WAITING, attempts=0, due_at=machine_now()))


def forget_old() -> int:
    """Drop what is done with and older than a month; ids carry the machine's time."""
    old = Alert.objects.filter(id__lt=uuid7_floor(machine_now() - _KEPT)).exclude(state=AlertState.WAITING)
    return Alert.objects.filter(id__in=list(old.values_list("id", flat=True)[:_FORGOTTEN_AT_ONCE])).delete()[0]
