"""The webhook door: what each kind of sender is told, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from limits import RateLimitItemPerHour

from connectors import seed, throttle
from connectors.models import DedupeKey, Feed, Message
from connectors.sandbox import settings as sandbox
from connectors.scheduling_saas.authenticity import sign
from connectors.selectors import forget_feeds, read_body
from connectors.states import MessageState
from exceptions.models import Case, Member
from exceptions.replays.items import message_items
from hub.core import clock
from hub.core.sealing import seal_json
from hub.records.models import Event
from orchestration import inbound

pytestmark = pytest.mark.django_db

FEW = RateLimitItemPerHour(3)
DOOR = "/in/v1/scheduling"
BODY = json.dumps({"event": "appointment_booked", "patient": "DOE^JANE"}).encode()
STRANGER = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="


@pytest.fixture(autouse=True)
def sandbox_group(monkeypatch: pytest.MonkeyPatch) -> None:
    seed.seed()
    forget_feeds()
    throttle._limiter().storage.reset()
    monkeypatch.setattr(throttle, "_REFUSALS", FEW)


def post(body: bytes = BODY, *, to: str = DOOR, kind: str = "application/json", **headers: str) -> HttpResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(to, body, content_type=kind, headers=sent)


def send(number: int = 1, body: bytes = BODY, *, secret: str = sandbox.SCHEDULING_SECRET) -> HttpResponse:
    """One signed webhook with its number."""
    return post(body, **signed(number, body, secret=secret))


def signed(
    number: int = 1, body: bytes = BODY, *, secret: str = sandbox.SCHEDULING_SECRET, late: timedelta = timedelta(0)
) -> dict[str, str]:
    return sign(body, f"msg_{number}", secret, clock.machine_now() - late)


def told(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The problem details (RFC 9457) of this answer, which must be this refusal."""
    problem: dict[str, Any] = json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status)
    assert problem["type"] == f"urn:throughline:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


def configure(**changes: Any) -> None:
    Feed.objects.filter(code="scheduling").update(**changes)
    forget_feeds()


# --- accepted ---


def test_a_signed_message_is_accepted_under_its_id() -> None:
    answer = send()

    message = Message.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"message_id": str(message.id), "outcome": "accepted"})
    assert (message.state, message.control_id, message.size) == ("received", "msg_1", len(BODY))
    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_the_stored_body_is_sealed_and_opens_to_every_byte() -> None:
    send()

    message = Message.objects.get()
    assert b"DOE^JANE" not in bytes(message.body)
    assert read_body(message) == BODY


def test_the_same_message_again_is_answered_with_the_first_id_and_noted_as_a_duplicate() -> None:
    first = send().json()["message_id"]

    answer = send()

    assert (answer.status_code, answer.json()) == (200, {"message_id": first, "outcome": "duplicate"})
    second = Message.objects.get(state=MessageState.DUPLICATE)
    assert (str(second.duplicate_of), second.body) == (first, None)
    assert Message.objects.filter(state=MessageState.RECEIVED).count() == 1


def test_a_paused_feed_takes_and_keeps_what_comes() -> None:
    configure(state="paused")

    assert send().status_code == 202

    assert inbound.process() == 0
    assert Message.objects.get().state == "received"


def test_either_secret_is_good_while_one_is_rolled() -> None:
    configure(sealed_secrets=seal_json(["whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0", sandbox.SCHEDULING_SECRET]))

    assert send(1).status_code == 202
    assert send(2, secret="whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0").status_code == 202


# --- who cannot be proved ---


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (lambda: signed(secret=STRANGER), "signature-wrong"),
        (lambda: signed(body=b"{}"), "signature-wrong"),
        (lambda: signed() | {"webhook-id": "msg_2"}, "signature-wrong"),
        (dict, "signature-missing"),
        (lambda: signed() | {"webhook-timestamp": "soon"}, "signature-missing"),
        (lambda: signed(late=timedelta(minutes=6)), "signature-not-fresh"),
        (lambda: signed(late=-timedelta(minutes=6)), "signature-not-fresh"),
    ],
)
def test_who_cannot_be_proved_is_refused_with_a_security_case_and_never_processed(
    headers: Callable[[], dict[str, str]], code: str
) -> None:
    problem = told(post(**headers()), 401, code)

    message = Message.objects.get()
    assert (problem["message_id"], message.state, message.code) == (str(message.id), "rejected", code)
    assert Member.objects.get(ref=message.id).case.failure_class == "security"
    assert not DedupeKey.objects.exists()
    inbound.process()
    assert not Event.objects.exists()


def test_a_refused_message_does_not_take_the_number_of_the_true_one() -> None:
    send(secret=STRANGER)

    assert send().status_code == 202


