"""The columns and facts of messages."""

from __future__ import annotations

from django.urls import reverse

from connectors.models import Message
from connectors.states import MessageState
from hub.console.selectors.runs import workflow_title
from hub.console.words import place_name
from hub.core.identifiers import masked_key
from hub.core.masking import mask_headers
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import Event
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.format import duration_text
from orchestration.models import Run


def message_url(message: Message) -> str:
    return reverse("console:message", args=[message.pk])


def message_name(message: Message) -> str:
    """What its sender calls it, else the end of our id."""
    return message.name or message.control_id or str(message.pk)[-8:]


def size_text(size: int) -> str:
    for unit, step in (("MB", 1024 * 1024), ("KB", 1024)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size:,} bytes"


MESSAGE_COLUMNS = (
    Column(
        key="message", label="Message", value=message_name, link=message_url, export="id",
        sub=lambda message: str(message.pk)[-8:] if message.name or message.control_id else "", css="cell-mid",
    ),
    Column(key="feed", label="Feed", value="feed_code"),
    Column(key="facility", label="Facility", value=lambda message: place_name(message.facility), css="nowrap"),
    Column(key="state", label="State", kind=Kind.BADGE, choices=MessageState),
    Column(key="why", label="Why", value="code", sub="detail", css="cell-mid"),
    Column(key="size", label="Size", value=lambda message: size_text(message.size), css="num", export="size"),
    Column(key="received", label="Received", value="received_at", kind=Kind.WHEN),
)  # fmt: skip

REPEATED_COLUMNS = (
    Column(
        key="message", label="Again as", value=lambda message: str(message.pk)[-8:], kind=Kind.CODE, link=message_url
    ),
    Column(key="received", label="Received", value="received_at", kind=Kind.WHEN),
)


def event_rows(found: list[Event], started: dict[object, list[Run]]) -> list[tuple[Event, list[Run]]]:
    return [(event, started.get(event.pk, [])) for event in found]


EVENT_COLUMNS = (
    Column(key="type", label="Event", value=lambda row: row[0].type, css="cell-main"),
    Column(key="about", label="About", value=lambda row: masked_key(row[0].entity_key), kind=Kind.CODE),
    Column(key="occurred", label="Happened", value=lambda row: row[0].occurred_at, kind=Kind.WHEN),
    Column(key="applied", label="Applied", value=lambda row: row[0].applied, kind=Kind.FLAG),
    Column(
        key="runs", label="Runs", link=lambda row: reverse("console:run", args=[row[1][0].pk]) if row[1] else "",
        value=lambda row: ", ".join(workflow_title(run.workflow) for run in row[1]),
    ),
)  # fmt: skip


def message_meta(message: Message) -> list[Fact]:
    return [
        Fact("Feed", message.feed_code),
        Fact("Facility", place_name(message.facility)),
        Fact("Received", message.received_at, Kind.AGE),
        Fact("Size", size_text(message.size)),
    ]


def message_facts(message: Message, who: Who) -> list[Fact]:
    facts = [
        Fact("Id", str(message.pk), Kind.CODE),
        Fact("Control id", message.control_id, Kind.CODE),
        Fact("File", message.name),
        Fact("Content type", message.content_type),
        Fact("Contract", message.contract_version),
        Fact("Received", message.received_at, Kind.WHEN),
        Fact("Processed", message.processed_at, Kind.WHEN),
        Fact("Took", _took(message)),
        Fact("Tries", message.attempts or ""),
        Fact("Recorded so far", f"{message.position:,} items" if message.position else ""),
        Fact("SHA-256", f"{message.sha256[:16]}…", Kind.CODE),
    ]
    if message.journey_id and access.may(who, Permission.VIEW_JOURNEYS, message.facility):
        facts.append(Fact("Journey", "Open the journey", url=reverse("console:journey", args=[message.journey_id])))
    return [fact for fact in facts if fact.value not in ("", None)]


def _took(message: Message) -> str:
    return duration_text(message.processed_at - message.received_at) if message.processed_at else ""


def header_facts(message: Message) -> list[Fact]:
    return [Fact(name, value, Kind.CODE) for name, value in sorted(mask_headers(message.headers).items())]
