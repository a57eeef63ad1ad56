"""What people put right: messages are read with their corrections, records follow an event of the hub's own making.

The original always stays whole. Callers check permission and policy and keep the audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from connectors.models import Message
from connectors.selectors import FeedInfo, feed, read_body
from hub.core import clock
from hub.core.amending import amended, value_at
from hub.core.errors import BusinessRefusal, Failure, FailureClass
from hub.core.events import Event
from hub.core.events.appointment import AppointmentCorrected
from hub.core.events.encounter import EncounterCorrected
from hub.core.events.payment import PaymentCorrected
from hub.core.ids import uuid7
from hub.core.sealing import open_json, seal_json
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Appointment, Encounter, Payment, Record
from hub.records.services import Recordable
from orchestration.corrected import changes_of, with_corrections
from orchestration.correction_models import Correction
from orchestration.recording import HUB, record
from orchestration.states import CorrectedKind
from orchestration.understanding import read_as, resolve

Correctable = Appointment | Encounter | Payment
_KINDS: Mapping[type[Record], CorrectedKind] = {
    Appointment: CorrectedKind.APPOINTMENT,
    Encounter: CorrectedKind.ENCOUNTER,
    Payment: CorrectedKind.PAYMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who put it right and why; `case_number` is the case that it was done in."""

    by: str
    reason: str
    approved_by: str = ""
    case_number: int | None = None


# --- messages -----------------------------------------------------------------------------------------------
def rehearse(message: Message, changes: Mapping[str, str]) -> Failure | None:
    """Why the message could still not be understood with `changes`; None where it could.

    A code that has no mapping yet is no fault of the message.
    """
    info = feed(message.feed_code)
    try:
        body = amended(read_body(message), {**changes_of(message.pk), **changes})
        _read_through(message, info, body)
    except Failure as failure:
        return None if failure.failure_class is FailureClass.MAPPING else failure
    return None


def _read_through(message: Message, info: FeedInfo, body: bytes) -> None:
    """Translate and resolve, and let go of what comes out."""
    for event in info.connector.translate(read_as(message, info, body)):
        resolve(event, info.system, snapshot(fresh=True))


def correct_message(message: Message, changes: Mapping[str, str], author: Author) -> Correction:
    """Keep what is to stand there. The caller lets the message be processed again."""
    body = with_corrections(message.pk, read_body(message))
    values = {place: {"before": value_at(body, place), "after": value} for place, value in changes.items()}
    return _keep(CorrectedKind.MESSAGE, message.pk, message.facility, feed(message.feed_code).system, values, author)


# --- records ------------------------------------------------------------------------------------------------
def correct_record(row: Correctable, changes: Mapping[str, str], author: Author) -> Correction:
    """Record the correcting event: it carries what was put right and the time of the news that it corrects.

    So whatever the owner of the record says later stands before it.
    """
    before = _standing(row, changes)
    values = {name: {"before": before[name], "after": value} for name, value in changes.items()}
    correction = _keep(_KINDS[type(row)], row.pk, row.facility, row.system, values, author, journey_id=row.journey_id)
    items = [Recordable(event=_event(row, changes), system=HUB, causation_id=correction.pk, received_at=clock.now())]
    recorded = record(items)[0]
    correction.event_id, correction.journey_id = recorded.row.id, recorded.row.journey_id
    correction.save(update_fields=["event_id", "journey_id"])
    return correction


def _standing(row: Correctable, names: Iterable[str]) -> dict[str, str]:
    sealed = open_json(row.sealed) if isinstance(row, Appointment | Encounter) else {}
    return {name: str(sealed.get(name) or getattr(row, name, "") or "") for name in names}


def _event(row: Correctable, changes: Mapping[str, str]) -> Event:
    match row:
        case Encounter():
            return EncounterCorrected(
                occurred_at=row.occurred_at,
                entity_key=row.key,
                facility=row.facility,
                account_number=row.account_number,
                visit_number=row.visit_number,
                encounter_class=row.encounter_class,
                **_person(row, changes),
            )
        case Appointment():
            return AppointmentCorrected(
                occurred_at=row.occurred_at,
                entity_key=row.key,
                facility=row.facility,
                account_number=row.account_number,
                appointment_id=row.key,
                starts_at=row.starts_at,
                department=row.department,
                provider=row.provider,
                service_line=row.service_line,
                payer=row.payer,
                visit_type=row.visit_type,
                **_person(row, changes),
            )
        case Payment():
            return PaymentCorrected(
                occurred_at=row.occurred_at,
                entity_key=row.key,
                facility=row.facility,
                account_number=changes["account_number"],
                payment_id=row.key,
                amount=row.amount,
                currency=row.currency,
                method=row.method,
            )
    raise BusinessRefusal("not-correctable", "This cannot be corrected from here; have its source mend it.")


def _person(row: Appointment | Encounter, changes: Mapping[str, str]) -> dict[str, Any]:
    """The changed fields as an event carries them. A sealed field that an event leaves empty stays as it is."""
    values: dict[str, Any] = dict(changes)
    if "patient_birth_date" in values:
        values["patient_birth_date"] = date.fromisoformat(str(values["patient_birth_date"]))
    return {"patient_sex": str(open_json(row.sealed).get("patient_sex") or "U"), **values}


def corrections_of(refs: Sequence[UUID]) -> list[Correction]:
    """The oldest first; without what they say."""
    return list(Correction.objects.filter(ref__in=refs).defer("sealed").order_by("id"))


def _keep(
    kind: CorrectedKind,
    ref: UUID,
    facility: str,
    system: str,
    values: Mapping[str, Mapping[str, str]],
    author: Author,
    *,
    journey_id: UUID | None = None,
) -> Correction:
    return Correction.objects.create(
        id=uuid7(), kind=kind, ref=ref, journey_id=journey_id, facility=facility, system=system, fields=sorted(values),
        sealed=seal_json(values), reason=author.reason[:500], case_number=author.case_number, by=author.by,
        approved_by=author.approved_by, at=clock.now(),
    )  # fmt: skip
