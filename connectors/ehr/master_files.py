"""MFN: what the EHR says of its own staff, locations and charge codes: one reference event for each record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from connectors import hl7_feeds
from connectors.formats.hl7v2 import ErrorCode, Hl7Refused, Message, Segment
from connectors.translation import Incoming
from hub.core.events import Event
from hub.core.events.reference import ReferenceChanged, ReferenceCreated, ReferenceEvent, ReferenceRetired

# MFE-1, HL7 table 0180.
_KINDS: Mapping[str, type[ReferenceEvent]] = {
    "MAD": ReferenceCreated,
    "MUP": ReferenceChanged,
    "MAC": ReferenceChanged,
    "MDC": ReferenceRetired,
    "MDL": ReferenceRetired,
}
# What each master file is about: by trigger, and by MFI-1 (HL7 table 0175) for M01, which says nothing itself.
_BY_TRIGGER = {"M02": "provider", "M04": "charge_code", "M05": "location", "M15": "item"}
_BY_FILE = {"STF": "provider", "PRA": "provider", "CDM": "charge_code", "LOC": "location", "INV": "item"}
_LONGEST_NAME = 120


def references(message: Message, incoming: Incoming) -> Iterator[Event]:
    """Raises Hl7Refused naming the MFE and the field."""
    records = message.groups("MFE")
    if not records:
        message.require("MFE-1")
    domain = _BY_TRIGGER.get(message.trigger) or _by_file(message)
    for entry, *attached in records:
        yield _event(domain, entry, attached, message, incoming)


def _by_file(message: Message) -> str:
    domain = _BY_FILE.get(message.require("MFI-1"))
    if domain is None:
        words, expected = "is no master file that is kept here", f"one of {', '.join(_BY_FILE)}"
        fault = message.segments("MFI")[0].fault(1, words, expected, code=ErrorCode.TABLE_VALUE_NOT_FOUND)
        raise Hl7Refused([fault])
    return domain


def _event(
    domain: str, entry: Segment, attached: Sequence[Segment], message: Message, incoming: Incoming
) -> ReferenceEvent:
    event_class = _KINDS.get(entry.require("1"))
    if event_class is None:
        expected = f"one of {', '.join(_KINDS)}"
        raise Hl7Refused([entry.fault(1, "is no record event", expected, code=ErrorCode.TABLE_VALUE_NOT_FOUND)])
    about = {segment.id: segment for segment in reversed(attached)}
    place = about.get("LOC")
    if domain == "location" and place is not None and place.get("3") == "D":
        domain = "department"
    # A PL names point of care ^ room ^ bed: the whole of it is the code of a room or bed.
    local = "-".join(part for n in (1, 2, 3) if (part := entry.get(f"4.{n}"))) if place else entry.get("4.1")
    local = local or entry.require("4")
    return event_class(
        occurred_at=hl7_feeds.occurred_at(message, incoming),
        entity_key=f"{incoming.system}:{domain}:{local}",
        facility=hl7_feeds.facility(message, incoming),
        domain=domain,
        local_code=local,
        name=(_name(about) or entry.get("4.2"))[:_LONGEST_NAME],
        effective_on=entry.date("3"),
    )


def _name(about: Mapping[str, Segment]) -> str:
    """What the record itself calls it: STF-3 family and given name, LOC-2, CDM-3."""
    for segment_id, read in _NAMES.items():
        if segment_id in about and (name := read(about[segment_id])):
            return name
    return ""


_NAMES: Mapping[str, Callable[[Segment], str]] = {
    "STF": lambda staff: f"{staff.get('3.2')} {staff.get('3.1')}".strip(),
    "LOC": lambda place: place.get("2"),
    "CDM": lambda charge: charge.get("3"),
}

TRIGGERS = ("M01", "M02", "M04", "M05", "M15")
