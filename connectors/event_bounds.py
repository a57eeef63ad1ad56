"""What every event must satisfy before it leaves a translator: values that fit and that a database can hold.

HL7 escapes and X12 elements can carry any character and any length; the hub's keys and codes cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TypeVar

from hub.core.errors import DataFault
from hub.core.events import Event

E = TypeVar("E", bound=Event)

_LONGEST = 120
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_LIMITS = {
    "entity_key": 120,
    "facility": 20,
    "account_number": 40,
    "appointment_id": 80,
    "visit_number": 40,
    "charge_id": 80,
    "payment_id": 80,
    "claim_number": 40,
    "payer_claim_control_number": 50,
    "trace_number": 50,
    "remittance_key": 160,
    "department": 40,
    "provider": 40,
    "location": 40,
    "service_line": 40,
    "payer": 40,
    "visit_type": 20,
    "procedure_code": 10,
    "encounter_class": 1,
    "order_number": 75,
    "filler_number": 75,
    "priority": 4,
    "secondary_payer": 40,
    "merged_account": 40,
    "domain": 20,
    "local_code": 60,
    "status_code": 8,
    "currency": 3,
    "method": 12,
    "rejection": 4,
    "service_type": 4,
    "certification_number": 50,
}
# Twelve digits before the point: more than any hospital group turns over.
_LARGEST_AMOUNT = Decimal(10) ** 12


def bounded(event: E) -> E:
    """`event` itself. Raises DataFault naming the field that is too long or holds a control character."""
    for name in event.__dataclass_fields__:
        for value in _leaves(getattr(event, name)):
            if isinstance(value, str):
                _check_text(event.TYPE, name, value)
            elif isinstance(value, Decimal) and not abs(value) < _LARGEST_AMOUNT:
                raise _fault("value-too-large", event.TYPE, name, "a number of at most twelve digits")
    return event


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        for part in value:
            yield from _leaves(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _leaves(getattr(value, name))
    else:
        yield value


def _check_text(event_type: str, name: str, value: str) -> None:
    limit = _LIMITS.get(name, _LONGEST)
    if len(value) > limit:
        raise _fault("value-too-long", event_type, name, f"at most {limit} characters")
    # A key may hold no control character; prose may be of several lines.
    if (_CONTROL if name in _LIMITS else _UNSTORABLE).search(value):
        raise _fault("control-character", event_type, name, "printable characters")


def _fault(code: str, event_type: str, name: str, expected: str) -> DataFault:
    return DataFault(
        code,
        f"The {name.replace('_', ' ')} of {event_type} does not fit; expected {expected}.",
        cause=(event_type, name),
        subject={"field": name, "expected": expected},
    )
