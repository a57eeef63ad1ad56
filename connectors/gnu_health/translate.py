"""Appointments of GNU Health to appointment events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.event_bounds import bounded
from connectors.gnu_health.values import time_of
from connectors.json_contract import JsonContract, parse_json
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events import Event
from hub.core.events.appointment import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentEvent,
    AppointmentNoShow,
    AppointmentRescheduled,
)

CONTRACT = JsonContract("GNU Health appointment", Path(__file__).parent / "contracts" / "appointment.json")
# A free slot is nobody's appointment.
_EVENTS: Mapping[str, type[AppointmentEvent]] = {
    "confirmed": AppointmentBooked,
    "checked_in": AppointmentCheckedIn,
    "done": AppointmentCompleted,
    "user_cancelled": AppointmentCancelled,
    "center_cancelled": AppointmentCancelled,
    "no_show": AppointmentNoShow,
}
_FREE = "free"


def translate(incoming: Incoming) -> Iterator[Event]:
    """One event for a change of an appointment; none for a free slot. Raises DataFault naming the place."""
    document = parse_json(incoming.read())
    CONTRACT.check(document)
    record = document["record"]
    if record["state"] == _FREE:
        return
    kind = _EVENTS[record["state"]]
    changed = record["write_date"]
    if kind is AppointmentBooked and changed is not None:
        kind = AppointmentRescheduled
    at = _time(record, "write_date" if changed is not None else "create_date")
    yield bounded(
        kind(
            occurred_at=at,
            entity_key=f"{incoming.system}:{record['id']}",
            facility=_code(record, "institution") or incoming.facility_hint,
            sequence=int(at.timestamp() * 1_000_000),
            appointment_id=str(record["id"]),
            starts_at=_time(record, "appointment_date"),
            department=_code(record, "speciality"),
            provider=_code(record, "healthprof"),
            visit_type="emergency" if record.get("urgency") == "c" else "office",
            patient_number=(record.get("patient.") or {}).get("puid") or "",
        )
    )


def _time(record: Mapping[str, Any], name: str) -> datetime:
    try:
        return time_of(record[name])
    except ValueError as error:
        place = f"/record/{name}"
        raise DataFault(
            "time-unreadable", f"{place} is no time.", cause=(place,), subject={"pointer": place}
        ) from error


def _code(record: Mapping[str, Any], name: str) -> str:
    code: str = (record.get(f"{name}.") or {}).get("code") or ""
    return code
