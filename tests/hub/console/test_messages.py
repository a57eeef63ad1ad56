"""Messages: masked by default, the fault marked, shown in the clear only to who may, says why, and is written down."""

from __future__ import annotations

import pytest
from django.test import Client

from connectors import services
from connectors.models import Message
from hub.core.errors import BusinessRefusal
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from orchestration.models import Run
from tests.hub.console.cast import last_audit, person, signed_in
from tests.hub.console.flow import SURNAME, WHOLE, Flow, nothing_of_a_patient
from tests.hub.governance.people import actor


@pytest.fixture
def erin(flow: Flow) -> Client:
    """The integration engineer."""
    return signed_in("erin")


def listed(client: Client, query: str = "") -> set[str]:
    return {row.key for row in client.get(f"/messages/?{query}").context["table"].rows}


def test_the_list_narrows_by_feed_state_facility_name_and_day(erin: Client, flow: Flow) -> None:
    assert listed(erin, "feed=clearinghouse") == {str(flow.remittance.pk)}
    assert listed(erin, "state=held") == {str(flow.unmapped.pk)}
    assert listed(erin, "facility=C07&q=w-1") == {str(flow.booking.pk)}
    assert listed(erin, "q=era.835") == {str(flow.remittance.pk)}
    assert listed(erin, f"q={flow.booking.pk}") == {str(flow.booking.pk)}
    assert listed(erin, "since=2026-11-17&until=2026-11-17") == {str(flow.remittance.pk)}


@pytest.mark.parametrize("query", ["state=odd", "since=zz", "feed=nope", "q=%00", "cursor=zz", "until=2026-13-99"])
def test_odd_parameters_break_nothing(erin: Client, query: str) -> None:
    assert erin.get(f"/messages/?{query}").status_code == 200


def test_a_message_is_shown_masked_with_the_code_that_nobody_mapped_marked(erin: Client, flow: Flow) -> None:
    page = erin.get(f"/messages/{flow.unmapped.pk}/").content.decode()

    assert nothing_of_a_patient(page)
    assert "<mark>PT-REHAB</mark>" in page
    assert "/department_code in line" in page
    assert "unmapped-department" in page
    assert "c2VjcmV0" not in page  # the signature of its headers


def test_a_remittance_shows_its_amounts_and_hides_its_patients(erin: Client, flow: Flow) -> None:
    page = erin.get(f"/messages/{flow.remittance.pk}/").content.decode()

    assert nothing_of_a_patient(page)
    assert "CAS*CO*45*50" in page
    assert "claim.adjudicated" in page


def test_a_message_names_its_repetitions_and_a_repetition_its_first(erin: Client, flow: Flow) -> None:
    repeated = Message.objects.get(state="duplicate")

    assert str(repeated.pk) in erin.get(f"/messages/{flow.booking.pk}/").content.decode()
    page = erin.get(f"/messages/{repeated.pk}/").content.decode()
    assert f'href="/messages/{flow.booking.pk}/"' in page
    assert "Break the glass" not in page


def test_a_message_leads_to_the_runs_that_it_started(erin: Client, flow: Flow) -> None:
    page = erin.get(f"/messages/{flow.booking.pk}/").content.decode()

    assert "appointment.booked" in page
    assert "Schedule to plan" in page


def test_what_belongs_to_no_facility_is_for_those_who_see_all_of_them(flow: Flow) -> None:
    sandra = signed_in("sandra")
    nobodys = Message.objects.filter(facility="").first() or flow.remittance
    Message.objects.filter(pk=nobodys.pk).update(facility="")

    assert str(nobodys.pk) not in listed(sandra)
    assert sandra.get(f"/messages/{nobodys.pk}/").status_code == 403
    assert listed(sandra) == {str(pk) for pk in Message.objects.filter(facility="C07").values_list("pk", flat=True)}


# --- break-glass ------------------------------------------------------------------------------------------------
def test_breaking_the_glass_asks_why_shows_it_once_and_is_audited(erin: Client, flow: Flow) -> None:
    url = f"/messages/{flow.remittance.pk}/reveal/"
    assert SURNAME not in erin.get(url).content.decode()
    assert erin.post(url, {"reason": ""}).status_code == 422

    shown = erin.post(url, {"reason": "The payer asks about this claim"})
    assert SURNAME in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    entry = last_audit()
    assert (entry.action, entry.actor, entry.object_id) == ("message.break_glass", "erin", str(flow.remittance.pk))
    assert entry.reason == "The payer asks about this claim"
    assert SURNAME not in str(entry.after)

    assert SURNAME not in erin.get(f"/messages/{flow.remittance.pk}/").content.decode()


@pytest.mark.parametrize("name", ["linda", "frank", "stella", "audrey", "sandra"])
def test_nobody_without_the_permission_breaks_the_glass(flow: Flow, name: str) -> None:
    answer = signed_in(name).post(f"/messages/{flow.booking.pk}/reveal/", {"reason": "Curious"})

    assert answer.status_code == 403
    assert WHOLE not in answer.content.decode()
    assert not AuditEntry.objects.filter(action="message.break_glass").exists()


def test_the_service_itself_refuses_a_glass_broken_without_a_reason(flow: Flow) -> None:
    engineer = actor("eve", Role.ENGINEER)

    with pytest.raises(BusinessRefusal, match="Say why"):
        services.break_glass(message_id=flow.booking.pk, actor=engineer, reason="  ")


# --- its surroundings ---------------------------------------------------------------------------------------------
def aside(client: Client, message: Message) -> str:
    page = client.get(f"/messages/{message.pk}/").content.decode()
    assert nothing_of_a_patient(page)
    return page


def test_a_message_says_how_it_was_answered_and_what_its_contract_says_of_it(erin: Client, flow: Flow) -> None:
    again = Message.objects.get(control_id="w-1", state="duplicate")

    assert "HTTP 202, accepted" in aside(erin, flow.booking)
    assert "HTTP 200, known already" in aside(erin, again)
    assert "Not looked at again" in aside(erin, again)
    remitted = aside(erin, flow.remittance)
    assert "Moved to done" in remitted
    assert ">999<" in remitted  # the file by which it was acknowledged


def test_the_runs_that_it_began_are_listed_and_what_came_before_and_after_it_is_a_click_away(
    erin: Client, flow: Flow
) -> None:
    run = Run.objects.get(workflow="W1", journey_id=flow.whole.pk, event_type="appointment.booked")
    page = aside(erin, flow.booking)

    assert "Runs it began" in page
    assert f'href="/runs/{run.pk}/"' in page
    assert f'href="/messages/{flow.unmapped.pk}/"' in aside(erin, Message.objects.get(state="duplicate"))
    assert "After it on this feed" in page


def test_neighbours_outside_ones_facilities_are_left_out(flow: Flow) -> None:
    Message.objects.filter(pk=flow.unmapped.pk).update(facility="C05")
    page = aside(signed_in("sandra"), flow.booking)  # C07 alone

    assert f"/messages/{flow.unmapped.pk}/" not in page


# --- acts -------------------------------------------------------------------------------------------------------
def test_a_retry_processes_a_held_message_again(erin: Client, flow: Flow) -> None:
    erin.post(f"/messages/{flow.unmapped.pk}/retry/")

    assert flow.unmapped.state == "received"
    assert last_audit().action == "case.retry"


def test_an_executive_sees_no_message(flow: Flow) -> None:
    assert person("xavier").is_active
    assert signed_in("xavier").get("/messages/").status_code == 403
