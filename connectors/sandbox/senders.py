"""How the sandbox's systems send: each in its own order, over real sockets, and again until they are answered.

A webhook is tried again when the hub is away, busy or failing; an HL7 message goes out again under the same control
id until its acknowledgement is here. So whatever is killed at the hub costs time and no message.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

import httpx

from connectors.formats.hl7v2 import Hl7Refused, parse_message
from connectors.payment_gateway import authenticity as gateway
from connectors.sandbox import settings
from connectors.scheduling_saas import authenticity as scheduling
from connectors.transports.mllp import MllpClient
from hub.core import clock
from hub.core.errors import Ambiguous, Transient

_FIRST_DELAY = 0.2
_LONGEST_DELAY = 5.0
#: A sender gives up after this: the hub is not coming back.
PATIENCE = timedelta(minutes=10)
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Answer(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    LOST = "lost"


class HubAway(Exception):
    """The hub did not answer for as long as a sender waits."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message. `key` is the webhook id, the event id or MSH-10; `spoiled` gives it a wrong signature, and one that
    is `lost` never leaves: its sender believes that it did."""

    feed: str
    key: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    spoiled: bool = False
    lost: bool = False


class Sender(Protocol):
    def send(self, message: Outgoing) -> Answer:
        """Until there is an answer. Raises HubAway where none came in all that time."""

    def close(self) -> None: ...


class WebhookSender:
    """Posts to one feed of the hub, signed as the feed wants it."""

    def __init__(self, feed: str) -> None:
        self._url = f"http://127.0.0.1:{settings.hub_port()}/in/v1/{feed}"
        self._http = httpx.Client(timeout=10.0, trust_env=False)

    def send(self, message: Outgoing) -> Answer:
        for _ in _tries():
            headers = {**message.headers, **_signature(message), "Content-Type": "application/json"}
            try:
                reply = self._http.post(self._url, content=message.body, headers=headers)
            except httpx.TransportError:
                continue
            if reply.status_code not in _TRY_AGAIN:
                return _ANSWERS.get(reply.status_code, Answer.REFUSED)
        raise HubAway(message.feed)

    def close(self) -> None:
        self._http.close()


_ANSWERS = {202: Answer.ACCEPTED, 200: Answer.DUPLICATE}


def _signature(message: Outgoing) -> dict[str, str]:
    """Signed at each try anew: a signature is only good for minutes."""
    at = clock.machine_now()
    if message.feed == "gateway":
        secret = settings.GATEWAY_SECRET[::-1] if message.spoiled else settings.GATEWAY_SECRET
        return gateway.sign(message.body, [secret], at)
    signed = message.body + b" " if message.spoiled else message.body
    secret = settings.BILLING_SECRET if message.feed == "billing" else settings.SCHEDULING_SECRET
    return scheduling.sign(signed, message.key, secret, at)


class MllpSender:
    """One connection of an HL7 system to the hub's MLLP port."""

    def __init__(self, feed: str) -> None:
        self._client = MllpClient("127.0.0.1", settings.mllp_port(), system=feed)

    def send(self, message: Outgoing) -> Answer:
        for _ in _tries():
            try:
                acknowledgement = parse_message(self._client.send(message.body))
            except (Transient, Ambiguous, Hl7Refused):
                continue
            code = acknowledgement.get("MSA-1")
            if code == "AA":
                return Answer.ACCEPTED
            if code in ("AE", "AR"):
                return Answer.REFUSED
        raise HubAway(message.feed)

    def close(self) -> None:
        self._client.close()


def sender(feed: str) -> Sender:
    return WebhookSender(feed) if feed in ("scheduling", "gateway", "billing") else MllpSender(feed)


def _tries() -> Iterator[None]:
    """Once at once, then with growing pauses until patience ends."""
    delay = _FIRST_DELAY
    deadline = time.monotonic() + PATIENCE.total_seconds()
    yield None
    while time.monotonic() < deadline:
        time.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - spread, not secrecy
        delay = min(delay * 2, _LONGEST_DELAY)
        yield None
