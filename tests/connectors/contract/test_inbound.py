"""What every connector that receives promises of a message: understood exactly, or refused by its place."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors import intake
from connectors.intake import Outcome, Receipt
from connectors.models import Feed, Message, System, Transport
from connectors.registry import Connector
from connectors.selectors import FeedInfo, feed, forget_feeds, read_body
from connectors.states import MessageState
from connectors.translation import Incoming
from exceptions.models import Case, Member
from hub.core import clock
from hub.core.errors import DataFault, Failure, FailureClass
from hub.core.events import Event
from hub.core.events.base import Classification, classification
from hub.core.sealing import seal_json
from hub.records.services import Recordable, record_events
from tests.connectors.contract.description import RECEIVING, Foreign, inbound, package_of
from tests.connectors.fixtures import expected, fixtures, plain

every = pytest.mark.parametrize("connector", RECEIVING, ids=package_of)
every_fixture = pytest.mark.parametrize(
    ("connector", "fixture"),
    [(connector, path) for connector in RECEIVING for path in fixtures(connector.package)],
    ids=lambda value: value.name if isinstance(value, Path) else value.package,
)
every_foreign = pytest.mark.parametrize(
    ("connector", "foreign"),
    [(connector, foreign) for connector in RECEIVING for foreign in inbound(connector).foreign.values()],
    ids=lambda value: value.code if isinstance(value, Foreign) else value.package,
)

#: What comes by mistake: nothing, a page of a proxy, a picture, a key that stuck, JSON without a bottom.
GARBAGE: Mapping[str, bytes] = {
    "nothing": b"",
    "a line end": b"\r\n",
    "a page": b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "a byte order mark": b"\xef\xbb\xbf",
    "wide text": "MSH|^~\\&|{}".encode("utf-16"),
    "deep": b"[" * 100_000,
    "names that are no text": b'{"\x80": 1}',
    "long": b"A" * 300_000,
    "noise": random.Random(7).randbytes(4096),  # noqa: S311 - the same noise in every run
}
_STEPS = 40
#: Of the sandbox group; for senders whose times carry none.
ZONE = ZoneInfo("America/Chicago")


def read(connector: Connector, body: bytes, headers: Mapping[str, str] | None = None) -> list[Event]:
    """As the hub reads a stored message: identified at the door, then translated."""
    told = inbound(connector)
    named = {**told.headers, **(headers or {})}
    connector.identify(named, body[: intake.HEAD_BYTES], "0" * 64)
    message = Incoming(
        system=told.system, feed=told.system, facility_hint=told.facility, headers=named, body=body, zone=ZONE
    )
    return list(connector.translate(message))


def cuts(body: bytes) -> Iterator[bytes]:
    """The beginnings of a message, some forty of them."""
    for end in range(0, len(body), max(1, len(body) // _STEPS)):
        yield body[:end]


def persons(events: list[Event]) -> set[str]:
    """What the events of a fixture tell of a person, as far as it is long enough to be recognized."""
    return {
        value
        for event in events
        for name, kind in classification(type(event)).items()
        if kind in {Classification.PII, Classification.PHI}
        for value in [getattr(event, name)]
        if isinstance(value, str) and len(value) > 3
    }


@every_fixture
def test_every_fixture_means_exactly_what_is_written_beside_it(connector: Connector, fixture: Path) -> None:
    assert [plain(event) for event in read(connector, fixture.read_bytes())] == expected(fixture)


@every
def test_a_message_means_the_same_whatever_came_before_it(connector: Connector) -> None:
    found = fixtures(connector.package)

    backwards = [[plain(event) for event in read(connector, path.read_bytes())] for path in reversed(found)]

    assert backwards == [expected(path) for path in reversed(found)]


@every_fixture
def test_what_is_cut_short_is_refused_or_says_less_and_never_names_a_person(
    connector: Connector, fixture: Path
) -> None:
    body = fixture.read_bytes()
    private = persons(read(connector, body))
    for beginning in cuts(body):
        try:
            read(connector, beginning)
        except Failure as failure:
            told = f"{failure} {failure.cause} {failure.hint} {failure.subject}"
            assert not [value for value in private if value in told]


@every
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_refused(connector: Connector, garbage: bytes) -> None:
    with pytest.raises(DataFault):
        read(connector, garbage)


@every_foreign
def test_a_version_or_type_that_it_does_not_know_is_refused_and_not_guessed(
    connector: Connector, foreign: Foreign
) -> None:
    with pytest.raises(DataFault) as refused:
        read(connector, foreign.body, foreign.headers)

    assert refused.value.code == foreign.code
    assert refused.value.hint, "a refusal says what to do next"


# --- at the door ---


def info(connector: Connector, **changes: Any) -> FeedInfo:
    """A feed of this connector's own, configured as a group would."""
    told = inbound(connector)
    system, _ = System.objects.get_or_create(
        code=told.system, defaults={"number": "S0", "name": connector.title, "connector": connector.package}
    )
    secrets = seal_json([told.secret]) if told.secret else None
    values = {"system": system, "name": connector.title, "transport": Transport.FILES, "contract": "any"}
    Feed.objects.update_or_create(code="contract", defaults={**values, "sealed_secrets": secrets, **changes})
    forget_feeds()
    return feed("contract")


