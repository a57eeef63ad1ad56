"""The poller: what changed at a far side becomes one message each, whatever is killed, repeated, down or misled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from connectors import intake, lanes, polling
from connectors.models import DedupeKey, Feed, FeedCursor, Lane, Message, System
from connectors.polling import Poller
from connectors.selectors import feed, forget_feeds, read_body
from exceptions.incidents import follow_incidents
from exceptions.models import Case
from hub.core.sealing import seal_json
from tests.support.small_fhir import TOKEN, SmallFhir, small_fhir

HOOK_TOKEN = "hook-token"


@pytest.fixture
def server() -> Iterator[SmallFhir]:
    with small_fhir() as running:
        yield running


@pytest.fixture
def clinic(db: None, server: SmallFhir) -> Feed:
    return configured(server)


@pytest.fixture
def poller() -> Iterator[Poller]:
    made = Poller()
    yield made
    made.close()


def configured(server: SmallFhir) -> Feed:
    """A clinic whose appointments are polled at every look."""
    system = System.objects.create(
        code="clinic-ehr", number="S5", name="Clinic EHR", connector="clinic_ehr", base_url=server.base,
        timeout_seconds=5, sealed_secrets=seal_json({"token": TOKEN}),
    )  # fmt: skip
    forget_feeds()
    return Feed.objects.create(
        code="clinic-ehr", system=system, name="Clinic", transport="poll", contract="fhir.r4",
        options={"resources": ["Appointment"], "page": 2, "poll": {"every_seconds": 0}},
        sealed_secrets=seal_json([HOOK_TOKEN]),
    )  # fmt: skip


def appointment(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": f"a{number}",
        "status": "booked",
        "start": "2026-11-20T09:00:00-06:00",
        "serviceType": [{"coding": [{"code": "FM"}]}],
        "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
        **fields,
    }


def at(minute: int) -> str:
    return f"2026-11-10T10:{minute:02}:00.000Z"


def keys() -> list[str]:
    return list(DedupeKey.objects.order_by("message_id").values_list("key", flat=True))


def watermark() -> datetime | None:
    return FeedCursor.objects.get(stream="Appointment").watermark


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.05)


@pytest.mark.parametrize("links", [True, False])
def test_every_change_is_one_message_however_the_server_pages(
    clinic: Feed, server: SmallFhir, poller: Poller, links: bool
) -> None:
    server.links = links
    for number in range(7):
        # Three of them at the very same moment, over the edge of a page.
        server.put(appointment(number), at(min(number, 4)))

    assert (poller.look(), poller.look()) == (7, 0)

    assert keys() == [f"Appointment/a{number}/_history/1" for number in range(7)]
    assert watermark() == datetime(2026, 11, 10, 10, 4, tzinfo=UTC)
    assert not Message.objects.exclude(state="received").exists()


def test_a_new_version_and_what_was_committed_late_are_read_and_the_rest_is_not_read_again(
    clinic: Feed, server: SmallFhir, poller: Poller
) -> None:
    server.put(appointment(1), at(10))
    poller.look()
    server.put(appointment(1, status="cancelled"), at(11), version="2")
    server.put(appointment(2), "2026-11-10T10:09:30.000Z")

    assert poller.look() == 2

    assert keys() == ["Appointment/a1/_history/1", "Appointment/a2/_history/1", "Appointment/a1/_history/2"]
    assert any("_lastUpdated=ge2026-11-10T10%3A09%3A00.000Z" in target for target in server.asked)


def test_an_appointment_comes_with_its_patient_and_coverage(clinic: Feed, server: SmallFhir, poller: Poller) -> None:
    server.put({"resourceType": "Patient", "id": "p1", "name": [{"family": "Sample"}]}, at(1))
    coverage = {
        "status": "active",
        "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"reference": "Organization/o"}],
    }
    server.put({"resourceType": "Coverage", "id": "c1", **coverage}, at(1))
    server.put(appointment(1), at(2))

    poller.look()

    body = read_body(Message.objects.get()).decode()
    assert [body.count(f'"resourceType":"{kind}"') for kind in ("Appointment", "Patient", "Coverage")] == [1, 1, 1]
    assert Message.objects.get().control_id == "Appointment/a1"


def test_the_watermark_moves_only_after_the_commit(
    clinic: Feed, server: SmallFhir, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two commits, the next look takes what is left and nothing twice."""
    for number in range(5):
        server.put(appointment(number), at(number))
    taken = []

    def dies_at_the_fourth(*args: Any, **kwargs: Any) -> intake.Receipt:
        if len(taken) == 3:
            raise KeyboardInterrupt
        taken.append(1)
        return intake.receive(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(polling, "receive", dies_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            poller.look()
    assert watermark() == datetime(2026, 11, 10, 10, 1, tzinfo=UTC)

    assert poller.look() == 2
    assert len(keys()) == len(set(keys())) == 5


def test_a_server_that_is_down_is_asked_ever_more_rarely_and_is_one_incident(
    clinic: Feed, server: SmallFhir, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1000.0]
    monkeypatch.setattr(polling.time, "monotonic", lambda: moment[0])
    server.status = 503
    asked = []
    for _ in range(40):
        poller.look()
        asked.append(len(server.asked))
        moment[0] += 1.0
    assert asked[-1] in range(5, 8)
    follow_incidents()
    assert (Case.objects.get().code, Case.objects.get().state) == ("system-down", "open")

    server.status = 200
    server.put(appointment(1), at(1))
    moment[0] += 60
    assert poller.look() == 1
    follow_incidents()
    assert Lane.objects.get(system=clinic.system).breaker == "closed"
    assert Case.objects.get().state == "resolved"


def test_a_server_that_does_not_let_us_in_is_paused_with_a_case(
    clinic: Feed, server: SmallFhir, poller: Poller
) -> None:
    System.objects.update(sealed_secrets=seal_json({"token": "old"}))

    assert [poller.look() for _ in range(lanes.FAILURES_TO_OPEN)] == [0, 0, 0, 0]

    assert System.objects.get().state == "paused"
    assert (Case.objects.get().code, len(server.asked)) == ("credentials-refused", 1)


def test_a_page_that_lies_at_another_address_never_sees_our_token(
    clinic: Feed, server: SmallFhir, poller: Poller
) -> None:
    with small_fhir() as stranger:
        for number in range(3):
            server.put(appointment(number), at(number))
        server.base = stranger.base
        poller.look()

        assert stranger.asked == []
    assert Case.objects.get().code == "paging-elsewhere"


def test_what_is_too_large_is_refused_with_a_case_once(clinic: Feed, server: SmallFhir, poller: Poller) -> None:
    Feed.objects.update(max_bytes=600)
    forget_feeds()
    server.put(appointment(1, description="x" * 500), at(1))

    assert (poller.look(), poller.look()) == (1, 0)

    assert Message.objects.get().code == "message-too-large"
    assert Case.objects.get().code == "message-too-large"


def test_a_feed_is_read_at_its_pace_and_at_once_when_it_is_told(
    clinic: Feed, server: SmallFhir, poller: Poller
) -> None:
    Feed.objects.update(options={**clinic.options, "poll": {"every_seconds": 3600}})
    forget_feeds()
    poller.look()
    server.put(appointment(1), at(1))
    assert poller.look() == 0
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {HOOK_TOKEN}"}

    forged = Client().post("/in/v1/clinic-ehr", b"", content_type="", HTTP_AUTHORIZATION="Bearer no")
    assert (forged.status_code, poller.look()) == (401, 0)

    told = Client().post("/in/v1/clinic-ehr", b"", content_type="", **bearer)
    assert (told.status_code, poller.look(), poller.look()) == (202, 1, 0)

    body = b'{"resourceType": "Appointment", "status": "booked"}'
    resource = Client().post("/in/v1/clinic-ehr", body, content_type="application/fhir+json", **bearer)
    assert resource.status_code == 202
    notified = Message.objects.get(size=len(body))
    assert not any("hook-token" in value for value in notified.headers.values())
    assert FeedCursor.objects.get().asked_at > FeedCursor.objects.get().looked_at
    assert Client().post("/in/v1/clinic-ehr", b"", content_type="", **bearer).status_code == 200


def test_nobody_asks_a_paused_system_and_a_plan_that_is_none_pauses_it(
    clinic: Feed, server: SmallFhir, poller: Poller
) -> None:
    System.objects.update(state="paused")
    assert (poller.look(), server.asked) == (0, [])

    System.objects.update(state="active")
    Feed.objects.update(options={"poll": {"every_seconds": "often"}})
    poller.look()
    assert Case.objects.get().code == "poll-plan-malformed"


def test_the_command_polls_until_it_is_stopped_and_a_killed_one_goes_on_where_it_was(
    transactional_db: None, hub_environment: dict[str, str], server: SmallFhir
) -> None:
    configured(server)
    argv = [sys.executable, "manage.py", "poll_feeds", "--every", "0.05"]
    for number in range(4):
        server.put(appointment(number), at(number))
    first = subprocess.Popen(argv, env=hub_environment)
    try:
        wait_until(lambda: Message.objects.count() == 4)
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    server.put(appointment(9), at(9))
    second = subprocess.Popen(argv, env=hub_environment)
    try:
        wait_until(lambda: Message.objects.count() == 5)
    finally:
        second.terminate()
    assert second.wait(30) == 0
    assert len(keys()) == len(set(keys())) == 5
    assert feed("clinic-ehr").transport == "poll"
    assert watermark() == datetime(2026, 11, 10, 10, 9, tzinfo=UTC)
