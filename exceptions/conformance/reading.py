"""What our readers make of one file: its kind, what they count in it, what is wrong, and whether it comes back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from connectors.formats.fhir import FhirRefused, entries, losses
from connectors.formats.fhir import read as read_fhir
from connectors.formats.hl7v2 import Message, parse_file
from connectors.formats.x12 import (
    Contact,
    Fault,
    InstitutionalClaim,
    Item,
    OutgoingInterchange,
    ProfessionalClaim,
    Receiver,
    Submitter,
    Tokenizer,
    UnwritableValue,
    read,
    write_837i,
    write_837p,
)
from connectors.formats.x12.totals import Totals as SegmentTotals
from exceptions.conformance.counting import Totals, fhir, hl7, x12

Claim = ProfessionalClaim | InstitutionalClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`kind` is the transaction, message or resource type; `faults` names each kind of fault by its place, once.

    `round_trip` says in words how the file comes back, `loss` is empty where nothing of it is lost.
    """

    kind: str
    ours: Totals
    independent: Totals
    faults: tuple[str, ...]
    round_trip: str
    loss: str = ""

    @property
    def counted_alike(self) -> bool:
        return self.ours == self.independent


# --- X12 ---


def read_x12(data: bytes) -> Reading:
    totals = SegmentTotals()
    items: list[Item] = list(read(io.BytesIO(data), on_segment=totals.take))
    told = totals.result(0)
    ours = Totals(
        messages=told["st"],
        segments=told["segments"],
        claims=told["clp"] + told["clm"],
        charged=Decimal(told["clm02_sum"]),
        paid=Decimal(told["clp04_sum"]),
        adjusted=Decimal(told["cas_sum"]),
    )
    faults = [item for item in items if isinstance(item, Fault)]
    trip, loss = _x12_round_trip(data, [item for item in items if isinstance(item, Claim)], sound=not faults)
    return Reading(
        kind=str(told["transaction"] or "–"),
        ours=ours,
        independent=x12(data),
        faults=_distinct(f"{fault.code.value} {fault.element or fault.segment_id}".strip() for fault in faults),
        round_trip=trip,
        loss=loss,
    )


def _x12_round_trip(data: bytes, claims: Sequence[Claim], *, sound: bool) -> tuple[str, str]:
    """The segments give the bytes back; claims of sound files are also written anew and read the same."""
    tokens = Tokenizer(io.BytesIO(data))
    if b"".join([segment.raw for segment in tokens]) + tokens.trailing != data:
        return "not equal", "the segments put together are not the file"
    if not claims or not sound:
        return "byte-equal", ""
    refused, unlike = [], 0
    for claim in claims:
        try:
            [back] = [item for item in read([_written(claim)]) if isinstance(item, Claim)]
        except UnwritableValue as error:
            refused.append(error.element)
            continue
        unlike += _settled(back) != _settled(claim)
    if unlike:
        return "byte-equal", f"{unlike} claims read differently once written anew"
    same = len(claims) - len(refused)
    words = f"byte-equal; {same} of {len(claims)} claims written anew and read the same"
    return (f"{words}; not written: {', '.join(_distinct(refused))}" if refused else words), ""


_AROUND = OutgoingInterchange(
    sender="SENDER",
    receiver="RECEIVER",
    control_number=1,
    group_control_number=1,
    created=datetime(2026, 1, 1),  # noqa: DTZ001 (X12 times carry no zone)
    usage="T",
)
_SUBMITTER = Submitter("Submitter", "SENDER", Contact("IC", "Office", "5555550100"))
_RECEIVER = Receiver("Receiver", "RECEIVER")


def _written(claim: Claim) -> bytes:
    if isinstance(claim, InstitutionalClaim):
        return write_837i([claim], interchange=_AROUND, submitter=_SUBMITTER, receiver=_RECEIVER, reference="B1")
    return write_837p([claim], interchange=_AROUND, submitter=_SUBMITTER, receiver=_RECEIVER, reference="B1")


def _settled(claim: Claim) -> Claim:
    """Without what the writer settles: the code list of each diagnosis, which ICD-10 alone is left of."""
    codes = tuple(replace(each, qualifier="", code=each.code.replace(".", "")) for each in claim.diagnoses)
    return replace(claim, diagnoses=codes)


# --- HL7 v2 ---

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK = b" \t\x0b\x1c"


def read_hl7(data: bytes) -> Reading:
    file = parse_file(data)
    kinds = _distinct(f"{message.type}^{message.trigger}" for message in file.messages)
    loss = sum(message.encode() != _normal(message.raw) for message in file.messages)
    return Reading(
        kind=", ".join(kinds) or "–",
        ours=Totals(messages=len(file.messages), segments=sum(_segments(message) for message in file.messages)),
        independent=hl7(data),
        faults=_distinct(f"{fault.code.name.lower().replace('_', '-')} {fault.element}" for fault in file.all_faults),
        round_trip="not equal" if loss else "byte-equal",
        loss=f"{loss} messages written differently" if loss else "",
    )


def _segments(message: Message) -> int:
    return message.encode().count(b"\r")


def _normal(raw: bytes) -> bytes:
    """Each segment ends with CR, as the standard has it (§2.5.2), whatever the file's line ends are."""
    lines = _LINE_END.split(raw.rstrip(b"\x0b\x1c\r\n"))
    return b"".join(line + b"\r" for line in lines if line.strip(_BLANK))


# --- FHIR ---


def read_resource(data: bytes) -> Reading:
    independent = fhir(data)
    try:
        resource = read_fhir(data)
    except FhirRefused as refused:
        places = _distinct(f"{fault.code} {fault.place}" for fault in refused.faults)
        return Reading(kind="–", ours=Totals(), independent=independent, faults=places, round_trip="refused")
    lost = losses(resource)
    # The document itself is what is kept; losses are of the library's model, written anew.
    return Reading(
        kind=resource.type,
        ours=Totals(messages=len(list(entries(resource))), segments=independent.segments),
        independent=independent,
        faults=(),
        round_trip="not equal" if lost else "value-equal",
        loss=", ".join(lost),
    )


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
