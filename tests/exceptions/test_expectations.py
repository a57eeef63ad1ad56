"""Expected and absent: what must follow is kept while it is open, and what did not come in time becomes a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors import seed as systems
from connectors.models import Feed, Message
from exceptions import expectations, settling
from exceptions.models import Case, Member
from exceptions.policy import BY_CODE
from exceptions.states import CaseState, Resolution
from hub.core import clock
from hub.core.errors import FailureClass
from hub.core.events import Event
from hub.core.events.authorization import AuthorizationApproved, AuthorizationEvent, AuthorizationRequested
from hub.core.events.catalog import BY_TYPE
from hub.core.events.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimSubmitted
from hub.core.events.encounter import EncounterCancelled, EncounterDischarged
from hub.core.ids import uuid7
from hub.masterdata import crosswalk
from hub.records.models import Claim
from orchestration import engine
from orchestration.models import Expectation, Run
from orchestration.states import RunState
from orchestration.workflows.expectations import EXPECTATIONS
from tests.orchestration.world import charge, completed, encounter, happen

pytestmark = pytest.mark.django_db

PAYER = "payer-aetna"


@pytest.fixture(autouse=True)
def group() -> Iterator[None]:
    call_command("seed_group", verbosity=0, stdout=StringIO())
    systems.seed()
    crosswalk.forget()
    cache.clear()
    yield
    cache.clear()


def later(**passed: float) -> Any:
    return clock.travel(timedelta(**passed))


def sweep() -> int:
    """As beat does once a minute, the clock having gone on by itself."""
    cache.clear()
    cache.set("expectations:offset", (clock.now() - clock.machine_now()).total_seconds())
    return expectations.sweep()


def open_rules() -> list[str]:
    return sorted(Expectation.objects.filter(met_at=None).values_list("rule", flat=True))


def forget_runs() -> None:
    """As where no workflow takes care: the detector is the net below them."""
    Run.objects.all().delete()


def submitted(number: str = "A1", amount: str = "180.00", **changes: Any) -> Event:
    values: dict[str, Any] = {
        "occurred_at": clock.now(), "entity_key": number, "facility": "C01", "account_number": number,
        "claim_number": number, "payer": "AETNA", "form": "837P", "amount": Decimal(amount),
    }  # fmt: skip
    return ClaimSubmitted(**{**values, **changes})


def acknowledged(number: str = "A1", source: str = "277CA") -> Event:
    return ClaimAcknowledged(
        occurred_at=clock.now(), entity_key=number, facility="C01", account_number=number, claim_number=number,
        source=source,
    )  # fmt: skip


def paid(number: str = "A1") -> Event:
    return ClaimAdjudicated(
        occurred_at=clock.now(), entity_key=number, facility="C01", account_number=number, claim_number=number,
        remittance_key="r", position=1, trace_number="t", status_code="1", charge=Decimal(180), paid=Decimal(100),
        patient_responsibility=Decimal(0), payer="AETNA", paid_on=clock.today(),
    )  # fmt: skip


def authorization(kind: type[AuthorizationEvent], **changes: Any) -> Event:
    values: dict[str, Any] = {
        "occurred_at": clock.now(), "entity_key": "AUTH1", "facility": "C01", "account_number": "A1", "payer": "AETNA",
    }  # fmt: skip
    return kind(**{**values, **changes})


def known(number: str = "A1", amount: str = "180.00") -> None:
    """The claim as W3 made it before it was submitted."""
    journey = Expectation.objects.filter(key=number).values_list("journey_id", flat=True)[0]
    Claim.objects.create(
        key=number, system="billing", facility="C01", account_number=number, occurred_at=clock.now(),
        journey_id=journey, status="submitted", payer="AETNA", amount=Decimal(amount),
    )  # fmt: skip


# --- kept while it is open ---


def test_what_comes_in_time_leaves_nothing_behind() -> None:
    happen(completed(occurred_at=clock.now()), system="ehr")
    assert open_rules() == ["charge"]

    happen(charge(), system="ehr")

    assert not Expectation.objects.exists()


def test_a_claims_whole_way_is_expected_step_by_step() -> None:
    happen(submitted())
    known()
    assert open_rules() == ["277ca", "999"]

    happen(acknowledged(source="999"))
    assert open_rules() == ["277ca"]

    happen(acknowledged())
    assert open_rules() == ["835"]

    happen(paid())
    assert open_rules() == []


def test_in_one_batch_the_order_of_events_counts() -> None:
    happen(submitted(), acknowledged(source="999"), acknowledged(), paid(), submitted(occurred_at=clock.now()))

    assert open_rules() == ["277ca", "999"], "the corrected claim is waited for anew"


def test_what_is_taken_back_is_expected_no_longer() -> None:
    happen(encounter(EncounterDischarged, occurred_at=clock.now()), system="ehr")
    assert open_rules() == ["charge", "final-bill"]

    happen(encounter(EncounterCancelled, occurred_at=clock.now()), system="ehr")

    assert open_rules() == []


def test_who_pays_himself_gets_no_claim_and_none_is_expected() -> None:
    happen(encounter(EncounterDischarged, occurred_at=clock.now(), payer="SELFPAY"), system="ehr")

    assert open_rules() == ["charge"]


def test_two_journeys_that_are_one_expect_a_thing_once() -> None:
    happen(
        completed("1", account_number="", visit_number="V1"),
        completed("2", account_number="A2", visit_number="V2"),
        system="ehr",
    )
    assert open_rules() == ["charge", "charge"]

    happen(completed("1", account_number="A2", visit_number="V1"), system="ehr")

    [row] = Expectation.objects.all()
    assert row.key == str(row.journey_id)


def test_keeping_it_costs_two_statements_however_many_events_there_are() -> None:
    def statements(count: int, start: int) -> int:
        events = [completed(str(number), occurred_at=clock.now()) for number in range(start, start + count)]
        events += [submitted(f"C{number}") for number in range(start, start + count)]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            happen(*events, system="ehr")
        return len(seen)

    statements(1, 0)
    assert statements(40, 100) == statements(2, 200)


# --- absent ---


def test_what_does_not_come_in_time_is_a_case_with_its_dollars_and_its_facility() -> None:
    happen(submitted("A1"), submitted("A2"))
    known("A1", "180.00")
    known("A2", "20.50")
    with later(hours=2):
        assert sweep() == 2
        assert sweep() == 0, "nothing is told twice"

    case = Case.objects.get()
    assert (case.code, case.failure_class, case.queue) == ("expected-999-absent", "business", "billing")
    assert (case.facility, case.held, case.amount) == ("C01", 2, Decimal("200.50"))
    assert case.title == "Expected and absent at C01: the clearinghouse's acknowledgement (999)"
    assert set(Member.objects.values_list("kind", flat=True)) == {"expected"}


def test_the_case_ends_by_itself_when_it_comes_after_all() -> None:
    happen(submitted())
    with later(hours=2):
        sweep()
        happen(acknowledged(source="999"))
        settling.settle()

    case = Case.objects.get()
    assert (case.state, case.resolution) == (CaseState.RESOLVED, Resolution.CORRECTED)
    assert Expectation.objects.get(rule="999").met_at is not None
    with later(hours=4):
        assert sweep() == 0


@pytest.mark.parametrize(("expedited", "hours"), [(True, 72), (False, 7 * 24)])
def test_a_payer_has_the_time_of_the_rule_to_decide(expedited: bool, hours: int) -> None:
    happen(authorization(AuthorizationRequested, expedited=expedited), system=PAYER)
    forget_runs()
    with later(hours=hours - 1):
        assert sweep() == 0
    with later(hours=hours + 1):
        assert sweep() == 1
        happen(authorization(AuthorizationApproved), system=PAYER)
        settling.settle()

    assert Case.objects.get().state == CaseState.RESOLVED


def test_a_charge_captured_before_the_visit_ended_is_no_absent_charge() -> None:
    happen(charge(), system="ehr")
    happen(completed(occurred_at=clock.now()), system="ehr")
    forget_runs()
    with later(days=10):
        assert sweep() == 0

    assert not Expectation.objects.exists()


def test_each_limit_is_that_of_its_calendar() -> None:
    """Seen from a Wednesday before Thanksgiving, at noon in the East."""
    wednesday = clock.machine_now().replace(year=2026, month=11, day=25, hour=17, minute=0, second=0, microsecond=0)
    with clock.travel(wednesday - clock.machine_now()):
        happen(submitted(occurred_at=wednesday))
        happen(encounter(EncounterDischarged, number="2", occurred_at=wednesday), system="ehr")
        happen(authorization(AuthorizationRequested, occurred_at=wednesday), system=PAYER)
        limits = {row.rule: row.due_at - wednesday for row in Expectation.objects.all()}

    assert limits["277ca"] == timedelta(days=5), "Friday and Monday"
    assert limits["final-bill"] == timedelta(days=4)
    assert limits["authorization"] == timedelta(days=7)
    assert timedelta(hours=1) <= limits["999"] < timedelta(hours=1, minutes=1)


# --- one owner for each clock ---


def test_what_a_run_waits_for_is_its_own_clock() -> None:
    happen(completed(occurred_at=clock.now()), system="ehr")
    while engine.advance():
        pass
    assert Run.objects.filter(state=RunState.WAITING).exists()
    with later(days=4):
        assert sweep() == 0
        while engine.advance():
            pass
        assert sweep() == 0

    assert not Case.objects.filter(code="expected-charge-absent").exists()
    assert Expectation.objects.get(rule="charge").due_at > clock.now() + timedelta(days=4)


def test_a_journey_that_people_are_at_is_not_told_of_twice() -> None:
    happen(submitted())
    journey = Expectation.objects.filter(rule="999").values_list("journey_id", flat=True)[0]
    case = Case.objects.create(fingerprint="x", failure_class="business", code="claim-incomplete", queue="billing")
    Member.objects.create(case=case, kind="run", ref=uuid7(), journey_id=journey)
    with later(hours=2):
        assert sweep() == 0
    Member.objects.update(state="done")
    with later(days=1, hours=3):
        assert sweep() > 0


# --- nothing false ---


def test_what_lies_in_our_own_inbox_is_not_absent() -> None:
    happen(submitted())
    feed = Feed.objects.get(code="clearinghouse")
    waiting = Message.objects.create(feed_id=feed.pk, feed_code=feed.code, size=1)
    with later(hours=2):
        assert sweep() == 0
        Message.objects.filter(pk=waiting.pk).update(state="processed")
        assert sweep() == 1


def test_after_the_clock_was_moved_the_world_gets_a_moment_to_catch_up(monkeypatch: pytest.MonkeyPatch) -> None:
    happen(submitted())
    cache.clear()
    assert expectations.sweep() == 0
    with later(days=9):
        assert expectations.sweep() == 0, "the answers of these nine days have had no time to come"
        ahead = clock.machine_now() + timedelta(minutes=2)
        offset = clock.now() - clock.machine_now()
        monkeypatch.setattr(clock, "machine_now", lambda: ahead)
        monkeypatch.setattr(clock, "now", lambda: ahead + offset)
        assert expectations.sweep() > 0


def test_a_hub_that_first_looks_on_a_travelling_clock_gives_the_world_its_moment_too() -> None:
    happen(submitted())
    cache.clear()
    with later(days=9):
        assert expectations.sweep() == 0


def test_news_that_comes_late_gets_an_hour_for_what_follows_on_its_heels() -> None:
    happen(completed(occurred_at=clock.now() - timedelta(days=30)), system="ehr")
    forget_runs()

    assert sweep() == 0
    with later(hours=1, minutes=1):
        assert sweep() == 1


def test_the_sweep_looks_at_what_is_due_by_its_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM orchestration_expectation WHERE due_at <= now() AND breached_at IS NULL"
            " AND met_at IS NULL ORDER BY due_at LIMIT 200 FOR UPDATE SKIP LOCKED"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())

    assert "expectation_due" in plan
    assert "Sort" not in plan


def test_every_declared_expectation_names_events_that_exist_and_has_its_policy() -> None:
    for item in EXPECTATIONS.by_code.values():
        assert item.when | item.then | item.moot <= set(BY_TYPE)
        assert (FailureClass.BUSINESS, item.absent) in BY_CODE
