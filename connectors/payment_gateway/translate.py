"""Gateway events to payment events. Amounts come in the currency's minor unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.event_bounds import bounded
from connectors.json_contract import JsonContract, parse_json
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events import Event
from hub.core.events.payment import (
    PaymentAuthorized,
    PaymentEvent,
    PaymentFailed,
    PaymentRefunded,
    PaymentSettled,
)

_CONTRACTS = Path(__file__).parent / "contracts"
EVENT = JsonContract("gateway event", _CONTRACTS / "event.json")
PAYMENT = JsonContract("gateway payment", _CONTRACTS / "payment.json")

# Stripe's list of currencies without, and with three, decimal places; all others have two.
_NO_DECIMALS = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD JOD KWD OMR TND".split())

_Fields = Mapping[str, Any]
_LONGEST_METHOD = 12
_METHODS = {"us_bank_account": "ach", "ach_debit": "ach"}


def translate(message: Incoming) -> Iterator[Event]:
    """One event, or none for a type that means nothing here: the gateway tells of more than payments.

    Raises DataFault where the event breaks its contract.
    """
    document = parse_json(message.read())
    EVENT.check(document)
    reader = _READERS.get(document["type"])
    if reader is None:
        return
    PAYMENT.check(document)
    event_class, amount = reader
    data = document["data"]
    yield bounded(_event(event_class, amount(data), document, message))


def _event(event_class: type[PaymentEvent], units: int, document: _Fields, message: Incoming) -> PaymentEvent:
    payment: _Fields = document["data"]["object"]
    payment_id = payment.get("payment_intent") or payment["id"]
    currency = payment["currency"].upper()
    metadata = payment.get("metadata") or {}
    return event_class(
        occurred_at=datetime.fromtimestamp(document["created"], UTC),
        entity_key=f"{message.system}:{payment_id}",
        facility=metadata.get("facility", message.facility_hint),
        account_number=metadata.get("account_number", ""),
        payment_id=payment_id,
        amount=from_minor_units(units, currency),
        currency=currency,
        method=_method(payment),
        failure_code=_failure_code(payment) if event_class is PaymentFailed else "",
    )


def from_minor_units(units: int, currency: str) -> Decimal:
    """12345 of USD is 123.45; of JPY, which has no smaller unit, 12345."""
    places = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    return Decimal(units).scaleb(-places)


def _asked(data: _Fields) -> int:
    return _units(data, "amount")


def _capturable(data: _Fields) -> int:
    return _units(data, "amount_capturable", "amount")


def _received(data: _Fields) -> int:
    return _units(data, "amount_received", "amount")


def _refunded(data: _Fields) -> int:
    """A charge counts all its refunds; this event is about what came on top of those before."""
    before = (data.get("previous_attributes") or {}).get("amount_refunded") or 0
    units = _units(data, "amount_refunded") - before
    if units <= 0:
        raise DataFault(
            "refund-without-amount",
            "/data/object/amount_refunded is not above /data/previous_attributes/amount_refunded.",
            cause=("/data/object/amount_refunded",),
        )
    return units


_READERS: Mapping[str, tuple[type[PaymentEvent], Callable[[_Fields], int]]] = {
    "payment_intent.created": (PaymentAuthorized, _asked),
    "payment_intent.amount_capturable_updated": (PaymentAuthorized, _capturable),
    "payment_intent.succeeded": (PaymentSettled, _received),
    "payment_intent.payment_failed": (PaymentFailed, _asked),
    "charge.refunded": (PaymentRefunded, _refunded),
}


def _units(data: _Fields, *names: str) -> int:
    """The first of `names` that is given. A whole number may come as 100.0, which JSON allows."""
    for name in names:
        value = data["object"].get(name)
        if value is not None:
            return int(value)
    raise DataFault(
        "amount-missing",
        f"/data/object/{names[0]} is missing; expected an amount in minor units.",
        cause=(f"/data/object/{names[0]}",),
    )


def _method(payment: _Fields) -> str:
    details = payment.get("payment_method_details") or {}
    offered = payment.get("payment_method_types") or ["card"]
    method: str = details.get("type") or offered[0]
    return _METHODS.get(method, method)[:_LONGEST_METHOD]


def _failure_code(payment: _Fields) -> str:
    error = payment.get("last_payment_error") or {}
    code: str = error.get("decline_code") or error.get("code") or ""
    return code
