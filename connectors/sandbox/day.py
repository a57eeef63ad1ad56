"""The sandbox group's working day, sent to the hub phase by phase; it goes on where it was stopped.

The clock travels: the day lies two weeks back, so that charges, claims and remittances have the time they take, and
ends today.
"""

from __future__ import annotations

import os
import time as machine_time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from connectors.sandbox import faults_planned, payer_rules, watching
from connectors.sandbox.clearinghouse import Clearinghouse
from connectors.sandbox.paying import card_payments, settled
from connectors.sandbox.plan import ZONE, Plan, Timed
from connectors.sandbox.post import Post
from connectors.sandbox.progress import Progress
from connectors.sandbox.remitting import Remitting
from connectors.sandbox.scheduling_books import FILE as SCHEDULING_BOOKS
from connectors.sandbox.scheduling_books import SchedulingBooks
from hub.core import clock
from hub.core.money import ZERO
from hub.supervisor import say

#: How long ago the day itself was: long enough for an appeal to be decided.
_BEGAN = timedelta(days=38)
#: How long the hub may take to come to rest, an ERP outage included.
_REST_SECONDS = 300.0
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Phase:
    """`days` after the day itself, and `at` what hour, its business time is."""

    name: str
    title: str
    days: int
    at: time
    run: Callable[[datetime], None]


