"""What a sender of HL7 v2 is told of what became of its message, in the mode that it asks for.

Original mode: AA once the message is committed, and again for a repetition; AR for what will never be taken (no
header, a type that no feed accepts, too large), AE for a control id used twice for different content.

Enhanced mode, where MSH-15 or MSH-16 is valued (HL7 v2.5.1 §2.9.3): CA, CR or CE for the same at once, as far as MSH-15
asks; then AA or AE when the message is processed or held, as far as MSH-16 asks, on the connection that it came on.
What is refused at the door gets no second answer, unless the first one was not wanted.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from connectors.formats.hl7v2 import AckCode, ErrorCode, Fault, Header, build_ack
from connectors.intake import Outcome, Receipt
from connectors.models import Message
from connectors.states import MessageState
from connectors.transports.mllp import Reply
from hub.core import clock
from hub.core.ids import uuid7

_COMMIT = {
    AckCode.ACCEPT: AckCode.COMMIT_ACCEPT,
    AckCode.ERROR: AckCode.COMMIT_ERROR,
    AckCode.REJECT: AckCode.COMMIT_REJECT,
}


@dataclass(frozen=True, slots=True)
class Undecided:
    """A stored message whose sender wants to hear what becomes of it."""

    message_id: UUID
    header: Header


def reply_to(header: Header, receipt: Receipt) -> Reply:
    """The answer to a message that is stored, or refused and kept."""
    if header.type == "ACK":  # an acknowledgement is never acknowledged: two systems would go on for ever
        return Reply()
    code, errors = _verdict(receipt)
    if not (header.accept_ack or header.application_ack):
        return Reply(_written(header, code, errors))
    accepted = code is AckCode.ACCEPT
    now = _written(header, _COMMIT[code], errors) if _wanted(header.accept_ack, accepted=accepted) else b""
    if not accepted:
        unheard = not now and _wanted(header.application_ack, accepted=False)
        return Reply(_written(header, code, errors, unanswered=True) if unheard else now)
    asked = header.application_ack not in ("", "NE")
    return Reply(now, Undecided(receipt.message_id, header) if asked else None)


def decided(awaited: Sequence[Hashable]) -> Mapping[Hashable, bytes]:
    """Those of `awaited` that are decided, with the application acknowledgement of each; b"" where none is wanted."""
    waiting = [one for one in awaited if isinstance(one, Undecided)]
    rows = Message.objects.filter(pk__in={one.message_id for one in waiting}).exclude(state=MessageState.RECEIVED)
    found = {message_id: (state, code) for message_id, state, code in rows.values_list("id", "state", "code")}
    return {one: _told(one.header, *found[one.message_id]) for one in waiting if one.message_id in found}


def _told(header: Header, state: str, code: str) -> bytes:
    processed = state == MessageState.PROCESSED
    if not _wanted(header.application_ack, accepted=processed):
        return b""
    if processed:
        return _written(header, AckCode.ACCEPT, unanswered=True)
    kept = Fault(f"was kept for a person to decide ({code}); do not send it again", code=ErrorCode.INTERNAL)
    return _written(header, AckCode.ERROR, [kept], unanswered=True)


def _wanted(condition: str, *, accepted: bool) -> bool:
    """HL7 table 0155: always, never, on error or rejection, on success. What is none of them wants to hear."""
    match condition:
        case "" | "NE":
            return False
        case "ER":
            return not accepted
        case "SU":
            return accepted
        case _:
            return True


_ERRORS = {
    code: Fault(words, expected, 1, "MSH", field=field, code=error)
    for code, words, expected, field, error in (
        ("no-hl7-header", "is missing", "a segment that starts with MSH", 0, ErrorCode.SEGMENT_SEQUENCE),
        ("unsupported-message-type", "is not taken here", "", 9, ErrorCode.UNSUPPORTED_TYPE),
        ("no-control-id", "is empty", "a control id", 10, ErrorCode.REQUIRED_FIELD_MISSING),
        ("control-id-reused", "was used for other content", "a new control id", 10, ErrorCode.DUPLICATE_KEY),
    )
}


def _verdict(receipt: Receipt) -> tuple[AckCode, list[Fault]]:
    if receipt.outcome is not Outcome.REJECTED:
        return AckCode.ACCEPT, []
    code = receipt.failure.code if receipt.failure is not None else ""
    fault = _ERRORS.get(code, Fault(receipt.failure.message if receipt.failure else "was refused"))
    return (AckCode.ERROR if code == "control-id-reused" else AckCode.REJECT), [fault]


def _written(header: Header, code: AckCode, errors: Sequence[Fault] = (), *, unanswered: bool = False) -> bytes:
    control_id, at = uuid7().hex[-20:], clock.machine_now()
    return build_ack(header, code, control_id=control_id, at=at, errors=errors, unanswered=unanswered)
