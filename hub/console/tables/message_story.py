"""What became of a message at the door and after it: how it was acknowledged, what its contract says, what it began."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from connectors.models import Delivery, Feed, Message, Transport
from connectors.states import DeliveryState, MessageState
from hub.console.selectors.messages import Neighbours
from hub.console.tables.messages import message_url
from hub.console.tables.runs import run_name, run_url
from hub.core.errors import FailureClass
from hub.ui.badges import Badge, Tone, badge_for
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from orchestration.states import RunState

#: What a sender heard at the door, by how it came in; the answer is sent only once the message is committed.
_HEARD = {
    Transport.WEBHOOK: ("HTTP 202, accepted", "HTTP 200, known already", "HTTP 4xx, refused"),
    Transport.MLLP: ("AA or CA, accepted", "AA or CA, known already", "AR or AE, refused"),
    Transport.FILES: ("Moved to done", "Moved to done", "Moved to rejected"),
    Transport.POLL: ("Nothing: it was fetched", "Nothing: it was fetched", "Nothing: it was fetched"),
    Transport.ANSWER: ("Its question was ours", "Its question was ours", "Its question was ours"),
}

RUN_COLUMNS = (
    Column(key="run", label="Run", value=run_name, link=run_url, css="cell-main"),
    Column(key="event", label="Began with", value="event_type"),
    Column(key="state", label="State", kind=Kind.BADGE, choices=RunState),
    Column(key="amount", label="At stake", kind=Kind.MONEY),
    Column(key="started", label="Started", kind=Kind.WHEN, value="created_at"),
)


def door_facts(message: Message, feed: Feed | None, answer: Delivery | None) -> list[Fact]:
    """How its sender was answered."""
    facts = list(_heard(message, feed))
    if answer is not None:
        facts.append(Fact("999", badge_for(answer.state, DeliveryState), Kind.BADGE))
        facts.append(Fact("999 sent", answer.sent_at, Kind.WHEN))
        facts.append(Fact("Its reference", answer.reference, Kind.CODE))
    return [fact for fact in facts if fact.value not in ("", None)]


def _heard(message: Message, feed: Feed | None) -> Iterator[Fact]:
    if feed is None:
        return
    accepted, known, refused = _HEARD[Transport(feed.transport)]
    heard = {MessageState.DUPLICATE: known, MessageState.REJECTED: refused}.get(MessageState(message.state), accepted)
    yield Fact("Its sender heard", heard)
    yield Fact("Came by", Transport(feed.transport).label, url=reverse("console:system", args=[feed.system.code]))


def contract_facts(message: Message, feed: Feed | None, failure_class: str) -> list[Fact]:
    """What its contract says of it: kept, broken (and where), or not looked at yet."""
    verdict = _verdict(message, failure_class)
    facts = [
        Fact("Verdict", verdict, Kind.BADGE),
        Fact("Contract", feed.contract if feed else ""),
        Fact("Version", message.contract_version),
        Fact("Broken by" if verdict.tone is Tone.CRITICAL else "", message.code, Kind.CODE),
        Fact("Where", message.detail if verdict.tone is Tone.CRITICAL else ""),
    ]
    return [fact for fact in facts if fact.label and fact.value not in ("", None)]


def _verdict(message: Message, failure_class: str) -> Badge:
    if message.state == MessageState.DUPLICATE:
        return Badge("Not looked at again", Tone.NEUTRAL)
    if message.state == MessageState.RECEIVED:
        return Badge("Not looked at yet", Tone.NEUTRAL)
    if failure_class == FailureClass.DATA or (message.state == MessageState.REJECTED and not failure_class):
        return Badge("Broken", Tone.CRITICAL)
    if message.state == MessageState.REJECTED:
        return Badge("Refused at the door", Tone.CAUTION)
    return Badge("Kept", Tone.POSITIVE)


def neighbour_links(found: Neighbours) -> list[tuple[str, str, str, Message]]:
    """(label, icon, address, message) of those that there are."""
    named = (
        ("Before it on this feed", "chevron-left", found.before),
        ("After it on this feed", "chevron-right", found.after),
        ("Before it on this account", "chevron-left", found.before_of_account),
        ("After it on this account", "chevron-right", found.after_of_account),
    )
    return [(label, icon, message_url(message), message) for label, icon, message in named if message is not None]
