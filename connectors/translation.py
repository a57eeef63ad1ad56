"""What a translator is given, and what every system package offers to intake. Free of Django.

A system package `connectors/<system>/` that receives has

* `translate.translate(message: Incoming) -> Iterator[Event]`: canonical events with the sender's local codes.
  Raises DataFault naming the place and what was expected there, never a value.
* `identity.identify(headers, head, sha256) -> Identity`: what makes a repeated delivery the same message.
  May raise DataFault for what is not of this format at all: then it is refused at the door.
* `identity.version_of(headers, head) -> str`, where senders state the version of their contract: never raises.
* `authenticity.verify(body, headers, secrets, now)`, for webhooks: raises SecurityRefusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from io import BytesIO
from typing import BinaryIO, Protocol

from hub.core.events import Event

#: A header that only our own door sets: the message came by webhook to a feed that is polled, and tells the poller
#: to look. What it is about comes with the look, whole and in its order.
NOTIFIED = "x-hub-notified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A stored message, opened for reading.

    `headers` has lower-case names. `facility_hint` is the feed's own facility, where it serves only one.
    `zone` is the facility's, for senders whose times carry none. A small message is in `body`; a large one
    is read through `open_body`, from its beginning each time it is called.
    """

    system: str
    feed: str
    facility_hint: str = ""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    open_body: Callable[[], BinaryIO] | None = None
    zone: tzinfo = UTC

    def open(self) -> BinaryIO:
        """The message as a stream, at its beginning."""
        return self.open_body() if self.open_body is not None else BytesIO(self.body)

    def read(self) -> bytes:
        """The whole message. For formats whose messages are small."""
        if self.open_body is None:
            return self.body
        with self.open_body() as stream:
            return stream.read()


@dataclass(frozen=True, slots=True)
class Identity:
    """`dedupe_key` makes a repeated delivery the same message within its feed; `control_id` is the sender's
    own number, as people look it up. Both are bounded and free of control characters."""

    dedupe_key: str
    control_id: str = ""


class Translator(Protocol):
    def __call__(self, message: Incoming, /) -> Iterator[Event]: ...


class Identifier(Protocol):
    """`head` is the beginning of the message, at least 16 KB of it where it has that much."""

    def __call__(self, headers: Mapping[str, str], head: bytes, sha256: str, /) -> Identity: ...
