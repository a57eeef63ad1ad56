"""Each file through the door, as `manage.py ingest` sends it: what became of its messages, and that none is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from connectors.formats.hl7v2 import frames_of
from connectors.intake import Receipt, receive_stream
from connectors.listening import take
from connectors.models import Feed, Message, System, Transport
from connectors.selectors import feed
from connectors.states import MessageState
from exceptions.models import Member
from hub.records.models import Event
from orchestration import inbound, streams

#: Each wait for something on its way is cut short: here nothing is.
_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Taken:
    """`outcomes` counts messages by what became of them and why; `lost` those that stand nowhere and have no case."""

    outcomes: Counter[str]
    events: Counter[str]
    lost: int


def take_in(path: Path, kind: str, transaction: str) -> Taken:
    """One file by the feed that such files come by."""
    receipts = list(_send(path, kind, transaction))
    ids = [receipt.message_id for receipt in receipts]
    for _ in range(_ROUNDS):
        Message.objects.filter(pk__in=ids).exclude(retry_at=None).update(retry_at=None)
        if not inbound.process() + streams.process_file():
            break
    outcomes: Counter[str] = Counter()
    lost = 0
    for message in Message.objects.filter(pk__in=ids):
        outcomes[f"{message.state} ({message.code})" if message.code else message.state] += 1
        lost += message.state not in _AT_REST and not _has_case(message.pk)
    lost += len(set(ids)) - sum(outcomes.values())
    events = Counter(Event.objects.filter(causation_id__in=ids).values_list("type", flat=True))
    return Taken(outcomes, events, lost)


_AT_REST = frozenset({MessageState.PROCESSED, MessageState.DUPLICATE})


def _has_case(message_id: UUID) -> bool:
    return Member.objects.filter(kind="message", ref=message_id).exists()


def _send(path: Path, kind: str, transaction: str) -> Iterator[Receipt]:
    data = path.read_bytes()
    if kind == "hl7v2":
        for frame in frames_of(data) or [data]:
            yield take(frame, name=path.name)
        return
    with path.open("rb") as stream:
        yield receive_stream(feed(_feed_of(kind, transaction)), stream=stream, headers={}, name=path.name)


def _feed_of(kind: str, transaction: str) -> str:
    """The payers' own answers come by a payer's feed, all other X12 by the clearinghouse's."""
    connector = "clinic_ehr" if kind == "fhir" else "clearinghouse"
    if transaction in {"271", "277", "278"}:
        connector = "payers"
    found = Feed.objects.filter(system__connector=connector).order_by("code").first()
    return (found or _made(connector)).code


def _made(connector: str) -> Feed:
    """A feed for a connector that the sandbox group does not use."""
    system = System.objects.create(code=connector.replace("_", "-"), number="S0", name=connector, connector=connector)
    return Feed.objects.create(
        code=system.code, system=system, name=connector, transport=Transport.FILES, contract="any", max_bytes=2**28
    )
