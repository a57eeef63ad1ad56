"""The visit that is made ready: who comes, how they are insured, until when it must be settled, and what changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.core.errors import BusinessRefusal, Defect
from hub.core.sealing import open_json
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import FacilityInfo, PayerInfo
from hub.records.models import Appointment, Encounter
from hub.records.states import AppointmentStatus, EncounterStatus
from orchestration.models import Run
from orchestration.work import Work
from orchestration.workflow import Deliver, Finish, Wait
from orchestration.workflows.readiness_rules import is_member_id

SELF_PAY = "SELFPAY"
#: A visit that is booked when its window has begun already gets this much time all the same. House default.
PATIENCE = timedelta(hours=1)

Topics = tuple[tuple[str, str], ...]

_GONE = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW})
_MOVES = (
    "appointment.booked", "appointment.rescheduled", "appointment.cancelled", "appointment.no_show",
    "appointment.corrected",
)  # fmt: skip
_REGISTRATIONS = ("encounter.registered", "encounter.updated", "encounter.corrected")
_ASKED_WITH = {
    "patient_last_name": "last name",
    "patient_first_name": "first name",
    "patient_birth_date": "birth date",
    "member_id": "member id",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """`person` holds who the patient is, opened: names, birth date, sex, member id. Never written down in the open."""

    appointment: Appointment
    payer: PayerInfo
    facility: FacilityInfo
    person: Mapping[str, Any]

    @property
    def on(self) -> date:
        """The day of the visit where it takes place."""
        return self.appointment.starts_at.astimezone(ZoneInfo(self.facility.time_zone)).date()

    @property
    def is_self_pay(self) -> bool:
        return self.payer.code == SELF_PAY

    def missing(self) -> str:
        """What a payer cannot be asked without, in words; empty where nothing is missing."""
        lacking = [words for name, words in _ASKED_WITH.items() if not self.person.get(name)]
        if not lacking and not is_member_id(
            str(self.person["member_id"]), self.payer.code, self.facility.code, self.on
        ):
            lacking.append("member id of the payer's form")
        return ", ".join(lacking)

    def ready_by(self, run: Run) -> datetime:
        """The facility's window before the visit begins; for a late booking a little after it was made."""
        window = self.appointment.starts_at - timedelta(days=self.facility.readiness_days)
        return max(window, min(run.created_at + PATIENCE, self.appointment.starts_at))


def visit_of(work: Work) -> Visit:
    """The visit as it now stands. What registration says of coverage stands before what scheduling took down.

    Raises MappingMissing for a payer or facility that master data does not hold.
    """
    return work.once(_read_visit)


def _read_visit(work: Work) -> Visit:
    appointment = work.appointment
    if appointment is None:
        raise Defect("appointment-missing", "The appointment of this run is not recorded.")
    encounter = _encounter(work)
    booked = open_json(appointment.sealed)
    registered = open_json(encounter.sealed) if encounter is not None else {}
    payer = (encounter.payer if encounter is not None else "") or appointment.payer or SELF_PAY
    if payer != appointment.payer:
        booked.pop("member_id", None)  # it is another payer's
    crosswalk = snapshot()
    return Visit(
        appointment=appointment,
        payer=crosswalk.payer(payer),
        facility=crosswalk.facility(appointment.facility),
        person={**booked, **registered},
    )


def _encounter(work: Work) -> Encounter | None:
    standing = [row for row in work.in_journey(Encounter) if row.status != EncounterStatus.CANCELLED]
    return standing[-1] if standing else None


def over(work: Work, visit: Visit) -> Finish | None:
    """The end of a run whose visit is called off, or was changed so that a later run takes over."""
    if visit.appointment.status in _GONE:
        return Finish({"reason": "the visit is called off"})
    return Finish({"reason": "a later change takes over"}) if work.is_overtaken else None


def changes(work: Work, visit: Visit) -> Topics:
    """What makes a run look again: the appointment changes, or somebody registers the patient anew."""
    key, account = visit.appointment.key, visit.appointment.account_number
    registrations = tuple((topic, account) for topic in _REGISTRATIONS) if account else ()
    return (*((topic, key) for topic in _MOVES), *registrations)


def hold(
    work: Work, visit: Visit, code: str, message: str, *, topics: Topics, hint: str,
    until: datetime | None = None, ask: Deliver | None = None, **subject: str,
) -> Wait:  # fmt: skip
    """A case that says how many days are left; it ends by itself when one of `topics` brings what is missing."""
    left = visit.appointment.starts_at - work.now
    days = "less than a day" if left < timedelta(days=1) else f"{left.days} day{'s' if left.days > 1 else ''}"
    # Said as of the day on which it came up: the case is read on later days too.
    words = f"That was {days} before the visit." if left > timedelta(0) else "By then the visit had begun."
    refusal = BusinessRefusal(
        code,
        f"{message} {words}",
        cause=(visit.appointment.key,),
        hint=hint,
        subject={"payer": visit.payer.name, "facility": visit.facility.code, "left": days, **subject},
        due_at=visit.appointment.starts_at,
    )
    return Wait(topics, until=until, ask=ask, case=refusal)
