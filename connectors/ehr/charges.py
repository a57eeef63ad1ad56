"""DFT P03: one charge event for each FT1 segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from connectors import hl7_feeds
from connectors.formats.hl7v2 import ErrorCode, Hl7Refused, Message, Segment
from connectors.translation import Incoming
from hub.core.events.charge import ChargeCaptured, ChargeCorrected, ChargeEvent, ChargeVoided
from hub.core.money import USD, cents

# FT1-6, HL7 table 0017. Payments (PA, CO) are not the EHR's to report.
_KINDS: Mapping[str, type[ChargeEvent]] = {"CG": ChargeCaptured, "CD": ChargeVoided, "AJ": ChargeCorrected}


def charges(message: Message, incoming: Incoming) -> Iterator[ChargeEvent]:
    """Raises Hl7Refused naming the FT1 and the field."""
    groups = message.groups("FT1")
    if not groups:
        message.require("FT1-2")
    for segment, *attached in groups:
        yield _charge(segment, attached, message, incoming)


def _charge(segment: Segment, attached: list[Segment], message: Message, incoming: Incoming) -> ChargeEvent:
    charge_id = segment.require("2")
    visit_number = message.require("PV1-19")
    service_date = segment.date("4")
    if service_date is None:
        raise _refused(segment, "4", "is empty", "the service date", ErrorCode.REQUIRED_FIELD_MISSING)
    units = segment.decimal("10")
    return _kind(segment)(
        occurred_at=hl7_feeds.occurred_at(message, incoming),
        entity_key=f"{incoming.system}:{charge_id}",
        facility=hl7_feeds.facility(message, incoming, "PV1-3.4"),
        account_number=message.get("PID-18"),
        charge_id=charge_id,
        visit_number=visit_number,
        service_date=service_date,
        procedure_code=segment.get("25.1") or segment.require("7.1"),
        modifiers=tuple(code for item in segment.repetitions(26) if (code := item.get())),
        units=Decimal(1) if units is None else units,
        amount=_amount(segment, units),
        currency=segment.get("11.1.2") or USD,
        department=segment.get("13.1") or message.require("PV1-3.1"),
        provider=segment.get("20.1") or message.get("PV1-7.1"),
        diagnoses=_diagnoses(segment, attached),
    )


def _kind(segment: Segment) -> type[ChargeEvent]:
    kind = _KINDS.get(segment.require("6"))
    if kind is None:
        expected = f"one of {', '.join(_KINDS)}"
        raise _refused(segment, "6", "is no kind of charge", expected, ErrorCode.TABLE_VALUE_NOT_FOUND)
    return kind


def _amount(segment: Segment, units: Decimal | None) -> Decimal:
    """FT1-11 is the extended amount; without it, FT1-12 a unit times FT1-10 units."""
    extended = segment.decimal("11.1.1")
    if extended is not None:
        return cents(extended)
    unit_amount = segment.decimal("12.1.1")
    if unit_amount is None:
        raise _refused(segment, "11", "is empty", "the charge's amount", ErrorCode.REQUIRED_FIELD_MISSING)
    return cents(unit_amount * (Decimal(1) if units is None else units))


def _diagnoses(segment: Segment, attached: list[Segment]) -> tuple[str, ...]:
    """FT1-19, else the DG1 segments that follow the charge."""
    coded = tuple(code for item in segment.repetitions(19) if (code := item.get()))
    return coded or tuple(code for item in attached if item.id == "DG1" and (code := item.get("3.1")))


def _refused(segment: Segment, path: str, words: str, expected: str, code: ErrorCode) -> Hl7Refused:
    return Hl7Refused([segment.fault(path, words, expected, code=code)])
