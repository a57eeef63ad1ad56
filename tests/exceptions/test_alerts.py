"""Alerts by webhook, to a real server: signed, tried again, given up, paused; and never of a patient."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from connectors.webhook_signature import verify
from exceptions import services as case_services
from exceptions.alerts import sending, services
from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.errors import NotAllowedNow
from exceptions.models import Case
from exceptions.states import AlertEvent, AlertState
from exceptions.teams import escalation
from exceptions.teams import services as teams
from exceptions.teams.services import Conditions
from hub.core.clock import machine_now, now
from hub.core.errors import SecurityRefusal
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from tests.exceptions.world import held, no_charge, parked, person

pytestmark = pytest.mark.django_db


class Receiver:
    """A program outside that keeps what it is told, and answers with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802 - the server's own name
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?from=hub"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    made.thread.start()
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


@pytest.fixture
def linda() -> Actor:
    return person("linda", "lead")


def endpoint(linda: Actor, url: str, *events: AlertEvent, **values: Any) -> tuple[AlertEndpoint, str]:
    return services.save_endpoint(actor=linda, name="Chat", url=url, events=events or (AlertEvent.OPENED,), **values)


def due_now() -> None:
    Alert.objects.update(due_at=machine_now())


def test_an_opened_case_is_told_signed_and_with_what_it_came_to(linda: Actor, receiver: Receiver) -> None:
    made, secret = endpoint(linda, receiver.url)
    case = parked(held(no_charge(), amount="412.50"))
    assert sending.send_due() == 1
    assert sending.send_due() == 0

    [(headers, body)] = receiver.got
    verify(body, headers, [secret], machine_now())
    with pytest.raises(SecurityRefusal):
        verify(body + b" ", headers, [secret], machine_now())
    [document] = receiver.documents()
    assert document["type"] == "case.opened"
    assert (document["data"]["case"], document["data"]["amount"]) == (case.number, "412.50")
    assert "title" not in document["data"]
    assert "subject" not in document["data"]
    alert = Alert.objects.get()
    assert (alert.state, alert.attempts, alert.answer[:3]) == (AlertState.SENT, 1, "200")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_secret FROM exceptions_alertendpoint")
        assert secret.encode() not in bytes(cursor.fetchone()[0])
    assert secret not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    assert made.sealed_secret


def test_what_nobody_takes_is_tried_again_with_the_same_id_and_given_up_in_the_end(
    linda: Actor, receiver: Receiver
) -> None:
    endpoint(linda, receiver.url)
    parked(held(no_charge()))
    receiver.status = 503
    assert sending.send_due() == 0
    alert = Alert.objects.get()
    assert (alert.state, alert.answer) == (AlertState.WAITING, "Answered 503.")
    assert alert.due_at > machine_now() + timedelta(seconds=20)
    assert sending.send_due() == 0
    assert len(receiver.got) == 1, "not before its pause is over"
    for _ in sending.PAUSES:
        due_now()
        sending.send_due()
    assert Alert.objects.get().state == AlertState.FAILED
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    receiver.status = 200
    services.try_again(alert_id=alert.id, actor=linda)
    assert sending.send_due() == 1
    with pytest.raises(NotAllowedNow):
        services.try_again(alert_id=alert.id, actor=linda)


def test_one_that_is_not_there_is_asked_once_a_pass(linda: Actor, receiver: Receiver) -> None:
    receiver.server.socket.close()
    endpoint(linda, receiver.url)
    for _ in range(3):
        parked(held(no_charge()))
    sending.send_due()
    assert sorted(Alert.objects.values_list("attempts", "answer")) == [(0, ""), (0, ""), (1, "No answer.")]


def test_who_wants_no_more_is_paused(linda: Actor, receiver: Receiver) -> None:
    endpoint(linda, receiver.url)
    parked(held(no_charge()))
    receiver.status = 410
    sending.send_due()
    assert AlertEndpoint.objects.get().paused
    parked(held(no_charge()))
    assert Alert.objects.count() == 1


def test_a_paused_endpoint_keeps_what_waits_until_it_is_resumed(linda: Actor, receiver: Receiver) -> None:
    made, _ = endpoint(linda, receiver.url)
    parked(held(no_charge()))
    services.set_paused(endpoint_id=made.pk, actor=linda, paused=True)
    assert sending.send_due() == 0
    with pytest.raises(NotAllowedNow):
        services.send_test(endpoint_id=made.pk, actor=linda)
    services.set_paused(endpoint_id=made.pk, actor=linda, paused=False)
    assert sending.send_due() == 1


def test_a_test_is_sent_and_a_renewed_secret_signs_it(linda: Actor, receiver: Receiver) -> None:
    made, old = endpoint(linda, receiver.url)
    new = services.renew_secret(endpoint_id=made.pk, actor=linda)
    services.send_test(endpoint_id=made.pk, actor=linda)
    assert sending.send_due() == 1
    [(headers, body)] = receiver.got
    verify(body, headers, [new], machine_now())
    with pytest.raises(SecurityRefusal):
        verify(body, headers, [old], machine_now())
    assert json.loads(body)["type"] == "test"


def test_only_the_events_queue_and_team_that_were_asked_for_are_told(linda: Actor, receiver: Receiver) -> None:
    cash = teams.save_team(actor=linda, name="Cash")
    teams.save_rule(actor=linda, team=cash, conditions=Conditions(facility="C07"))
    events = (AlertEvent.RESOLVED, AlertEvent.ASSIGNED, AlertEvent.OVERDUE)
    endpoint(linda, receiver.url, *events, team=cash, queue="billing")
    case = parked(held(no_charge()))
    parked(held(no_charge(), facility="C08"))
    parked(held())
    case_services.assign(case_id=case.id, actor=linda, owner=linda.user)
    Case.objects.update(due_at=now() - timedelta(minutes=5))
    for _ in range(2):
        escalation.tell_overdue()
    case_services.resolve(
        case_id=case.id, actor=linda, resolution="no_action", reason="Done.", held=case_services.HeldChoice.DISMISS
    )  # type: ignore[arg-type]
    sending.send_due()
    told = [(document["type"], document["data"]["case"]) for document in receiver.documents()]
    assert sorted(told) == [(f"case.{what}", case.number) for what in ("assigned", "overdue", "resolved")]


@pytest.mark.parametrize(
    "url", ["http://chat.example/hook", "ftp://chat.example", "https://", "https://me:secret@chat.example/", "nonsense"]
)
def test_an_address_that_is_none_or_is_in_the_clear_is_refused(linda: Actor, url: str) -> None:
    with pytest.raises(NotAllowedNow):
        endpoint(linda, url)


def test_only_leads_keep_endpoints(receiver: Receiver) -> None:
    with pytest.raises(PermissionDenied):
        endpoint(person("sandra", "specialist"), receiver.url)
