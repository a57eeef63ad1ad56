"""The stage before the visit: what the payer answered, what it has to decide yet, and what the patient will pay."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from hub.console.selectors.expectations import expected
from hub.console.selectors.journeys import story
from hub.console.tables.journey import stages
from hub.console.tables.stop import Stop
from hub.core import clock
from hub.core.events.authorization import AuthorizationApproved, AuthorizationRequested
from hub.core.events.coverage import EligibilityChecked
from hub.records.models import Journey
from hub.ui.badges import Tone
from orchestration.models import Wait
from tests.hub.console.cast import person, signed_in
from tests.hub.console.flow import Flow, at
from tests.orchestration.world import NINE, appointment, happen

ACCOUNT, KEY, NUMBER = "A7000777", "scheduling:77", "AUTH70007"
VISIT = NINE + timedelta(days=14)
REQUEST = {
    "entity_key": "scheduling-77-A-1", "facility": "C07", "account_number": ACCOUNT, "appointment_id": KEY,
    "payer": "AETNA", "procedure_codes": ("73721",),
}  # fmt: skip


@pytest.fixture
def journey(flow: Flow) -> Journey:
    """Booked two weeks ahead; the payer is asked and has not answered."""
    with at(0):
        happen(
            appointment(
                number="77", facility="C07", account_number=ACCOUNT, starts_at=VISIT, occurred_at=clock.now(),
                patient_last_name="TESTER", patient_first_name="PAT", patient_birth_date=date(1970, 1, 31),
                member_id="W123456789",
            )
        )  # fmt: skip
        flow.world.settle()
    return Journey.objects.get(account_number=ACCOUNT)


def answered(flow: Flow, status: str = "active") -> None:
    trace = Wait.objects.get(topic="coverage.eligibility_checked").key
    happen(
        EligibilityChecked(
            occurred_at=clock.now(), entity_key=trace, facility="C07", account_number=ACCOUNT, appointment_id=KEY,
            payer="AETNA", status=status, plan="Choice Plus", copay=Decimal("40.00"), coinsurance=Decimal("0.2000"),
            authorization_required=False, for_date=VISIT.date(),
        ),
        system="payer-aetna",
    )  # fmt: skip
    flow.world.settle()


def stop(journey: Journey) -> Stop:
    return next(one for one in stages(story(person("linda"), journey)) if one.title == "Readiness")


def awaited(journey: Journey) -> list[str]:
    return [one.what for one in expected(story(person("linda"), journey))]


def test_a_payer_that_has_been_asked_is_expected_to_answer(journey: Journey) -> None:
    with at(0.1):
        assert stop(journey).tone is None
        assert awaited(journey) == ["The visit", "The payer's answer about coverage (271)"]


def test_what_was_found_out_stands_before_the_visit_and_names_no_patient(journey: Journey, flow: Flow) -> None:
    with at(0.1):
        answered(flow)
        told = stop(journey)
        assert (told.tone, told.words, told.amount) == (Tone.POSITIVE, "patient's share", Decimal("78.80"))
        assert awaited(journey) == ["The visit"]
        page = signed_in("linda").get(f"/journeys/{journey.pk}/").content.decode()
    for words in ("Choice Plus", "not required", "20 %", "$78.80", "copay, coinsurance 20%"):
        assert words in page
    for secret in ("TESTER", "W123456789", ACCOUNT, "1970-01-31"):
        assert secret not in page


def test_coverage_that_is_not_active_stands_out(journey: Journey, flow: Flow) -> None:
    with at(0.1):
        answered(flow, "inactive")
        assert (stop(journey).tone, stop(journey).words) == (Tone.CRITICAL, "not covered")


def test_an_authorization_is_expected_by_the_payers_own_clock(journey: Journey, flow: Flow) -> None:
    with at(0.1):
        requested = clock.now()
        happen(AuthorizationRequested(occurred_at=requested, **REQUEST), system="hub")
        [decision] = [one for one in expected(story(person("linda"), journey)) if "278" in one.what]
        assert decision.what == "AETNA's decision about the authorization (278; 7 days)"
        assert (decision.since, decision.until) == (requested, requested + timedelta(days=7))
        assert stop(journey).words == "authorization requested"
    with at(1):
        happen(
            AuthorizationApproved(occurred_at=clock.now(), certification_number=NUMBER, **REQUEST),
            system="payer-aetna",
        )
        assert not [words for words in awaited(journey) if "278" in words]
        page = signed_in("linda").get(f"/journeys/{journey.pk}/").content.decode()
    assert "73721" in page
    assert NUMBER not in page
