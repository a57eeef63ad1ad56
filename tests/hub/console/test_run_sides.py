"""A run told from its source to the answer it got, and beside another run."""

from __future__ import annotations

import pytest
from django.test import Client

from hub.masterdata import crosswalk
from hub.masterdata.models import Mapping
from orchestration.models import Run
from orchestration.replaying import begin_again
from tests.hub.console.cast import signed_in
from tests.hub.console.flow import STUCK, WHOLE, Flow, nothing_of_a_patient


@pytest.fixture
def erin(flow: Flow) -> Client:
    """The engineer: sees every facility, and no patient."""
    return signed_in("erin")


def planned(flow: Flow) -> Run:
    """The run that a webhook started."""
    return Run.objects.get(workflow="W1", journey_id=flow.whole.pk, event_type="appointment.booked")


def sides(client: Client, run: Run, query: str = "") -> str:
    answer = client.get(f"/runs/{run.pk}/sides/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_code_of_the_source_is_told_with_what_it_became_and_by_which_mapping(erin: Client, flow: Flow) -> None:
    run = planned(flow)
    mapping = Mapping.objects.get(domain="department", system="scheduling", canonical_code="CARD", facility="C07")
    page = sides(erin, run)

    assert f"crosswalk {run.pins['crosswalk']}" in page
    assert f"/mappings/{mapping.pk}/" in page
    assert "<mark>" in page
    assert nothing_of_a_patient(page)


def test_what_a_mapping_says_today_is_told_beside_what_it_said_then(erin: Client, flow: Flow) -> None:
    run = planned(flow)
    Mapping.objects.filter(domain="department", system="scheduling", canonical_code="CARD").update(
        canonical_code="LABO"
    )
    crosswalk.forget()
    page = sides(erin, run)

    assert ">CARD<" in page
    assert ">LABO<" in page


def test_a_facility_that_the_claim_gave_is_not_laid_to_a_mapping(erin: Client, flow: Flow) -> None:
    """A remittance is the billing office's by its own code; what it says of a claim belongs where the claim does."""
    page = sides(erin, Run.objects.get(workflow="W4", journey_id=flow.whole.pk))

    assert "The claim or account it is about" in page
    assert ">CBO<" not in page, "nothing changed since"


def test_each_value_of_a_request_is_traced_to_the_event_or_the_step_it_comes_from(erin: Client, flow: Flow) -> None:
    page = sides(erin, planned(flow))

    assert "What the request was made of" in page
    assert "/cost_center" in page
    assert "Request of the run" in page
    assert "Comes from" in page


def test_a_run_that_sent_several_things_offers_each(erin: Client, flow: Flow) -> None:
    page = sides(erin, flow.billed)

    assert "claim.submit" in page
    assert "journal.post" in page
    assert nothing_of_a_patient(page)


def test_a_step_explains_itself_and_the_page_says_the_versions_it_ran_with(erin: Client, flow: Flow) -> None:
    page = erin.get(f"/runs/{flow.billed.pk}/").content.decode()

    assert "Explain this step" in page
    assert f"workflow W3 version {flow.billed.version}, crosswalk {flow.billed.pins['crosswalk']}" in page
    assert f"workflow version {flow.billed.version}" in page


def test_a_run_is_compared_with_another_step_by_step(erin: Client, flow: Flow) -> None:
    page = erin.get(f"/runs/{flow.billed.pk}/compare/?with={flow.parked.pk}")
    text = page.content.decode()
    pairs = {pair.title: pair for pair in page.context["pairs"]}

    assert pairs["Await the charges"].differs
    assert "completed-without-charge" in text
    assert nothing_of_a_patient(text)
    assert WHOLE not in text
    assert STUCK not in text


def test_a_replayed_run_is_compared_with_itself_before(erin: Client, flow: Flow) -> None:
    begin_again([flow.billed.pk], from_step="receivable")
    flow.world.settle()
    page = erin.get(f"/runs/{flow.billed.pk}/compare/")

    assert page.context["pairing"].left.replaced
    assert "This run before its replay" in page.content.decode()
    assert page.context["pairs"]


def test_only_runs_of_ones_facilities_are_offered_or_found(flow: Flow) -> None:
    sandra = signed_in("sandra")  # C07 alone
    page = sandra.get(f"/runs/{flow.billed.pk}/compare/?with={flow.parked.pk}")

    assert page.context["pairing"] is None
    assert "No run in your facilities has this id." in page.content.decode()
    assert str(flow.parked.pk) not in {value for value, _, _ in page.context["choices"]}
    assert sandra.get(f"/runs/{flow.parked.pk}/sides/").status_code == 403
    assert sandra.get(f"/runs/{flow.parked.pk}/compare/").status_code == 403