def receive(connector: Connector, body: bytes, *, number: str = "msg_1", **changes: Any) -> Receipt:
    """Taken in as the sender's message of this number; the proof of sender is another matter."""
    told = inbound(connector)
    named = told.sign(b"", number, told.secret, clock.machine_now()) if told.sign is not None else {}
    return intake.receive(info(connector, **changes), body=body, headers={**told.headers, **named}, proven=True)


def first(connector: Connector) -> bytes:
    return fixtures(connector.package)[0].read_bytes()


@every
@pytest.mark.django_db
def test_a_message_that_comes_again_is_the_same_message(connector: Connector) -> None:
    accepted = receive(connector, first(connector))
    again = receive(connector, first(connector))

    assert (accepted.outcome, again.outcome) == (Outcome.ACCEPTED, Outcome.DUPLICATE)
    assert again.message_id == accepted.message_id
    assert Message.objects.filter(state=MessageState.RECEIVED).count() == 1


@every
@pytest.mark.django_db
def test_a_number_used_again_for_other_content_is_refused_and_kept(connector: Connector) -> None:
    altered = inbound(connector).same_number
    if altered is None:
        pytest.skip("the digest of the content is the number")
    accepted = receive(connector, first(connector))
    other = receive(connector, altered(first(connector)))

    assert accepted.outcome is Outcome.ACCEPTED
    assert other.outcome is Outcome.REJECTED
    assert other.failure is not None
    assert other.failure.code == "control-id-reused"
    assert read_body(Message.objects.get(pk=other.message_id)) == altered(first(connector))


@every
@pytest.mark.django_db
def test_what_is_larger_than_the_feed_allows_is_refused_with_its_beginning_kept(connector: Connector) -> None:
    body = first(connector)

    receipt = receive(connector, body, max_bytes=len(body) - 1)

    assert receipt.outcome is Outcome.REJECTED
    assert receipt.failure is not None
    assert receipt.failure.code == "message-too-large"
    message = Message.objects.get(pk=receipt.message_id)
    assert (message.state, message.size) == (MessageState.REJECTED, len(body))
    assert body.startswith(read_body(message))


@every
@pytest.mark.django_db
def test_nothing_that_came_is_lost_whatever_it_is(connector: Connector) -> None:
    sent = [body for body in (*list(cuts(first(connector)))[::8], *GARBAGE.values()) if body]

    receipts = [receive(connector, body, number=f"msg_{index}") for index, body in enumerate(sent)]

    for body, receipt in zip(sent, receipts, strict=True):
        message = Message.objects.get(pk=receipt.message_id)
        if receipt.outcome is Outcome.ACCEPTED:
            assert read_body(message) == body
        else:
            assert Member.objects.filter(kind="message", ref=message.pk).exists() or message.duplicate_of


@pytest.mark.parametrize("connector", [item for item in RECEIVING if item.signed], ids=package_of)
@pytest.mark.django_db
def test_what_nobody_signed_freshly_with_our_secret_is_refused_as_a_matter_of_security(connector: Connector) -> None:
    told = inbound(connector)
    assert told.sign is not None
    body, now = first(connector), clock.machine_now()
    proven = dict(told.sign(body, "msg_1", told.secret, now))
    strangers: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body + b" ", proven),
        (body, {name: value.swapcase()[::-1] for name, value in proven.items()}),
    ]
    if told.dated:
        late, early = now - timedelta(minutes=11), now + timedelta(minutes=11)
        strangers += [(body, dict(told.sign(body, "msg_1", told.secret, at))) for at in (late, early)]

    def send(body: bytes, headers: Mapping[str, str]) -> Receipt:
        return intake.receive(info(connector), body=body, headers={**told.headers, **headers})

    receipts = [send(sent, headers) for sent, headers in strangers]

    assert send(body, proven).outcome is Outcome.ACCEPTED
    classes = [receipt.failure.failure_class if receipt.failure else None for receipt in receipts]
    assert classes == [FailureClass.SECURITY] * len(strangers)
    assert Case.objects.filter(failure_class=FailureClass.SECURITY).exists()


# --- out of order ---


@every
@pytest.mark.django_db
def test_newer_news_stands_when_older_news_of_the_same_thing_comes_late(connector: Connector) -> None:
    told = inbound(connector)
    events = [event for path in fixtures(connector.package) for event in read(connector, path.read_bytes())]
    newest_first = sorted(events, key=lambda event: (event.sequence or 0, event.occurred_at), reverse=True)

    recorded = record_events(
        [
            Recordable(event=item, system=told.system, causation_id=None, received_at=clock.now())
            for item in newest_first
        ]
    ).recorded

    assert len(recorded) == len(events), "what comes late is kept"
    standing: dict[str, Event] = {}
    for item in recorded:
        newest = standing.setdefault(f"{item.event.entity_kind} {item.event.entity_key}", item.event)
        if item.record is not None and is_older(item.event, newest):
            assert not item.applied


def is_older(event: Event, newest: Event) -> bool:
    """By the source's own number, where it numbers its versions, else by its time."""
    if event.sequence is not None and newest.sequence is not None:
        return event.sequence < newest.sequence
    return event.occurred_at < newest.occurred_at
