"""The webhook door under pressure: who is turned away, and who is not."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.test import Client
from limits import RateLimitItemPerHour

from connectors import seed, throttle
from connectors.models import Message
from connectors.sandbox import settings as sandbox
from connectors.scheduling_saas.authenticity import sign
from connectors.selectors import forget_feeds
from connectors.states import MessageState
from hub.core import clock

pytestmark = pytest.mark.django_db

FEW = RateLimitItemPerHour(3)
BODY = json.dumps({"event": "appointment_booked", "appointment_id": "S1"}).encode()


@pytest.fixture(autouse=True)
def sandbox_group(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("seed_group", verbosity=0)
    seed.seed()
    forget_feeds()
    throttle._limiter().storage.reset()
    monkeypatch.setattr(throttle, "_REFUSALS", FEW)


def send(secret: str, number: int) -> tuple[int, dict[str, str]]:
    headers = sign(BODY, f"msg_{number}", secret, clock.machine_now())
    answer = Client().post("/in/v1/scheduling", BODY, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def flood(times: int) -> list[int]:
    return [send("whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==", number)[0] for number in range(times)]


def test_a_flood_of_wrong_signatures_is_recorded_up_to_a_limit_and_then_only_turned_away() -> None:
    assert flood(6) == [401, 401, 401, 429, 429, 429]
    assert Message.objects.filter(state=MessageState.REJECTED).count() == 3


def test_whoever_floods_a_feed_with_wrong_signatures_does_not_lock_its_true_sender_out() -> None:
    flood(5)

    status, told = send(sandbox.SCHEDULING_SECRET, 99)

    assert (status, told["outcome"]) == (202, "accepted")
    assert str(Message.objects.get(state=MessageState.RECEIVED).id) == told["message_id"]


def test_an_answer_states_its_length_so_that_it_goes_out_whole() -> None:
    headers = sign(BODY, "msg_1", sandbox.SCHEDULING_SECRET, clock.machine_now())

    answer = Client().post("/in/v1/scheduling", BODY, content_type="application/json", headers=headers)

    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_the_headers_that_say_what_a_message_is_are_kept_under_their_own_names() -> None:
    headers = sign(BODY, "msg_1", sandbox.SCHEDULING_SECRET, clock.machine_now())
    headers |= {"X-Contract-Version": "v1", "Authorization": "Bearer secret", "User-Agent": "scheduler/4"}

    Client().post("/in/v1/scheduling", BODY, content_type="application/json", headers=headers)

    kept = Message.objects.get().headers
    assert kept.pop("webhook-signature").startswith("v1,")
    assert kept.pop("webhook-timestamp").isdecimal()
    assert kept == {
        "content-type": "application/json",
        "user-agent": "scheduler/4",
        "webhook-id": "msg_1",
        "x-contract-version": "v1",
    }
