"""ADT and BAR: what happened to a patient's stay or visit, with the demographics and coverage that a claim needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors import hl7_feeds
from connectors.formats.hl7v2 import ErrorCode, Hl7Refused, Message, Segment
from connectors.translation import Incoming
from hub.core.events import Event
from hub.core.events.encounter import (
    EncounterAdmitted,
    EncounterCancelled,
    EncounterCompleted,
    EncounterDischarged,
    EncounterEvent,
    EncounterRegistered,
    EncounterReopened,
    EncounterUpdated,
)

# HL7 table 0004: the classes whose A03 ends a stay; of all others it ends a visit.
_INPATIENT = frozenset({"I"})
# "Not applicable": a PV1 that stands there because the structure asks for it, and tells of no visit.
_NO_VISIT = "N"
# HL7 table 0007 in the words of FL 14 of the UB-04: 1 emergency, 2 urgent, 3 elective, 4 newborn, 9 not known.
_ADMISSION = {"A": "1", "E": "1", "U": "2", "C": "3", "R": "3", "N": "4", "L": "9"}
_ADMISSION_CODES = frozenset("123459")

Reader = Callable[[Message, Incoming], Iterator[Event]]


def _encounter(event_class: type[EncounterEvent]) -> Reader:
    return lambda message, incoming: iter([_read(event_class, message, incoming)])


def _end(message: Message, incoming: Incoming) -> Iterator[Event]:
    inpatient = message.get("PV1-2") in _INPATIENT
    yield _read(EncounterDischarged if inpatient else EncounterCompleted, message, incoming)


def _person(message: Message, incoming: Incoming) -> Iterator[Event]:
    """A28 and A31 are about a person. Only one that names a visit changes something here: the hub keeps no index of
    persons, and an encounter that nobody registered must not be made up (README)."""
    if message.get("PV1-19") and message.get("PV1-2") != _NO_VISIT:
        yield _read(EncounterUpdated, message, incoming)


def _account(event_class: type[EncounterEvent]) -> Reader:
    """BAR: an account with its visits, each a PV1 with the diagnoses and coverage that follow it."""

    def read(message: Message, incoming: Incoming) -> Iterator[Event]:
        visits = message.groups("PV1")
        if not visits:
            message.require("PV1-19")
        for visit, *attached in visits:
            yield _event(event_class, message, incoming, visit, attached)

    return read


READERS: Mapping[str, Reader] = {
    "ADT^A01": _encounter(EncounterAdmitted),
    "ADT^A02": _encounter(EncounterUpdated),
    "ADT^A03": _end,
    "ADT^A04": _encounter(EncounterRegistered),
    "ADT^A05": _encounter(EncounterRegistered),
    "ADT^A06": _encounter(EncounterUpdated),
    "ADT^A07": _encounter(EncounterUpdated),
    "ADT^A08": _encounter(EncounterUpdated),
    "ADT^A11": _encounter(EncounterCancelled),
    "ADT^A12": _encounter(EncounterUpdated),
    "ADT^A13": _encounter(EncounterReopened),
    "ADT^A28": _person,
    "ADT^A31": _person,
    "BAR^P01": _account(EncounterRegistered),
    "BAR^P05": _account(EncounterUpdated),
}


def _read(event_class: type[EncounterEvent], message: Message, incoming: Incoming) -> EncounterEvent:
    visits = message.segments("PV1")
    if not visits:
        message.require("PV1-19")
    return _event(event_class, message, incoming, visits[0], message.all_segments)


def _event(
    event_class: type[EncounterEvent],
    message: Message,
    incoming: Incoming,
    visit: Segment,
    attached: Sequence[Segment],
) -> EncounterEvent:
    """`attached` are the segments whose DG1 and IN1 belong to this visit."""
    visit_number = visit.require("19")
    encounter_class = visit.require("2")
    if len(encounter_class) != 1:
        raise _not_a_class(visit)
    get = visit.get
    return event_class(
        occurred_at=hl7_feeds.occurred_at(message, incoming),
        entity_key=f"{incoming.system}:{visit_number}",
        facility=get("3.4") or hl7_feeds.facility(message, incoming),
        account_number=message.get("PID-18"),
        visit_number=visit_number,
        encounter_class=encounter_class,
        appointment_id=get("50"),
        department=get("3.1"),
        provider=get("7.1"),
        location=get("3.2"),
        patient_number=hl7_feeds.patient_number(message),
        admission_type=_admission_type(get("4")),
        discharge_status=_discharge_status(get("36")),
        diagnoses=tuple(code for item in attached if item.id == "DG1" and (code := item.get("3.1"))),
        **_demographics(message),
        **_coverage([item for item in attached if item.id == "IN1"]),
    )


def _coverage(insurances: list[Segment]) -> dict[str, Any]:
    """The first two insurances, in the order of their priority (IN1-22) where every one has it."""
    ranks = [item.get("22") for item in insurances]
    if len(insurances) > 1 and all(rank.isdecimal() for rank in ranks):
        insurances = sorted(insurances, key=lambda item: int(item.get("22")))
    found: dict[str, Any] = {}
    for prefix, item in zip(("", "secondary_"), insurances, strict=False):
        found[f"{prefix}payer"] = item.get("3")
        found[f"{prefix}member_id"] = item.get("36") or item.get("49")
    return found


def _admission_type(value: str) -> str:
    """A code that is neither table's is left out: the claim that needs one asks for it."""
    return value if value in _ADMISSION_CODES else _ADMISSION.get(value.upper(), "")


def _discharge_status(value: str) -> str:
    """PV1-36 as FL 17 of the UB-04, two digits; a hospital's own words for it are left out likewise."""
    return value.zfill(2) if value.isascii() and value.isdecimal() and len(value) <= 2 else ""


def _demographics(message: Message) -> dict[str, Any]:
    patient = message.segment("PID")
    if patient is None:
        return {}
    return {
        **hl7_feeds.person(message),
        "patient_street": patient.get("11.1.1"),
        "patient_city": patient.get("11.3"),
        "patient_state": patient.get("11.4"),
        "patient_postal_code": patient.get("11.5"),
    }


def _not_a_class(visit: Segment) -> Hl7Refused:
    words = "is not a patient class"
    return Hl7Refused([visit.fault(2, words, "one letter of table 0004", code=ErrorCode.TABLE_VALUE_NOT_FOUND)])
