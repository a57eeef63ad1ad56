"""Webhooks that get lost: the SaaS is read back for them, and each change has its effect once, by whichever way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import httpx
import msgspec
import pytest
from django.core.management import call_command
from django.test import Client

from connectors import seed
from connectors.models import Feed, FeedCursor, Message, System
from connectors.polling import Poller
from connectors.sandbox import settings as sandbox
from connectors.sandbox.scheduling_books import SchedulingBooks
from connectors.scheduling_saas import authenticity
from connectors.selectors import forget_feeds
from exceptions.models import Case
from hub.core import clock
from hub.core.sealing import seal_json
from hub.masterdata import crosswalk
from hub.records.models import Appointment
from hub.records.models import Event as EventRow
from orchestration import inbound
from tests.connectors.processes import Server, free_port, module_command, running

SELDOM = {"poll": {"every_seconds": 3600, "silence_seconds": 3600}}
CONTROL = {"Authorization": f"Bearer {sandbox.CONTROL_TOKEN}"}


@pytest.fixture(scope="module")
def saas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, SchedulingBooks]]:
    file = tmp_path_factory.mktemp("saas") / "scheduling.sqlite"
    books = SchedulingBooks(file)
    port = free_port()
    with running(module_command("connectors.sandbox.scheduling_server", port, "--books", str(file)), port) as server:
        yield server, books
    books.close()


@pytest.fixture
def feed(db: None, saas: tuple[Server, SchedulingBooks]) -> Feed:
    call_command("seed_group", stdout=StringIO())
    crosswalk.forget()
    seed.seed()
    System.objects.filter(code="scheduling").update(base_url=saas[0].url)
    Feed.objects.filter(code="scheduling").update(options=SELDOM)
    forget_feeds()
    return Feed.objects.get(code="scheduling")


@pytest.fixture
def poller() -> Iterator[Poller]:
    made = Poller()
    yield made
    made.close()


def change(appointment: str, revision: int, kind: str, **fields: Any) -> tuple[str, bytes]:
    """(webhook id, body) of one change."""
    body = {
        "contractVersion": "v2",
        "type": f"appointment.{kind}",
        "time": datetime(2026, 11, 8, 10, revision, tzinfo=UTC).isoformat(),
        "data": {
            "appointment": {
                "id": appointment,
                "revision": revision,
                "slot": {"start": "2026-11-12T08:00:00-06:00", "end": "2026-11-12T08:40:00-06:00"},
                "clinic": {"code": "nl-clinic-14"},
                "department": {"code": "cardiology"},
                "account": {"number": f"A{appointment}"},
                **fields,
            }
        },
    }
    return f"msg_{appointment}-{revision}", msgspec.json.encode(body)


def sent(books: SchedulingBooks, name: str, body: bytes, *, lost: bool = False) -> int:
    """The SaaS notes a change and sends its webhook, which may get lost; returns the hub's answer."""
    books.note(name, body)
    return 0 if lost else webhook(name, body)


def webhook(name: str, body: bytes) -> int:
    signed = authenticity.sign(body, name, sandbox.SCHEDULING_SECRET, clock.machine_now())
    headers = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in signed.items()}
    return Client().post("/in/v1/scheduling", body, content_type="application/json", **headers).status_code


def understood() -> None:
    while inbound.process():
        pass
    assert not Case.objects.exists()


def status(appointment: str) -> tuple[str, int | None]:
    found = Appointment.objects.get(key=f"scheduling:{appointment}")
    return found.status, found.sequence


def test_a_missing_revision_is_seen_and_read_back_without_undoing_what_came_after_it(
    feed: Feed, saas: tuple[Server, SchedulingBooks], poller: Poller
) -> None:
    _, books = saas
    poller.look()
    sent(books, *change("S1", 1, "booked"))
    understood()
    assert poller.look() == 0
    sent(books, *change("S1", 2, "rescheduled"), lost=True)
    sent(books, *change("S1", 3, "checkedIn"))
    understood()

    assert (poller.look(), poller.look()) == (1, 0)

    understood()
    assert status("S1") == ("checked_in", 3)
    events = EventRow.objects.filter(entity_key="scheduling:S1").order_by("sequence")
    assert list(events.values_list("sequence", "applied")) == [(1, True), (2, False), (3, True)]


def test_a_lost_last_word_is_read_back_when_the_feed_falls_silent_and_comes_late_without_effect(
    feed: Feed, saas: tuple[Server, SchedulingBooks], poller: Poller
) -> None:
    _, books = saas
    poller.look()
    sent(books, *change("S2", 1, "booked"))
    name, body = change("S2", 2, "cancelled")
    sent(books, name, body, lost=True)
    understood()
    assert (poller.look(), status("S2")) == (0, ("booked", 1))

    Feed.objects.filter(pk=feed.pk).update(options={"poll": {"every_seconds": 3600, "silence_seconds": 0}})
    forget_feeds()
    assert poller.look() == 1
    understood()
    assert status("S2") == ("cancelled", 2)

    assert webhook(name, body) == 200
    assert Message.objects.filter(control_id=name).count() == 2
    understood()
    assert EventRow.objects.filter(entity_key="scheduling:S2").count() == 2


def test_many_pages_are_read_and_what_webhooks_brought_is_not_taken_again(
    feed: Feed, saas: tuple[Server, SchedulingBooks], poller: Poller
) -> None:
    _, books = saas
    Feed.objects.filter(pk=feed.pk).update(options={"poll": {"every_seconds": 0}})
    forget_feeds()
    for number in range(230):
        sent(books, *change(f"P{number}", 1, "booked"), lost=number % 10 != 0)

    taken = poller.look()

    lost = [name for name in Message.objects.values_list("control_id", flat=True) if name.startswith("msg_P")]
    assert len(lost) == len(set(lost)) == 230
    assert taken >= 207
    assert poller.look() == 0
    assert FeedCursor.objects.get(feed=feed).stream == "appointments"


def test_a_saas_that_is_down_costs_no_webhook_and_a_key_that_is_refused_is_a_case(
    feed: Feed, saas: tuple[Server, SchedulingBooks], poller: Poller
) -> None:
    server, books = saas
    httpx.post(f"{server.url}/_control/faults", json={"outage_seconds": 60}, headers=CONTROL).raise_for_status()
    assert poller.look() == 0
    assert sent(books, *change("S3", 1, "booked")) == 202
    httpx.post(f"{server.url}/_control/faults", json={"outage_seconds": 0}, headers=CONTROL).raise_for_status()

    System.objects.filter(code="scheduling").update(sealed_secrets=seal_json({"api_key": "stolen"}))
    other = Poller()
    other.look()
    other.close()
    assert Case.objects.get().code == "credentials-refused"


def test_a_version_that_nobody_knows_is_held_with_a_case_and_never_guessed(
    feed: Feed, saas: tuple[Server, SchedulingBooks]
) -> None:
    name, body = change("S4", 1, "booked")
    assert webhook(name, body.replace(b'"v2"', b'"v3"')) == 202
    assert webhook("msg_known", change("S5", 1, "booked")[1]) == 202

    inbound.process()

    held = Message.objects.get(control_id=name)
    assert (held.state, held.code) == ("held", "unknown-contract-version")
    assert Case.objects.get().code == "unknown-contract-version"
    assert not Appointment.objects.filter(key="scheduling:S4").exists()
    versions = dict(Message.objects.values_list("control_id", "contract_version"))
    assert versions == {name: "v3", "msg_known": "v2"}
