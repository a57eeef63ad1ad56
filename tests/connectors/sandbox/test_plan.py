"""The sandbox's day before it is sent: who comes, what is said of them, and what goes wrong on purpose."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, time
from decimal import Decimal

import pytest

from connectors.ehr.translate import translate as read_ehr
from connectors.sandbox import faults_planned, group
from connectors.sandbox.cast import Course, visits
from connectors.sandbox.plan import Plan, Timed
from connectors.sandbox.senders import Outgoing
from connectors.scheduling_legacy.translate import translate as read_siu
from connectors.scheduling_saas.translate import translate as read_webhook
from connectors.translation import Incoming, Translator
from hub.core.errors import DataFault
from hub.core.events import Event, coded_fields
from hub.core.events.appointment import AppointmentEvent
from hub.core.events.charge import ChargeCaptured, ChargeCorrected, ChargeVoided

DAY = date(2026, 11, 7)
NOON = time(12)
READERS: dict[str, tuple[Translator, str]] = {
    "scheduling": (read_webhook, group.SCHEDULING),
    "siu": (read_siu, group.HOSPITAL_SCHEDULING),
    "ehr": (read_ehr, group.EHR),
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(DAY)


def phases(plan: Plan) -> dict[str, list[Timed]]:
    return {
        "bookings": plan.bookings(),
        "forenoon": plan.attendance(before=NOON),
        "afternoon": plan.attendance(since=NOON),
        "charges": plan.charges(),
    }


def events_of(message: Outgoing) -> list[Event]:
    translate, system = READERS[message.feed]
    return list(translate(Incoming(system=system, feed=message.feed, body=message.body)))


def all_events(plan: Plan) -> list[tuple[str, Event]]:
    timed = [one for phase in phases(plan).values() for one in phase]
    return [(READERS[one.message.feed][1], event) for one in timed for event in events_of(one.message)]


def test_the_same_people_come_every_time() -> None:
    assert visits() == visits()


def test_200_appointments_spread_over_every_hospital_clinic_and_payer() -> None:
    everyone = visits()

    assert sum(visit.has_appointment for visit in everyone) == 200
    assert {visit.facility for visit in everyone} == {*group.HOSPITALS, *group.CLINICS}
    assert {visit.payer for visit in everyone} == {payer.code for payer in group.PAYERS}
    assert {visit.course for visit in everyone} == set(Course)


def test_every_message_means_what_its_system_wanted_to_say(plan: Plan) -> None:
    types = Counter(event.TYPE for _, event in all_events(plan))
    came = [visit for visit in plan.visits if visit.took_place]

    assert types["appointment.booked"] == sum(visit.has_appointment for visit in plan.visits)
    assert types["appointment.completed"] == sum(visit.course is Course.KEPT for visit in plan.visits)
    assert types["encounter.completed"] + types["encounter.discharged"] == len(came)
    assert types["encounter.admitted"] == types["encounter.discharged"] == 2 * len(group.HOSPITALS)


def test_only_the_planned_code_is_in_no_crosswalk(plan: Plan) -> None:
    known = {(code.domain, code.system, code.facility, code.local) for code in group.mapped_codes()}
    facilities = {(c.system, c.local): c.canonical for c in group.mapped_codes() if c.domain == "facility"}
    unmapped = set()
    for system, event in all_events(plan):
        facility = facilities[system, event.facility]
        for name, domain in coded_fields(type(event)):
            local = getattr(event, name)
            if local and not {(domain, system, facility, local), (domain, system, "", local)} & known:
                unmapped.add((domain, system, facility, local))

    assert unmapped == {("department", "scheduling", "C07", "PT-REHAB")}


def test_each_system_sends_in_the_order_of_time_and_numbers_each_message_once(plan: Plan) -> None:
    keys: dict[str, list[str]] = defaultdict(list)
    for timed in phases(plan).values():
        assert [one.at for one in timed] == sorted(one.at for one in timed)
        for one in timed:
            keys[one.message.feed].append(one.message.key)

    assert all(len(each) == len(set(each)) for each in keys.values())


def test_what_is_charged_in_the_end_is_what_the_messages_add_up_to(plan: Plan) -> None:
    amounts: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for one in [*plan.charges(), *plan.late_charges()]:
        for event in events_of(one.message):
            if isinstance(event, ChargeCaptured | ChargeCorrected):
                amounts[event.account_number][event.charge_id] = event.amount
            elif isinstance(event, ChargeVoided):
                del amounts[event.account_number][event.charge_id]

    expected = {visit.account: plan.charged(visit) for visit in plan.visits if plan.is_charged(visit)}
    charged = {account: sum(lines.values()) for account, lines in amounts.items()}
    forgotten = charged.pop(plan.forgotten.account)
    assert charged == expected
    assert forgotten == plan.forgotten.charged - plan.forgotten.charges[-1].amount
    assert plan.without_charge.account not in amounts


def test_the_forenoon_holds_a_repetition_a_late_move_a_loss_a_forgery_and_a_version_of_its_own(plan: Plan) -> None:
    timed = plan.attendance(before=NOON)
    disturbed = faults_planned.disturbed(plan, timed)
    keys = Counter((message.feed, message.key) for message in disturbed if not message.spoiled)
    repeated = [feed for (feed, _), count in keys.items() if count == 2]
    [forged] = [message for message in disturbed if message.spoiled]
    late = [
        event
        for message in disturbed
        if message.feed == "scheduling" and not message.spoiled and message.key != "msg_unknown"
        for event in events_of(message)
        if event.TYPE == "appointment.rescheduled"
    ]

    assert sorted(repeated) == ["ehr", "scheduling"]
    assert forged.key == "msg_forged"
    assert len(late) == 1
    assert [message.feed for message in disturbed if message.lost] == ["scheduling"]
    assert len(disturbed) == len(timed) + len(repeated) + len(late) + 2
    [unknown] = [message for message in disturbed if message.key == "msg_unknown"]
    with pytest.raises(DataFault, match="unknown-contract-version"):
        list(read_webhook(Incoming(system="scheduling", feed="scheduling", body=unknown.body)))


def test_one_completion_overtakes_its_check_in(plan: Plan) -> None:
    seen: dict[str, int] = {}
    overtaken = []
    for message in faults_planned.disturbed(plan, plan.attendance(before=NOON)):
        if message.feed != "scheduling" or message.spoiled or message.key == "msg_unknown":
            continue
        for event in events_of(message):
            if isinstance(event, AppointmentEvent) and event.sequence is not None:
                if event.sequence < seen.get(event.appointment_id, 0):
                    overtaken.append(event.TYPE)
                seen[event.appointment_id] = max(event.sequence, seen.get(event.appointment_id, 0))

    assert overtaken == ["appointment.checked_in"]


def test_the_late_move_is_missing_from_the_bookings(plan: Plan) -> None:
    bookings = plan.bookings()

    assert len(faults_planned.without_late(plan, bookings)) == len(bookings) - 1