def test_a_flood_of_wrong_signatures_is_recorded_up_to_a_limit_and_then_only_turned_away() -> None:
    answers = [send(number, secret=STRANGER) for number in range(6)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429, 429]
    told(answers[-1], 429, "too-many-messages")
    assert Message.objects.filter(state=MessageState.REJECTED).count() == 3


def test_whoever_floods_a_feed_with_wrong_signatures_does_not_lock_its_true_sender_out() -> None:
    for number in range(5):
        send(number, secret=STRANGER)

    answer = send(99)

    assert answer.status_code == 202
    assert str(Message.objects.get(state=MessageState.RECEIVED).id) == answer.json()["message_id"]


def test_a_secret_that_we_wrote_down_wrongly_lets_the_sender_try_again_and_nothing_in_unproved() -> None:
    configure(sealed_secrets=seal_json(["whsec_x"]))

    answer = send()

    told(answer, 503, "not-verifiable")
    assert answer.headers["Retry-After"] == "60"
    message = Message.objects.get()
    assert Case.objects.get().failure_class == "security"
    assert message_items([message.id], theirs=False)[0].blocked
    seed.seed()
    forget_feeds()
    assert send().status_code == 202


# --- what is turned away ---


def test_a_number_used_again_for_other_content_is_refused_and_kept_with_a_case() -> None:
    send(1)
    other = BODY + b" "

    problem = told(send(1, other), 422, "control-id-reused")

    kept = Message.objects.get(state=MessageState.REJECTED)
    assert problem["message_id"] == str(kept.id)
    assert read_body(kept) == other
    assert Member.objects.get(ref=kept.id).case.failure_class == "data"


@pytest.mark.parametrize("to", ["/in/v1/nobody", "/in/v1/ehr", "/in/v1/", "/in/v1/scheduling/more"])
def test_there_is_no_door_but_that_of_a_webhook_feed(to: str) -> None:
    told(post(to=to, **signed()), 404, "unknown-feed")
    assert not Message.objects.exists()


def test_only_post_is_taken() -> None:
    answer = Client().get(DOOR)

    told(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "POST"


def test_another_media_type_is_turned_away() -> None:
    told(post(kind="text/xml", **signed()), 415, "unsupported-media-type")
    assert not Message.objects.exists()


def test_json_may_say_its_character_set() -> None:
    assert post(kind="application/json; charset=utf-8", **signed()).status_code == 202


def test_what_states_to_be_too_large_is_turned_away_unread() -> None:
    configure(max_bytes=100)
    large = b"[" + b"1," * 60 + b"1]"

    problem = told(send(1, large), 413, "message-too-large")

    assert "100 bytes" in problem["detail"]
    assert not Message.objects.exists()


def test_a_feed_may_take_more_than_django_would() -> None:
    configure(max_bytes=8_000_000)
    large = json.dumps({"notes": "x" * 5_000_000}).encode()

    assert send(1, large).status_code == 202

    message = Message.objects.get()
    assert message.chunks == 20
    assert read_body(message) == large


def test_beyond_the_feeds_rate_a_sender_is_asked_to_wait() -> None:
    configure(rate_per_second=2)

    answers = [send(number) for number in range(12)]

    assert {answer.status_code for answer in answers} == {202, 429}
    late = next(answer for answer in answers if answer.status_code == 429)
    told(late, 429, "too-many-messages")
    assert late.headers["Retry-After"] == "1"
    assert Message.objects.count() == sum(answer.status_code == 202 for answer in answers)


def test_strangers_do_not_use_up_the_rate_of_the_true_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(rate_per_second=1)
    counted = []
    monkeypatch.setattr(throttle, "may_send", lambda feed, rate: not counted.append(feed))

    send(1, secret=STRANGER)
    assert counted == []

    send(2)
    assert counted == ["scheduling"]


# --- what is kept of the headers ---


def test_the_headers_that_say_what_a_message_is_are_kept_under_their_own_names() -> None:
    more = {"X-Contract-Version": "v1", "Authorization": "Bearer secret", "User-Agent": "scheduler/4"}
    post(**signed(), **more, **{"X-Api-Key": "secret", "X-Auth-Token": "secret", "Cookie": "secret"})

    kept = Message.objects.get().headers
    assert kept.pop("webhook-signature").startswith("v1,")
    assert kept.pop("webhook-timestamp").isdecimal()
    assert kept == {
        "content-type": "application/json",
        "user-agent": "scheduler/4",
        "webhook-id": "msg_1",
        "x-contract-version": "v1",
    }


def test_headers_are_kept_within_bounds() -> None:
    post(**{f"X-Filler-{number}": "y" * 2000 for number in range(200)}, **signed())

    kept = Message.objects.get().headers
    assert len(kept) == 32
    assert max(map(len, kept.values())) == 500
    assert kept["webhook-id"] == "msg_1"
