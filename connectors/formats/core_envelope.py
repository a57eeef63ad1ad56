"""CAQH CORE connectivity, envelope A (HTTP MIME multipart): one X12 document with who sends it to whom, and what it is.

Both directions are a `multipart/form-data` body with one part per field. An answer carries an error code as well,
which is `Success` where the envelope was in order (CORE Connectivity Rule 2.2.0, §4.4).
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass

RULE_VERSION = "2.2.0"
REAL_TIME = "RealTime"
SUCCESS, UNAUTHORIZED, ENVELOPE_ERROR = "Success", "UnAuthorized", "CoreEnvelopeError"


class EnvelopeError(ValueError):
    """The bytes are no such envelope. Says what is missing, never what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The fields of the rule, in its order. `password` and `payload` are kept out of repr and of every log."""

    payload_type: str
    payload_id: str
    time_stamp: str
    sender_id: str
    receiver_id: str
    processing_mode: str = REAL_TIME
    user_name: str = ""
    password: str = ""
    rule_version: str = RULE_VERSION
    error_code: str = ""
    error_message: str = ""
    payload: bytes = b""

    def __repr__(self) -> str:
        return f"Envelope({self.payload_type!r}, {self.payload_id!r}, {self.error_code!r})"


#: Field to the name of its part.
_PARTS = {
    "payload_type": "PayloadType",
    "processing_mode": "ProcessingMode",
    "payload_id": "PayloadID",
    "time_stamp": "TimeStamp",
    "user_name": "UserName",
    "password": "Password",
    "sender_id": "SenderID",
    "receiver_id": "ReceiverID",
    "rule_version": "CORERuleVersion",
    "error_code": "ErrorCode",
    "error_message": "ErrorMessage",
    "payload": "Payload",
}
_ALWAYS = ("payload_type", "processing_mode", "payload_id")


def pack(envelope: Envelope) -> tuple[bytes, str]:
    """(body, media type). Empty fields are left out; the boundary comes from the payload's id, which is unique."""
    boundary = f"core-{envelope.payload_id}"
    lines: list[bytes] = []
    for name, part in _PARTS.items():
        value = getattr(envelope, name)
        if value:
            lines += [
                f"--{boundary}".encode(),
                f'Content-Disposition: form-data; name="{part}"'.encode(),
                b"",
                value if isinstance(value, bytes) else value.encode(),
            ]
    lines += [f"--{boundary}--".encode(), b""]
    return b"\r\n".join(lines), f"multipart/form-data; boundary={boundary}"


def unpack(body: bytes, media_type: str) -> Envelope:
    """The envelope that `body` is. Raises EnvelopeError where it is none."""
    if not media_type.lower().startswith("multipart/") or not media_type.isprintable():
        raise EnvelopeError("the body is not multipart")
    head = f"Content-Type: {media_type}\r\n\r\n".encode("latin-1", "replace")
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    if message.defects:  # no closing boundary: the body was cut
        raise EnvelopeError("the body is not complete")
    found: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found.setdefault(name, content)
    values = {name: found[part] for name, part in _PARTS.items() if part in found}
    missing = [_PARTS[name] for name in _ALWAYS if name not in values]
    if missing:
        raise EnvelopeError(f"{missing[0]} is missing")
    texts = {name: value.decode("utf-8", "replace").strip() for name, value in values.items() if name != "payload"}
    named = {name: texts.get(name, "") for name in _PARTS if name != "payload"}
    return Envelope(**named, payload=found.get("Payload", b""))