class Day:
    """One run through the day, or through what is left of it."""

    def __init__(self, home: Path) -> None:
        self._house = Clearinghouse(home)
        self._progress = Progress(home, clock.machine_now().astimezone(ZONE).date())
        self._post = Post(self._progress, SchedulingBooks(home / SCHEDULING_BOOKS))
        self._day = self._progress.today - _BEGAN
        self._plan = Plan(self._day)
        self._phases = (
            Phase("bookings", "appointments are booked", -7, time(7), self._bookings),
            Phase("questions", "the payers are asked about every visit", -6, time(10), self._asked),
            Phase("answers", "the payers answer what they had to think about", -6, time(15), self._asked),
            Phase("forenoon", "patients come in the forenoon", 0, time(13, 15), self._forenoon),
            Phase("afternoon", "patients come in the afternoon", 0, time(17, 15), self._afternoon),
            Phase("results", "laboratory and radiology report", 0, time(18), self._results),
            Phase("charges", "charges are entered", 0, time(18, 45), self._charges),
            Phase("coding", "the stays are coded", 2, time(12), self._coding),
            Phase("claims", "the visits are billed, claims go out", 3, time(19), self._claims),
            Phase("late-charge", "a charge comes late, its claim is sent anew", 5, time(19), self._late_charge),
            Phase("remittances", "the payers decide", 13, time(6), self._remittances),
            Phase("corrections", "a payer takes a payment back and pays anew", 13, time(13), self._corrections),
            Phase("appeal", "a denial is appealed", 14, time(10), self._appeal),
            Phase("second-payers", "the second payers decide", 20, time(6), self._second_payers),
            Phase("appeal-granted", "the payer grants the appeal", 30, time(6), self._appeal_granted),
            Phase("payments", "patients pay by card", 31, time(18), self._payments),
        )

    def run(self) -> None:
        say(f"The sandbox group's day of {self._day:%d %B %Y} ({len(self._plan.visits)} visits)")
        for phase in self._phases:
            if not self._progress.is_done(phase.name):
                self._go_through(phase)
        _travel_to(None)
        self._rest()
        self._progress.note("planned", faults_planned.cases(self._remitting().denied()))
        self._progress.write_sent()

    def _go_through(self, phase: Phase) -> None:
        started = machine_time.monotonic()
        moment = datetime.combine(self._day + timedelta(days=phase.days), phase.at, ZONE)
        _travel_to(moment)
        phase.run(moment)
        self._rest()
        self._progress.finish(phase.name)
        seconds = machine_time.monotonic() - started
        total = sum(sum(counts.values()) for counts in self._progress.counts().values())
        say(f"  {moment:%d %b %H:%M}  {phase.title} ({total} messages so far, {seconds:.0f} s)")

    # --- the phases ---

    def _bookings(self, moment: datetime) -> None:
        """Half of them, then the ERP goes away, then the other half: it waits for the ERP in the hub."""
        messages = [one.message for one in faults_planned.without_late(self._plan, self._plan.bookings())]
        half = len(messages) // 2
        self._post.send(messages[:half])
        seconds = float(os.environ.get("DAY_OUTAGE_SECONDS") or 60)
        if seconds and watching.break_erp(outage_seconds=seconds):
            say(f"  {moment:%d %b %H:%M}  the ERP is down for {seconds:.0f} seconds")
        self._post.send(messages[half:])

    def _asked(self, moment: datetime) -> None:
        """Nothing is sent: it is the hub that asks."""

    def _forenoon(self, moment: datetime) -> None:
        timed = self._plan.attendance(before=_NOON)
        self._post.send(faults_planned.disturbed(self._plan, timed))

    def _afternoon(self, moment: datetime) -> None:
        self._send(self._plan.attendance(since=_NOON))

    def _results(self, moment: datetime) -> None:
        self._send(self._plan.results())

    def _coding(self, moment: datetime) -> None:
        self._send(self._plan.codings())

    def _appeal(self, moment: datetime) -> None:
        """A specialist writes down that the letter went out."""
        denied = self._remitting().appealed()
        if denied is not None:
            watching.manage("record_appeal", denied.account_number, "--reference", "NRH-APPEAL-1")

    def _second_payers(self, moment: datetime) -> None:
        for file in self._remitting().second_files(clock.now()):
            self._house.put(file.name, file.content)

    def _appeal_granted(self, moment: datetime) -> None:
        for file in self._remitting().appeals(clock.now()):
            self._house.put(file.name, file.content)

    def _late_charge(self, moment: datetime) -> None:
        self._send(self._plan.late_charges())

    def _charges(self, moment: datetime) -> None:
        self._send(self._plan.charges())

    def _claims(self, moment: datetime) -> None:
        """The ERP posts the first entries and says nothing; then every claim goes out and is answered."""
        watching.break_erp(answers_lost=2, hold_seconds=5.0)
        refused = payer_rules.unknown()
        expected = {visit.account for visit in self._plan.billed() if visit != refused}
        if not watching.until(lambda: expected <= set(self._house.shelf.all()), _REST_SECONDS):
            missing = len(expected - set(self._house.shelf.all()))
            say(f"  {missing} of {len(expected)} claims did not arrive at the clearinghouse")

    def _remittances(self, moment: datetime) -> None:
        for file in self._remitting().first_files(clock.now()):
            self._house.put(file.name, file.content)

    def _corrections(self, moment: datetime) -> None:
        for file in self._remitting().corrections(clock.now()):
            self._house.put(file.name, file.content)

    def _payments(self, moment: datetime) -> None:
        remitting = self._remitting()
        shares = remitting.patient_shares()
        self._send(card_payments(self._plan, shares, moment - timedelta(hours=2)))
        by_card = sum((payment.amount for payment in settled(self._plan, shares)), ZERO)
        charged = sum((self._plan.charged(visit) for visit in self._plan.visits if self._plan.is_charged(visit)), ZERO)
        self._progress.note(
            "expected",
            {
                "claims": len(self._plan.billed()),
                "charged": f"{charged:.2f}",
                "remitted": remitting.totals(),
                "paid_by_card": f"{by_card:.2f}",
            },
        )
        self._rest()

    # --- helpers ---

    def _send(self, timed: Sequence[Timed]) -> None:
        self._post.send(one.message for one in timed)

    def _remitting(self) -> Remitting:
        return Remitting(self._house.shelf.standing())

    def _rest(self) -> None:
        if not watching.at_rest(self._house, _REST_SECONDS):
            say(f"  the hub did not come to rest within {_REST_SECONDS:.0f} seconds; the day goes on")


def _travel_to(moment: datetime | None) -> None:
    """Set the business clock of every process of this copy; None is the machine's own time."""
    name = os.environ.get("HUB_CLOCK_FILE")
    if name:
        offset = timedelta(0) if moment is None else moment - clock.machine_now()
        clock.set_shared_offset(Path(name), offset)
