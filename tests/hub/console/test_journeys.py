"""Journeys: found by any number, told on one page from the appointment to the patient's payment, masked throughout."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from hub.console.selectors.expectations import expected
from hub.console.selectors.journeys import story
from hub.console.tables.journey import stages
from hub.governance.access import Who
from hub.ledger.rules import patient_payment
from hub.ledger.services import NewEntry, record_entry
from tests.hub.console.cast import person, signed_in
from tests.hub.console.flow import STUCK, WHOLE, Flow, at, nothing_of_a_patient


@pytest.fixture
def linda(flow: Flow) -> Client:
    return signed_in("linda")


def found_by(client: Client, number: str) -> str:
    answer = client.post("/journeys/find/", {"q": number})
    return str(answer["Location"]) if answer.status_code == 302 else str(answer.status_code)


def test_every_number_of_an_account_leads_to_its_journey_and_stands_in_no_address(linda: Client, flow: Flow) -> None:
    page = f"/journeys/{flow.whole.pk}/"
    for number in (WHOLE, f"S{WHOLE[1:]}", "V1", "pi_1", f" {WHOLE} "):
        assert found_by(linda, number) == page
    assert found_by(linda, STUCK) == f"/journeys/{flow.stuck.pk}/"


def test_a_trace_number_leads_to_what_it_paid(linda: Client, flow: Flow) -> None:
    assert found_by(linda, "T1") == f"/journeys/{flow.whole.pk}/"


def test_a_number_that_leads_nowhere_says_so(linda: Client) -> None:
    answer = linda.post("/journeys/find/", {"q": "A-nobody"}, follow=True)

    assert "No journey in your facilities has this number." in answer.content.decode()


def test_a_number_of_another_facility_leads_nowhere(flow: Flow) -> None:
    sandra = signed_in("sandra")  # C07 alone

    assert found_by(sandra, STUCK) == "/journeys/"
    assert sandra.get(f"/journeys/{flow.stuck.pk}/").status_code == 403
    assert sandra.get(f"/journeys/{flow.whole.pk}/").status_code == 200


def test_the_page_tells_everything_and_names_no_patient(linda: Client, flow: Flow) -> None:
    page = linda.get(f"/journeys/{flow.whole.pk}/").content.decode()

    assert nothing_of_a_patient(page)
    for words in ("99213", "AETNA", "277CA", "CO-45", "$50.00", "PR-1", "Patient payment", "Claim to cash"):
        assert words in page
    assert [url for url in re.findall(r'(?:href|action)="([^"]+)"', page) if WHOLE in url] == []
    assert re.search(r"<title>Journey •••0311", page)


def test_the_dollars_are_those_of_the_records_and_of_the_books(flow: Flow) -> None:
    told = story(person("linda"), flow.whole)

    assert (told.charged, told.claimed, told.paid_by_payers) == (Decimal(200), Decimal(200), Decimal(120))
    assert (told.contractual, told.patient_share, told.paid_by_patient) == (Decimal(50), Decimal(30), Decimal(30))
    assert (told.payer_owes, told.patient_owes) == (Decimal(0), Decimal(0))


def test_the_stages_stand_in_order_with_the_time_between_them(flow: Flow) -> None:
    told = stages(story(person("linda"), flow.whole))

    assert [stop.title for stop in told] == [
        "Appointment", "Visit", "Charges", "Claim sent", "Accepted", "Remittance", "Journal", "Patient paid",
    ]  # fmt: skip
    assert all(stop.tone for stop in told)
    assert next(stop for stop in told if stop.title == "Remittance").gap == "6 d later"


def words(who: Who, flow: Flow) -> list[str]:
    return [item.what for item in expected(story(who, flow.stuck))]


def test_a_stuck_journey_says_what_a_person_must_decide(linda: Client, flow: Flow) -> None:
    assert words(person("linda"), flow)[0].startswith("A person decides: Completed visit without a charge")
    page = linda.get(f"/journeys/{flow.stuck.pk}/").content.decode()
    assert "What is expected next" in page
    assert "A person decides" in page


def test_an_entry_that_the_erp_has_not_confirmed_is_expected(flow: Flow) -> None:
    record_entry(
        NewEntry(
            posting_key="W5:late",
            kind="patient_payment",
            effective_date=date(2026, 11, 19),
            facility="C07",
            description="Patient payment",
            lines=patient_payment(Decimal(5)),
            journey_id=flow.whole.pk,
        )  # fmt: skip
    )

    awaited = expected(story(person("linda"), flow.whole))
    assert [(item.what, item.amount) for item in awaited] == [("The ERP's confirmation", Decimal(5))]


def test_a_journey_that_came_to_its_end_expects_nothing(flow: Flow) -> None:
    assert expected(story(person("linda"), flow.whole)) == []


def test_ages_follow_the_business_clock(linda: Client, flow: Flow) -> None:
    with at(30.5):
        page = linda.get(f"/journeys/{flow.whole.pk}/").content.decode()
    assert "30 d" in page


def test_an_engineer_has_no_journeys(flow: Flow) -> None:
    assert signed_in("erin").get(f"/journeys/{flow.whole.pk}/").status_code == 403
    assert signed_in("erin").post("/journeys/find/", {"q": WHOLE}).status_code == 403


def test_links_to_the_ledger_are_for_those_who_may_see_it(flow: Flow) -> None:
    page = f"/journeys/{flow.whole.pk}/"

    assert "/ledger/" in signed_in("frank").get(page).content.decode()
    assert 'href="/ledger/' not in signed_in("sandra").get(page).content.decode()
