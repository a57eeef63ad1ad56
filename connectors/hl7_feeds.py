"""What HL7 v2 feeds share: identity of a message, and the header and patient fields that they read alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.formats.hl7v2 import ErrorCode, Hl7Refused, Message, Repetition, parse_message, peek_header
from connectors.translation import Identity, Incoming
from hub.core.errors import DataFault

# What MSH-10 may be and what a key column holds: longer ids are told apart by the digest.
_LONGEST_CONTROL_ID = 60


def identify(headers: Mapping[str, str], head: bytes, sha256: str) -> Identity:
    """MSH-10 is unique within MSH-3 and MSH-4 (v2.5.1 §2.15.9.10); the digest stands in for a missing one."""
    header = peek_header(head)
    sender = f"{header.decoded(header.sending_application)}|{header.decoded(header.sending_facility)}"
    control_id = header.control_id
    if not control_id or not control_id.isprintable():
        return Identity(f"sha256:{sha256}")
    if len(control_id) > _LONGEST_CONTROL_ID or len(sender) > _LONGEST_CONTROL_ID or not sender.isprintable():
        return Identity(f"sha256:{sha256}", control_id[:_LONGEST_CONTROL_ID])
    return Identity(f"{sender}|{control_id}", control_id)


def version_of(headers: Mapping[str, str], head: bytes) -> str:
    """MSH-12.1, such as 2.5.1."""
    return peek_header(head).version_number


def read_message(incoming: Incoming, triggers: Mapping[str, object]) -> Message:
    """The message, parsed whole. `triggers` holds what this feed takes, such as "ADT^A01".

    Raises Hl7Refused where a segment is wrong, and DataFault `unsupported-message-type` for anything else.
    """
    message = parse_message(incoming.read())
    message.raise_for_faults()
    name = f"{message.type}^{message.trigger}"
    if name not in triggers:
        shown = name if len(name) <= 7 and name.replace("^", "").isalnum() else "of another type"
        taken = ", ".join(sorted({one.partition("^")[0] for one in triggers}))
        raise DataFault(
            "unsupported-message-type",
            f"MSH-9 is {shown}, which is not taken here; of {taken} only the triggers that its connector lists are.",
            cause=("MSH-9", shown),
            hint="Ask the sender to route this message type elsewhere, or add it to the connector.",
        )
    return message


def occurred_at(message: Message, incoming: Incoming) -> datetime:
    """When it happened: EVN-6, else when it was recorded (EVN-2), else when it was sent (MSH-7)."""
    for path in ("EVN-6", "EVN-2", "MSH-7"):
        moment = message.timestamp(path, incoming.zone)
        if moment is not None:
            return moment
    raise Hl7Refused([message.header.fault(7, "is empty", "a time", code=ErrorCode.REQUIRED_FIELD_MISSING)])


def facility(message: Message, incoming: Incoming, *paths: str) -> str:
    """The sender's facility code: the first of `paths` that has one, MSH-4, or the feed's own facility."""
    for path in (*paths, "MSH-4"):
        if code := message.get(path):
            return code
    return incoming.facility_hint


def person(message: Message) -> dict[str, Any]:
    """Who the patient is (PID-5, PID-7, PID-8), by the names of event fields; nothing where there is no PID."""
    patient = message.segment("PID")
    if patient is None:
        return {}
    sex = patient.get("8")
    return {
        "patient_last_name": patient.get("5.1.1"),
        "patient_first_name": patient.get("5.2"),
        "patient_birth_date": patient.date("7"),
        "patient_sex": sex if sex in ("F", "M") else "U",
    }


def patient_number(message: Message) -> str:
    """The medical record number (PID-3 of type MR), else the first number that is given."""
    return record_number(message.repetitions("PID-3"))


def record_number(numbers: Sequence[Repetition]) -> str:
    """As `patient_number`, of any list of them (PID-3, MRG-1)."""
    for number in numbers:
        if number.get(5) == "MR":
            return number.get(1)
    return numbers[0].get(1) if numbers else ""
