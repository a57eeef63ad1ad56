"""ORU, ORM and OMG of laboratory and radiology to performed procedures, each of which must be charged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from connectors import hl7_feeds, hl7_orders
from connectors.event_bounds import bounded
from connectors.formats.hl7v2 import ErrorCode, Hl7Refused, Message, Segment
from connectors.hl7_orders import Ordered
from connectors.translation import Incoming
from hub.core.events import Event
from hub.core.events.result import ResultFinalized

# OBR-25 (HL7 table 0123) and OBX-11 (table 0085): final, and final after a correction.
_FINAL = frozenset({"F", "C"})
_CORRECTED = "C"
# What else OBR-25 may say: not there yet, not all of it, or never to come.
_NOT_FINAL = frozenset("AIMNOPRSVXYZ")
# ORC-5 (table 0038) of an order that was carried out.
_COMPLETED = "CM"


def translate(incoming: Incoming) -> Iterator[Event]:
    """One event for each procedure with a final result, or that an order says was performed; none for the others.

    Raises DataFault naming segment and field; nothing is yielded before the whole message is understood.
    """
    message = hl7_feeds.read_message(incoming, _STATUS)
    status_of = _STATUS[f"{message.type}^{message.trigger}"]
    found = [(order, order.request) for order in hl7_orders.ordered(message) if order.request is not None]
    if not found:
        message.require("OBR-4")
    told = [(order, request, status_of(order, request)) for order, request in found]
    events = [bounded(_event(*one, message, incoming)) for one in told if one[2] in _FINAL]
    yield from events


def _reported(order: Ordered, request: Segment) -> str:
    """OBR-25; without it the results themselves decide, all of them."""
    status = request.get("25")
    if not status:
        results = {item.get("11") for item in order.attached if item.id == "OBX"}
        return max(results, default="") if results <= _FINAL else ""
    if status in _FINAL or status in _NOT_FINAL:
        return status
    words, expected = "is no result status", "a code of table 0123, such as F"
    raise Hl7Refused([request.fault("25", words, expected, code=ErrorCode.TABLE_VALUE_NOT_FOUND)])


def _performed(order: Ordered, request: Segment) -> str:
    return "F" if order.status == _COMPLETED else ""


_STATUS: Mapping[str, Callable[[Ordered, Segment], str]] = {
    "ORU^R01": _reported,
    "ORM^O01": _performed,
    "OMG^O19": _performed,
}


def _event(order: Ordered, request: Segment, status: str, message: Message, incoming: Incoming) -> ResultFinalized:
    code = order.procedure_code() or request.require("4")
    number = order.filler_number or order.order_number or request.require("3")
    occurred_at = hl7_feeds.occurred_at(message, incoming)
    return ResultFinalized(
        occurred_at=occurred_at,
        entity_key=f"{incoming.system}:{number}:{code}",
        facility=hl7_feeds.facility(message, incoming, "PV1-3.4"),
        account_number=message.get("PID-18"),
        order_number=order.order_number,
        filler_number=order.filler_number,
        visit_number=message.get("PV1-19"),
        procedure_code=code,
        performed_at=_performed_at(request, incoming) or occurred_at,
        department=request.get("24"),
        provider=request.get("32.1.1") or order.value("12.1", "16.1"),
        corrected=status == _CORRECTED,
    )


def _performed_at(request: Segment, incoming: Incoming) -> datetime | None:
    """When it was observed (OBR-7, OBR-8), else when it was reported (OBR-22)."""
    for path in ("7", "8", "22"):
        moment = request.timestamp(path, incoming.zone)
        if moment is not None:
            return moment
    return None
