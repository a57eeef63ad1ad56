"""What happens when on the sandbox's day: the messages of each phase, in the order in which each system sends them.

Everything follows from the visits and the date. What goes wrong on purpose is here too, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.sandbox import group
from connectors.sandbox.cast import ChargeLine, Course, Visit, visits
from connectors.sandbox.senders import Outgoing
from connectors.sandbox.voices import coding, ehr, hospital, lis, scheduling
from connectors.sandbox.voices.scheduling import Happening
from hub.core.money import ZERO

ZONE = ZoneInfo(group.TIME_ZONE)
#: Appointments are made a week before: time for the payers to answer.
BOOKED_BEFORE = timedelta(days=7)
_BOOKING_OPENS = time(6, 20)
_SECONDS_BETWEEN_BOOKINGS = 10
_BEFORE_REGISTRATION = timedelta(minutes=2)
_CHECK_IN_BEFORE = timedelta(minutes=10)
_NO_SHOW_AFTER = timedelta(minutes=20)
_CHARGES_AFTER = timedelta(minutes=90)
_RESULTS_AFTER = timedelta(minutes=45)
_CODED_AFTER = timedelta(days=1)
_LATE_AFTER = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Timed:
    """A message and the moment it speaks of; systems send in the order of these."""

    at: datetime
    message: Outgoing


class Plan:
    """The day of `day`. Each phase is a list of messages in order of time."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.visits = visits()
        self.without_charge = _first(self.visits, payer="AETNA", in_clinic=False)
        self.corrected = _first(self.visits, payer="UHC", in_clinic=True)
        self.voided = _first(self.visits, payer="BCBS", in_clinic=True)
        #: Radiology or the laboratory did it, and nobody charges it.
        self.forgotten = next(visit for visit in self._charged_normally() if len(_performed(visit)) > 1)
        #: A line of it is charged when the claim is long out.
        self.late = next(
            visit
            for visit in self._charged_normally()
            if visit.in_clinic and visit.payer == "MEDICARE" and not visit.patient.secondary_payer
        )
        #: A stay that nobody codes.
        self.uncoded = next(visit for visit in self.visits if visit.encounter_class == "I" and visit.payer != "SELFPAY")

    def _charged_normally(self) -> Iterator[Visit]:
        special = (self.without_charge, self.corrected, self.voided)
        return (
            visit
            for visit in self.visits
            if visit.course is Course.KEPT
            and visit not in special
            and visit.facility != group.UNMAPPED.facility
            and visit.payer != "SELFPAY"
        )

    def bookings(self) -> list[Timed]:
        """The morning: every appointment is booked; some are moved or cancelled the next moment."""
        timed: list[Timed] = []
        opens = self._moment(_BOOKING_OPENS) - BOOKED_BEFORE
        for place, visit in enumerate(one for one in self.visits if one.has_appointment):
            timed += self._booking(visit, opens + timedelta(seconds=place * _SECONDS_BETWEEN_BOOKINGS))
        return _in_order(timed)

    def attendance(self, before: time | None = None, since: time | None = None) -> list[Timed]:
        """Who came, who did not, and what the EHR knows of it, for visits that begin in this part of the day."""
        timed: list[Timed] = []
        for visit in self.visits:
            if (before is None or visit.starts < before) and (since is None or visit.starts >= since):
                timed += self._attendance(visit)
        return _in_order(timed)

    def charges(self) -> list[Timed]:
        """The evening: charges of everything that took place, but for one visit whose charges nobody enters."""
        charged = [visit for visit in self.visits if visit.took_place and visit != self.without_charge]
        timed = [self._charges(visit) for visit in charged]
        return _in_order([*timed, *self._second_thoughts()])

    def results(self) -> list[Timed]:
        """What laboratory and radiology performed: an ORU for each department that a visit went to."""
        timed: list[Timed] = []
        for visit in self.visits:
            if visit.took_place and visit != self.without_charge:
                timed += self._results(visit)
        return _in_order(timed)

    def codings(self) -> list[Timed]:
        """The day after, every stay is coded but one."""
        stays = [visit for visit in self.visits if visit.encounter_class == "I" and visit != self.uncoded]
        return _in_order(
            Timed(at, Outgoing("billing", f"coding-{visit.number}", coding.completed(visit, at)))
            for visit in stays
            for at in [self._ends(visit) + _CODED_AFTER]
        )

    def late_charges(self) -> list[Timed]:
        """One line more, days after the claim went out."""
        lines = [(len(self.late.charges) + 1, LATE_LINE)]
        return [self._dft(self.late, self._charged_at(self.late) + _LATE_AFTER, lines, "CG", key="late")]

    def billed(self) -> list[Visit]:
        """The visits that a claim must come of."""
        return [
            visit
            for visit in self.visits
            if self.is_charged(visit) and visit != self.uncoded and visit.payer != "SELFPAY"
        ]

    def is_charged(self, visit: Visit) -> bool:
        """Whether the visit's charges are complete in the end, and stand in the books."""
        return visit.took_place and visit not in (self.without_charge, self.forgotten)

    def charged(self, visit: Visit) -> Decimal:
        """What stands on the account in the end."""
        if visit == self.corrected:
            return visit.charged - _CORRECTION
        return visit.charged + (LATE_LINE.amount if visit == self.late else ZERO)

    # --- the appointment's own system ---

    def _booking(self, visit: Visit, at: datetime) -> Iterator[Timed]:
        starts = self._starts(visit)
        first = starts + timedelta(days=1) if visit.rescheduled else starts
        yield self._say(visit, "booked", at, first)
        if visit.rescheduled:
            yield self._say(visit, "rescheduled", at + timedelta(minutes=1), starts)
        if visit.course is Course.CANCELLED:
            yield self._say(visit, "cancelled", at + timedelta(minutes=2), starts)

    def _attendance(self, visit: Visit) -> Iterator[Timed]:
        starts = self._starts(visit)
        ended = starts + timedelta(minutes=visit.minutes)
        if visit.course is Course.NO_SHOW:
            yield self._say(visit, "no_show", starts + _NO_SHOW_AFTER, starts)
        if not visit.took_place:
            return
        if visit.has_appointment:
            if visit.in_clinic:
                yield self._say(visit, "checked_in", starts - _CHECK_IN_BEFORE, starts)
            yield self._say(visit, "completed", ended, starts)
        yield from self._encounter(visit, starts, ended)

    def _say(self, visit: Visit, what: str, at: datetime, starts: datetime) -> Timed:
        """By webhook from a clinic, by SIU from a hospital."""
        happening = Happening(what, at, starts, revision(visit, what))
        key = f"{visit.appointment}-{happening.revision}"
        if not visit.in_clinic:
            return Timed(happening.at, Outgoing("siu", key, hospital.siu(visit, happening, key)))
        headers = {"X-Contract-Version": scheduling.version_of(visit)}
        return Timed(happening.at, Outgoing("scheduling", f"msg_{key}", scheduling.webhook(visit, happening), headers))

    # --- the EHR ---

    def _encounter(self, visit: Visit, starts: datetime, ended: datetime) -> Iterator[Timed]:
        inpatient = visit.encounter_class == "I"
        begins = "A01" if inpatient else "A04"
        yield self._adt(visit, begins, starts - _BEFORE_REGISTRATION)
        if int(visit.account[1:]) % 8 == 0:
            yield self._adt(visit, "A08", starts + timedelta(minutes=5))
        yield self._adt(visit, "A03", ended)

    def _adt(self, visit: Visit, trigger: str, at: datetime) -> Timed:
        key = f"{visit.number}-{trigger}"
        recorded = at + timedelta(seconds=30)
        return Timed(at, Outgoing("ehr", key, ehr.adt(visit, trigger, recorded, key, happened=at)))

    def _charges(self, visit: Visit) -> Timed:
        lines = list(enumerate(visit.charges, 1))
        if visit == self.forgotten:
            lines = lines[:-1]
        if visit == self.voided:
            lines.append((len(lines) + 1, visit.charges[0]))
        return self._dft(visit, self._charged_at(visit), lines, "CG")

    def _second_thoughts(self) -> Iterator[Timed]:
        """One line was entered twice and is voided; one was too high and is corrected."""
        later = timedelta(minutes=10)
        doubled = (len(self.voided.charges) + 1, self.voided.charges[0])
        yield self._dft(self.voided, self._charged_at(self.voided) + later, [doubled], "CD")
        first = self.corrected.charges[0]
        lower = replace(first, amount=first.amount - _CORRECTION)
        yield self._dft(self.corrected, self._charged_at(self.corrected) + later, [(1, lower)], "AJ")

    def _results(self, visit: Visit) -> Iterator[Timed]:
        at = self._starts(visit) + timedelta(minutes=visit.minutes) + _RESULTS_AFTER
        departments: dict[str, list[tuple[int, ChargeLine]]] = {}
        for number, line in lis.performed_lines(visit):
            departments.setdefault(line.procedure[0], []).append((number, line))
        for place, lines in enumerate(departments.values(), 1):
            key = f"{visit.number}-R{place}"
            yield Timed(at, Outgoing("lis", key, lis.oru(visit, at, key, lines=lines)))

    def _dft(
        self, visit: Visit, at: datetime, lines: Sequence[tuple[int, ChargeLine]], kind: str, *, key: str = ""
    ) -> Timed:
        key = f"{visit.number}-{key or kind}"
        body = ehr.dft(visit, at, key, service_day=self._starts(visit), lines=lines, kind=kind)
        return Timed(at, Outgoing("ehr", key, body))

    def _charged_at(self, visit: Visit) -> datetime:
        return self._starts(visit) + timedelta(minutes=visit.minutes) + _CHARGES_AFTER

    def _ends(self, visit: Visit) -> datetime:
        return self._starts(visit) + timedelta(minutes=visit.minutes)

    def _starts(self, visit: Visit) -> datetime:
        return self._moment(visit.starts)

    def _moment(self, at: time) -> datetime:
        return datetime.combine(self.day, at, ZONE)


_CORRECTION = Decimal("20.00")
#: What is charged late.
LATE_LINE = ChargeLine("36415", 1, Decimal("18.00"))


def revision(visit: Visit, what: str) -> int:
    """How many times the appointment had changed by then, its booking included."""
    life = ["booked", *(["rescheduled"] if visit.rescheduled else [])]
    match visit.course:
        case Course.CANCELLED:
            life.append("cancelled")
        case Course.NO_SHOW:
            life.append("no_show")
        case _:
            life += [*(["checked_in"] if visit.in_clinic else []), "completed"]
    return life.index(what) + 1


def _performed(visit: Visit) -> Sequence[tuple[int, ChargeLine]]:
    return lis.performed_lines(visit)


def _first(everyone: Sequence[Visit], *, payer: str, in_clinic: bool) -> Visit:
    """The first kept appointment like that, at a place where every code is mapped."""
    return next(
        visit
        for visit in everyone
        if visit.course is Course.KEPT
        and visit.payer == payer
        and visit.in_clinic == in_clinic
        and visit.facility != group.UNMAPPED.facility
        and visit.charges[0].amount > _CORRECTION
    )


def _in_order(timed: Iterable[Timed]) -> list[Timed]:
    return sorted(timed, key=lambda one: one.at)
