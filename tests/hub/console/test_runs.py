"""Runs: found without a patient's number in any address, told step by step, and worked with reasons."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from exceptions.models import Case
from hub.console.about import opened, sealed
from orchestration.models import Run
from tests.hub.console.cast import audited, last_audit, signed_in
from tests.hub.console.flow import STUCK, WHOLE, Flow, nothing_of_a_patient


@pytest.fixture
def linda(flow: Flow) -> Client:
    """The lead: sees every facility."""
    return signed_in("linda")


def listed(client: Client, query: str = "") -> set[str]:
    table = client.get(f"/runs/?{query}").context["table"]
    return {row.key for row in table.rows}


def test_the_list_narrows_by_workflow_state_facility_and_step(linda: Client, flow: Flow) -> None:
    assert listed(linda) == {str(run.pk) for run in Run.objects.all()}
    assert listed(linda, "state=parked") == {str(flow.parked.pk)}
    assert listed(linda, "workflow=W3&facility=C07") == {str(flow.billed.pk)}
    assert listed(linda, "step=W3:charges&state=under_way") == {str(flow.parked.pk)}
    assert listed(linda, f"journey={flow.stuck.pk}&workflow=W3") == {str(flow.parked.pk)}


@pytest.mark.parametrize("query", ["state=odd&workflow=Z9", "cursor=zz", "about=zz", "journey=zz", "sort=zz", "step=:"])
def test_odd_parameters_break_nothing(linda: Client, query: str) -> None:
    assert linda.get(f"/runs/?{query}").status_code == 200


def test_a_search_by_account_leads_to_an_address_that_does_not_name_it(linda: Client, flow: Flow) -> None:
    answer = linda.post("/runs/find/", {"q": STUCK})

    assert answer.status_code == 302
    assert STUCK not in answer["Location"]
    found = linda.get(answer["Location"])
    assert {row.key for row in found.context["table"].rows} == {
        str(run.pk) for run in Run.objects.filter(journey_id=flow.stuck.pk)
    }
    assert STUCK not in found.content.decode()


def test_what_is_sealed_in_an_address_opens_and_what_was_made_up_does_not() -> None:
    assert opened(sealed("A1")) == "A1"
    assert opened("made-up") == ""
    assert opened("ü") == ""


def test_a_run_is_told_with_its_steps_exchanges_and_cause_and_no_patient(linda: Client, flow: Flow) -> None:
    page = linda.get(f"/runs/{flow.billed.pk}/").content.decode()

    assert nothing_of_a_patient(page)
    for words in ("Post the receivable", "Send the claim", "journal.post", "claim.submit", "Charges captured"):
        assert words in page
    assert "•••0311" in page
    assert f'href="/journeys/{flow.whole.pk}/"' in page


def test_a_parked_run_says_where_why_and_which_case_holds_it(linda: Client, flow: Flow) -> None:
    page = linda.get(f"/runs/{flow.parked.pk}/").content.decode()
    case = Case.objects.get(members__ref=flow.parked.pk)

    assert "Parked at “Await the charges”" in page
    assert f'href="/cases/{case.number}/"' in page
    assert "completed-without-charge" in page


def test_a_specialist_sees_the_runs_of_their_facilities_only(flow: Flow) -> None:
    sandra = signed_in("sandra")  # C07 alone

    assert listed(sandra) == {str(run.pk) for run in Run.objects.filter(facility="C07")}
    assert sandra.get(f"/runs/{flow.parked.pk}/").status_code == 403
    assert sandra.post(f"/runs/{flow.parked.pk}/cancel/", {"reason": "x"}).status_code == 403


def test_a_retry_goes_through_the_case_that_holds_it(linda: Client, flow: Flow) -> None:
    linda.post(f"/runs/{flow.parked.pk}/retry/")

    assert flow.parked.state == "ready"
    assert last_audit().action == "case.retry"


def test_a_cancelled_run_keeps_the_reason_in_the_audit_and_lets_go_of_its_case(linda: Client, flow: Flow) -> None:
    refused = linda.post(f"/runs/{flow.parked.pk}/cancel/", {"reason": ""})
    assert (refused.status_code, flow.parked.state) == (422, "parked")

    linda.post(f"/runs/{flow.parked.pk}/cancel/", {"reason": "Billed by hand"})
    assert flow.parked.state == "cancelled"
    assert (last_audit().action, last_audit().reason, last_audit().door) == ("run.cancel", "Billed by hand", "page")


def test_a_finished_run_cannot_be_cancelled(linda: Client, flow: Flow) -> None:
    answer = linda.post(f"/runs/{flow.billed.pk}/cancel/", {"reason": "Again"})

    assert answer.status_code == 409
    assert "cannot be cancelled" in answer.content.decode()
    assert [action for _, _, action in audited() if action.startswith("run.")] == []


def test_a_specialist_may_not_replay(flow: Flow) -> None:
    answer = signed_in("sandra").post(f"/runs/{flow.billed.pk}/replay/", {"from_step": "match", "reason": "x"})

    assert answer.status_code == 403
    assert flow.billed.generation == 1


def test_no_address_on_the_pages_of_a_run_names_a_patient(linda: Client, flow: Flow) -> None:
    page = linda.get(f"/runs/{flow.billed.pk}/").content.decode()

    assert [url for url in re.findall(r'(?:href|hx-get|action)="([^"]+)"', page) if WHOLE in url] == []
