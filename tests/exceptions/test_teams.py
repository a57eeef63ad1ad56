"""Teams: cases find theirs and an owner in it, fairly, and never one who is away, off shift or may not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions import services as case_services
from exceptions.clocks import Level, due_at
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case, Note, Notice, Queue
from exceptions.states import AssignmentMode, CaseState, NoticeKind, Resolution
from exceptions.teams import attendance, escalation, handing_over, services
from exceptions.teams.assignment import assign_waiting
from exceptions.teams.choosing import Seat, chosen, manned
from exceptions.teams.duty import Away, Hours, Rota
from exceptions.teams.models import RoutingRule, Team
from exceptions.teams.services import Conditions
from hub.core import clock
from hub.core.business_days import after_business_days, after_business_hours
from hub.core.errors import BusinessRefusal
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from hub.masterdata.models import Payer
from tests.exceptions.world import held, no_charge, parked, person, unmapped

#: A Wednesday, nine in the morning in Chicago.
WEDNESDAY = datetime(2026, 11, 18, 15, tzinfo=UTC)
OFFICE = tuple((day, time(8), time(17)) for day in range(5))


@pytest.fixture
def linda(db: None) -> Actor:
    return person("linda", "lead")


def team_of(
    linda: Actor, *people: Actor, mode: AssignmentMode = AssignmentMode.ROUND_ROBIN, name: str = "Cash"
) -> Team:
    team = services.save_team(actor=linda, name=name, lead=linda.user, assignment=mode)
    for one in people:
        assert one.user is not None
        services.set_member(team_id=team.pk, user=one.user, actor=linda)
    return team


def everything_to(linda: Actor, team: Team, **conditions: object) -> RoutingRule:
    return services.save_rule(actor=linda, team=team, conditions=Conditions(**conditions))  # type: ignore[arg-type]


def owners() -> Counter[str]:
    return Counter(Case.objects.exclude(owner=None).values_list("owner__username", flat=True))


# --- routed ---
@pytest.mark.django_db
def test_a_case_opens_with_the_team_of_the_first_rule_that_fits(linda: Actor) -> None:
    big, billing, rest = (team_of(linda, name=name) for name in ("Big", "Billing", "Rest"))
    everything_to(linda, big, amount_from=Decimal(1000))
    everything_to(linda, billing, queue="billing", facility="C07")
    everything_to(linda, rest)
    cases = [
        parked(held(no_charge(), amount="5000.00")),
        parked(held(no_charge(), amount="10.00")),
        parked(held(no_charge(), facility="C08")),
        parked(held(unmapped())),
    ]
    assert [case.team and case.team.name for case in cases] == ["Big", "Billing", "Rest", "Rest"]
    assert cases[1].notes.get().text == "Opened for the team Billing."


@pytest.mark.django_db
def test_a_rule_of_a_payer_takes_the_case_that_names_the_payer_in_words(linda: Actor) -> None:
    Payer.objects.create(code="NSHLD", name="Northern Shield", payer_class="commercial")
    theirs, rest = team_of(linda, name="Northern Shield"), team_of(linda, name="Rest")
    everything_to(linda, theirs, payer="NSHLD")
    everything_to(linda, rest)
    denied = BusinessRefusal("authorization-denied", "Denied.", subject={"payer": "Northern Shield"})
    case = parked(held(denied))
    assert (case.payer, case.team) == ("NSHLD", theirs)
    assert parked(held(no_charge())).team == rest


@pytest.mark.django_db
def test_rules_change_places_and_every_change_is_audited(linda: Actor) -> None:
    first, second = team_of(linda, name="First"), team_of(linda, name="Second")
    everything_to(linda, first)
    rule = everything_to(linda, second)
    services.move_rule(rule_id=rule.pk, up=True, actor=linda)
    services.move_rule(rule_id=rule.pk, up=True, actor=linda)

    assert parked(held()).team == second
    acts = AuditEntry.objects.filter(object_kind="routingrule").values_list("action", flat=True)
    assert list(acts.order_by("sequence")) == ["routingrule.add", "routingrule.add", "routingrule.change"]


@pytest.mark.django_db
def test_what_leads_keep_nobody_else_changes_and_a_lead_of_one_facility_only_there(linda: Actor) -> None:
    lea = person("lea", "lead", "C07")
    for other in (person("sandra", "specialist"), lea):
        with pytest.raises(PermissionDenied):
            services.save_team(actor=other, name="Mine")
    own = services.save_team(actor=lea, name="Clinic 07", facility="C07")
    with pytest.raises(NotAllowedNow, match="the rule must name it"):
        services.save_rule(actor=linda, team=own, conditions=Conditions(queue="cash"))
    with pytest.raises(PermissionDenied):
        services.save_team(actor=lea, name="Clinic 07", facility="", team_id=own.pk)
    with pytest.raises(Changed):
        services.save_team(actor=linda, name="Clinic 7", facility="C07", team_id=own.pk, version=own.version + 1)


def asked(queries: CaptureQueriesContext) -> list[str]:
    """All but the look whether the crosswalk changed, which a process takes now and then."""
    return [query["sql"] for query in queries if "crosswalkversion" not in query["sql"]]


@pytest.mark.django_db
def test_opening_asks_one_question_more_and_joining_none(linda: Actor) -> None:
    parked(held(no_charge()))
    with CaptureQueriesContext(connection) as before:
        parked(held(no_charge()))
    team = team_of(linda, linda)
    for number in range(20):
        everything_to(linda, team, queue="cash", payer=f"P{number}")
    everything_to(linda, team)
    with CaptureQueriesContext(connection) as after:
        parked(held(no_charge()))
    assert len(asked(after)) == len(asked(before))
    assert sum("exceptions_routingrule" in query["sql"] for query in after) == 1
    parked(held())
    with CaptureQueriesContext(connection) as joining:
        parked(held())
    assert not [query for query in joining if "exceptions_routingrule" in query["sql"]]


# --- given out ---
@st.composite
def rotas(draw: st.DrawFn) -> tuple[list[Seat], Rota]:
    count = draw(st.integers(1, 5))
    seats = [Seat(number, f"p{number}", share=draw(st.sampled_from([50, 100]))) for number in range(1, count + 1)]
    hours, away = {}, {}
    for number in range(1, count + 2):  # the last one is no member, and may stand in
        shifts = draw(st.sampled_from([(), OFFICE, ((2, time(20), time(4)),), ((5, time(8), time(12)),)]))
        hours[number] = Hours("America/Chicago", draw(st.booleans()), shifts)
        if draw(st.booleans()):
            since = date(2026, 11, 18) + timedelta(days=draw(st.integers(-3, 3)))
            stand_in = draw(st.sampled_from([None, *range(1, count + 2)]))
            away[number] = (Away(since, since + timedelta(days=draw(st.integers(0, 3))), stand_in),)
    return seats, Rota(hours, away)


@settings(max_examples=150, deadline=None)
@given(rotas(), st.integers(0, 7 * 24), st.integers(1, 30))
def test_turns_are_fair_and_nobody_gets_work_who_is_not_in(
    drawn: tuple[list[Seat], Rota], hour: int, cases: int
) -> None:
    seats, rota = drawn
    moment = WEDNESDAY + timedelta(hours=hour)
    there = manned(seats, rota, moment)
    got: Counter[int] = Counter()
    for turn in range(1, cases + 1):
        seat = chosen(there, AssignmentMode.ROUND_ROBIN, lambda user: True)
        if seat is None:
            assert not there
            return
        seat.turn = turn
        got[seat.holder] += 1
    assert all(rota.is_in(user, moment) and not rota.absence(user, moment) for user in got)
    counts = [got[seat.holder] for seat in there]
    assert max(counts) - min(counts) <= 1
    assert len({seat.holder for seat in there}) == len(there), "nobody sits on two seats"


def test_hours_are_those_of_the_persons_own_clock_over_midnight_and_not_on_holidays() -> None:
    night = Hours("America/New_York", shifts=((2, time(22), time(6)),))
    local = [(18, 21, 59, False), (18, 22, 0, True), (19, 5, 59, True), (19, 6, 0, False)]
    for day, hour, minute, there in local:
        moment = datetime(2026, 11, day, hour, minute, tzinfo=clock.ZoneInfo("America/New_York"))
        assert night.covers(moment) is there, (day, hour)
    thanksgiving = datetime(2026, 11, 26, 18, tzinfo=UTC)
    assert not Hours(shifts=OFFICE).covers(thanksgiving)
    assert Hours(on_holidays=True, shifts=OFFICE).covers(thanksgiving)
    assert Hours().covers(thanksgiving), "who keeps no hours is there at any time"


@pytest.mark.django_db
def test_cases_go_round_with_story_notice_and_audit_and_only_to_those_who_may(linda: Actor) -> None:
    amy, bob, far = (
        person(name, "specialist", place) for name, place in (("amy", "C07"), ("bob", "C07"), ("far", "C08"))
    )
    everything_to(linda, team_of(linda, amy, bob, far))
    for _ in range(4):
        parked(held(no_charge()))
    assert assign_waiting() == 4
    assert assign_waiting() == 0

    assert owners() == {"amy": 2, "bob": 2}
    case = Case.objects.filter(owner=amy.user).order_by("id")[0]
    assert (case.state, case.awaits_owner) == (CaseState.IN_PROGRESS, False)
    assert Note.objects.filter(case=case, text="Assigned to amy. Team Cash: in turn.").count() == 1
    assert Notice.objects.filter(user=amy.user, kind=NoticeKind.ASSIGNED).count() == 2
    entry = AuditEntry.objects.filter(action="case.assign").order_by("sequence")[0]
    assert (entry.actor, entry.door, entry.reason) == ("Throughline", "rule", "Team Cash: in turn.")


@pytest.mark.django_db
def test_who_is_away_gets_nothing_and_a_stand_in_gets_it_instead(linda: Actor) -> None:
    amy, bob, sub = (person(name, "specialist") for name in ("amy", "bob", "sub"))
    team = team_of(linda, amy, bob)
    everything_to(linda, team)
    today = clock.now().date()
    week = {"since": today - timedelta(days=2), "until": today + timedelta(days=2)}
    assert amy.user is not None
    assert bob.user is not None
    attendance.add_absence(user=amy.user, actor=amy, stand_in=sub.user, **week)
    attendance.add_absence(user=bob.user, actor=linda, **week)
    parked(held(no_charge()))
    assign_waiting()
    assert owners() == {"sub": 1}
    assert Note.objects.filter(text="Assigned to sub. Team Cash: in turn, standing in for amy.").exists()
    with pytest.raises(PermissionDenied):
        attendance.add_absence(user=bob.user, actor=amy, **week)


@pytest.mark.django_db
def test_nobody_in_means_it_waits_and_comes_when_the_shift_begins(linda: Actor) -> None:
    amy = person("amy", "specialist")
    everything_to(linda, team_of(linda, amy))
    assert amy.user is not None
    attendance.save_hours(user=amy.user, actor=amy, time_zone="America/Chicago", shifts=OFFICE)
    with clock.travel(WEDNESDAY - timedelta(hours=2) - clock.machine_now()):
        case = parked(held(no_charge()))
        assert assign_waiting() == 0
    with clock.travel(WEDNESDAY - clock.machine_now()):
        assert assign_waiting() == 1
    case.refresh_from_db()
    assert case.owner == amy.user


@pytest.mark.django_db
def test_by_load_the_next_goes_to_whoever_has_the_least_for_the_time_they_have(linda: Actor) -> None:
    amy, bob = person("amy", "specialist"), person("bob", "specialist")
    team = team_of(linda, amy, bob, mode=AssignmentMode.LOAD)
    assert bob.user is not None
    services.set_member(team_id=team.pk, user=bob.user, actor=linda, share=50)
    heavy = parked(held(no_charge(), amount="25000.00"))
    case_services.assign(case_id=heavy.id, actor=linda, owner=amy.user)
    everything_to(linda, team)
    for _ in range(6):
        parked(held(no_charge()))
    assign_waiting()
    # Amy begins with three (25,000 weighs two more), and carries twice of what Bob does.
    assert owners() == {"amy": 4, "bob": 3}


@pytest.mark.django_db
def test_a_case_that_a_lead_gave_to_nobody_stays_so(linda: Actor) -> None:
    everything_to(linda, team_of(linda, person("amy", "specialist")))
    case = parked(held(no_charge()))
    case_services.assign(case_id=case.id, actor=linda, owner=None, reason="Wait for the payer.")
    assert assign_waiting() == 0


@pytest.mark.django_db
def test_always_the_same_person_needs_one_and_gives_to_them(linda: Actor) -> None:
    erin = person("erin", "engineer")
    with pytest.raises(NotAllowedNow):
        services.save_team(actor=linda, name="Wires", assignment=AssignmentMode.PERSON)
    team = services.save_team(actor=linda, name="Wires", assignment=AssignmentMode.PERSON, person=erin.user)
    everything_to(linda, team)
    parked(held(no_charge()))
    assign_waiting()
    assert owners() == {"erin": 1}
    with pytest.raises(NotAllowedNow, match="open cases"):
        services.remove_team(team_id=team.pk, actor=linda)


@pytest.mark.django_db
def test_everything_of_one_person_changes_hands_in_one_go(linda: Actor) -> None:
    amy, bob = person("amy", "specialist"), person("bob", "specialist", "C07")
    everything_to(linda, team_of(linda, amy))
    parked(held(no_charge()))
    parked(held(no_charge(), facility="C08"))
    assign_waiting()
    assert amy.user is not None
    done = handing_over.hand_over(owner=amy.user, to=bob.user, actor=linda, reason="On leave.")

    assert (done.cases, dict(done.stayed), done.more) == (1, {"bob may not work cases at C08.": 1}, False)
    assert owners() == {"amy": 1, "bob": 1}
    back = handing_over.hand_over(owner=amy.user, to=None, actor=linda, reason="On leave.")
    assert back.cases == 1
    assert Case.objects.get(facility="C08").awaits_owner
    with pytest.raises(PermissionDenied):
        handing_over.hand_over(owner=amy.user, to=bob.user, actor=bob, reason="Mine.")


@pytest.mark.django_db
def test_a_case_moves_to_another_team_and_waits_for_its_rule(linda: Actor) -> None:
    case = parked(held(no_charge()))
    team = team_of(linda, person("amy", "specialist"))
    handing_over.move_case(case_id=case.id, team=team, actor=linda)
    assign_waiting()
    assert owners() == {"amy": 1}


# --- clocks ---
@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-18T14:00", 4, "2026-11-18T18:00"),  # eight in the morning in Chicago
        ("2026-11-18T20:00", 4, "2026-11-19T15:00"),  # three hours before it closes
        ("2026-11-25T22:00", 11, "2026-11-30T15:00"),  # over Thanksgiving: Friday is worked
        ("2026-11-21T12:00", 1, "2026-11-23T15:00"),  # a Saturday
    ],
)
def test_business_hours_pass_only_while_the_place_works(start: str, hours: int, end: str) -> None:
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    found = after_business_hours(moment, timedelta(hours=hours), "America/Chicago", time(8), time(17))
    assert found == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.django_db
def test_a_service_level_sets_the_clock_where_no_other_runs(linda: Actor) -> None:
    services.save_level(actor=linda, queue=Queue.BILLING, hours=9, opens=time(8), closes=time(17))
    case = parked(held(no_charge()))
    level = Level(9, time(8), time(17))
    assert case.due_at == due_at(held(no_charge()), case.opened_at, level)
    legal = clock.now() + timedelta(days=40)
    assert parked(held(no_charge(), due_at=legal)).due_at == legal
    by_house = parked(held())
    assert by_house.due_at == after_business_days(by_house.opened_at, 2, "UTC")


# --- escalated ---
@pytest.mark.django_db
def test_an_old_and_dear_case_is_lifted_once_a_level_and_its_lead_is_told(linda: Actor) -> None:
    team = team_of(linda, person("amy", "specialist"))
    everything_to(linda, team)
    services.save_escalation(actor=linda, level=1, business_days=2, amount_over=Decimal(10_000))
    services.save_escalation(actor=linda, level=2, business_days=5, amount_over=Decimal(10_000))
    dear, cheap = parked(held(no_charge(), amount="20000.00")), parked(held(no_charge(), amount="9000.00"))
    Case.objects.update(opened_at=WEDNESDAY, due_at=None)

    def levels_after(days: int) -> tuple[int, int, int]:
        with clock.travel(WEDNESDAY + timedelta(days=days, hours=1) - clock.machine_now()):
            count = escalation.escalate()
        dear.refresh_from_db()
        cheap.refresh_from_db()
        return count, dear.escalated, cheap.escalated

    assert levels_after(1) == (0, 0, 0)
    assert levels_after(2) == (1, 1, 0)
    assert levels_after(3) == (0, 1, 0)
    assert levels_after(9) == (1, 2, 0)
    assert dear.priority == (dear.weight + 20_000) * 3, "each level adds its dollars once more"
    told = list(
        Notice.objects.filter(user=linda.user, kind=NoticeKind.ESCALATED).order_by("id").values_list("text", flat=True)
    )
    assert [text[:24] for text in told] == ["Escalated to level 1: op", "Escalated to level 2: op"]
    assert AuditEntry.objects.filter(action="case.escalate", door="rule").count() == 2
    case_services.resolve(
        case_id=dear.id,
        actor=linda,
        resolution=Resolution.NO_ACTION,
        reason="Done.",
        held=case_services.HeldChoice.DISMISS,
    )
    case_services.reopen(case_id=dear.id, actor=linda, reason="Not quite.")
    assert Case.objects.get(pk=dear.pk).escalated == 0
