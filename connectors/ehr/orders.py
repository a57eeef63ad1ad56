"""ORM O01 and OMG O19: one order event for each order of the message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors import hl7_feeds, hl7_orders
from connectors.formats.hl7v2 import Message
from connectors.hl7_orders import Ordered
from connectors.translation import Incoming
from hub.core.events import Event
from hub.core.events.order import OrderCancelled, OrderEvent, OrderPlaced

_LONGEST_PRIORITY = 4
_EVENTS: dict[str, type[OrderEvent]] = {"placed": OrderPlaced, "cancelled": OrderCancelled}


def orders(message: Message, incoming: Incoming) -> Iterator[Event]:
    """What tells of no new state (a hold, an acknowledgement, a status) is understood and gives no event.

    Raises Hl7Refused naming the ORC or OBR and the field.
    """
    found = list(hl7_orders.ordered(message))
    if not found:
        message.require("ORC-1")
    for order in found:
        event_class = _EVENTS.get(hl7_orders.intent(order))
        if event_class is not None:
            yield _event(event_class, order, message, incoming)


def _event(event_class: type[OrderEvent], order: Ordered, message: Message, incoming: Incoming) -> OrderEvent:
    number = order.order_number or order.filler_number or order.head.require("2")
    code = order.procedure_code()
    if not code and event_class is OrderPlaced:  # a cancellation may leave out what was ordered
        message.require("OBR-4")
    return event_class(
        occurred_at=hl7_feeds.occurred_at(message, incoming),
        entity_key=f"{incoming.system}:{number}",
        facility=hl7_feeds.facility(message, incoming, "PV1-3.4"),
        account_number=message.get("PID-18"),
        order_number=number,
        procedure_code=code,
        visit_number=message.get("PV1-19"),
        department=message.get("PV1-3.1"),
        provider=order.value("12.1", "16.1") or message.get("PV1-7.1"),
        priority=order.value("7.6", "27.6")[:_LONGEST_PRIORITY],
        scheduled_at=_scheduled_at(order, incoming),
        diagnoses=tuple(value for item in order.attached if item.id == "DG1" and (value := item.get("3.1"))),
    )


def _scheduled_at(order: Ordered, incoming: Incoming) -> datetime | None:
    """OBR-36, TQ1-7, or the timing that ORC-7 and OBR-27 hold until v2.4."""
    timing = next((item for item in order.attached if item.id == "TQ1"), None)
    for segment, path in ((order.request, "36"), (timing, "7"), (order.control, "7.4"), (order.request, "27.4")):
        moment = segment.timestamp(path, incoming.zone) if segment is not None else None
        if moment is not None:
            return moment
    return None
