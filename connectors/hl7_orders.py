"""What orders (ORM, OMG) and results (ORU) share: ORC with its OBR, and the procedure that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.formats.hl7v2 import ErrorCode, Hl7Refused, Message, Segment

# HL7 table 0396: how senders name CPT and HCPCS, which are what is charged.
_BILLABLE = frozenset({"C4", "C5", "CPT", "CPT4", "CPT-4", "HCPCS", "HCPT", "HPC"})
# ORC-1 (HL7 table 0119). What is not here tells of no new state of an order: acknowledgements, holds, links.
_PLACED = frozenset({"NW", "XO", "RO", "CH", "PA", "SN", "RL"})
_CANCELLED = frozenset({"CA", "OC", "CR", "DC", "OD", "DR", "RP", "RQ", "RU"})
_UNDERSTOOD = frozenset(
    "AF CN DE DF FU HD HR LI MC NA OE OF OH OK OP OR PR PY RE RF RR SC SR SS UA UC UD UF UH UM UN UR UX XR XX".split()
)


@dataclass(frozen=True, slots=True)
class Ordered:
    """One order: its ORC and its first OBR, either of which may be missing, and everything up to the next order."""

    head: Segment  # whichever of the two is there, the ORC first
    control: Segment | None
    request: Segment | None
    attached: tuple[Segment, ...]

    @property
    def order_number(self) -> str:
        """The placer's (ORC-2, OBR-2)."""
        return self.value("2.1", "2.1")

    @property
    def filler_number(self) -> str:
        """Of the one that performs it (ORC-3, OBR-3)."""
        return self.value("3.1", "3.1")

    @property
    def status(self) -> str:
        """ORC-5, HL7 table 0038."""
        return self.control.get("5") if self.control is not None else ""

    def value(self, control: str, request: str) -> str:
        """The value at `request` of the OBR, else at `control` of the ORC."""
        found = self.request.get(request) if self.request is not None else ""
        return found or (self.control.get(control) if self.control is not None else "")

    def procedure_code(self) -> str:
        """OBR-44 or OBR-4: CPT or HCPCS where one of them is, else the sender's first word for it."""
        request = self.request
        if request is None:
            return ""
        coded = [
            (request.get(f"{field}.{code}"), request.get(f"{field}.{code + 2}").upper())
            for field, code in ((44, 1), (4, 1), (4, 4))
        ]
        billable = (code for code, system in coded if code and system in _BILLABLE)
        return next(billable, next((code for code, _ in coded if code), ""))


def ordered(message: Message) -> Iterator[Ordered]:
    """Each order of a message: an ORC with the OBR that follow it, one for each OBR; or an OBR that has no ORC."""
    control: Segment | None = None
    request: Segment | None = None
    attached: list[Segment] = []
    for segment in message.all_segments:
        if segment.id not in ("ORC", "OBR"):
            attached.append(segment)
            continue
        if request is not None or (segment.id == "ORC" and control is not None):
            yield from _group(control, request, attached)
            attached = []
        if segment.id == "ORC":
            control, request, attached = segment, None, []
        else:
            request = segment
    yield from _group(control, request, attached)


def _group(control: Segment | None, request: Segment | None, attached: list[Segment]) -> Iterator[Ordered]:
    head = control or request
    if head is not None:
        yield Ordered(head, control, request, tuple(attached))


def intent(order: Ordered) -> str:
    """What became of the order: placed, cancelled, or "" for what changes nothing about it (ORC-1).

    An OBR without an ORC places an order. Raises Hl7Refused for what is no control code.
    """
    control = order.control.get("1") if order.control is not None else "NW"
    if control in _PLACED:
        return "placed"
    if control in _CANCELLED:
        return "cancelled"
    if control in _UNDERSTOOD:
        return ""
    expected = "a control code of table 0119, such as NW or CA"
    fault = order.head.fault("1", "is no order control", expected, code=ErrorCode.TABLE_VALUE_NOT_FOUND)
    raise Hl7Refused([fault])
