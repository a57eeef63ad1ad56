"""The case page: what it tells, what can be done, and that a missing code is mapped where it is missed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from connectors.models import Message
from connectors.states import MessageState
from exceptions import releases, services, settling
from exceptions.models import Case, Member, Note
from exceptions.services import HeldChoice
from exceptions.states import CaseState, MemberState, Resolution
from hub.core.clock import now
from hub.core.errors import BusinessRefusal, DataFault
from hub.core.ids import uuid7
from hub.core.parking import Held
from hub.governance.access import Actor, Door
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from hub.records.models import Event
from orchestration import inbound
from orchestration.models import Run
from tests.exceptions.world import held, no_charge, parked, unmapped
from tests.hub.console.cast import appointment, audited, last_audit, person, signed_in, unmapped_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]


@pytest.fixture
def linda() -> Client:
    return signed_in("linda")


@pytest.fixture
def stella() -> Client:
    return signed_in("stella")


@pytest.fixture
def case() -> Case:
    return parked(held(no_charge(), amount="412.50"), held(no_charge(), facility="C05"))


def page(client: Client, case: Case, part: str = "") -> str:
    return client.get(f"/cases/{case.number}/{part}").content.decode()


def do(client: Client, case: Case, deed: str, **data: Any) -> Any:
    return client.post(f"/cases/{case.number}/{deed}/", data)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def settle(case: Case) -> None:
    """What the workers do after a release: carry the work out, then see what became of it."""
    releases.release_mapped()
    releases.release_due()
    while inbound.process():
        pass
    settling.settle()


# --- what it tells ------------------------------------------------------------------------------------------
def test_the_page_says_what_it_is_what_it_costs_and_what_is_held(linda: Client) -> None:
    due_at = now() + timedelta(days=4, hours=5)
    case = parked(held(no_charge(), amount="412.50", kind=Held.RUN, due_at=due_at))
    text = words(page(linda, case))
    for said in ("Completed visit without a charge at C07", "$412.50", "4 d left", "Unbilled and claims", "plan"):
        assert said in text
    member = Member.objects.get(case=case)
    assert f"Run {str(member.ref)[-8:]}" in text


def test_the_offending_element_is_marked_and_the_patient_is_masked(linda: Client) -> None:
    case = unmapped_case()
    text = page(linda, case, "payload/")
    assert "<mark>PT-REHAB</mark>" in text
    assert "A700001" not in text
    assert "P500001" not in text
    assert "2026-11-09T10:30:00-06:00" in text


def test_a_broken_contract_is_marked_at_its_pointer(linda: Client) -> None:
    appointment(1, duration_min="half an hour", department="CARDIO")
    inbound.process()
    case = Case.objects.get()
    text = page(linda, case, "payload/")
    assert "&quot;duration_min&quot;: &quot;<mark>half an hour</mark>" in text


def test_a_place_that_only_the_words_name_is_marked_too(linda: Client) -> None:
    message = appointment(1, department="CARDIO")
    fault = DataFault("time-unreadable", "/start_time is not a time with a zone.", hint="Ask the sender.")
    case = parked(held(fault, ref=message.pk))
    assert "<mark>2026-11-09T10:30:00-06:00</mark>" in page(linda, case, "payload/")
    assert "Ask the sender." in words(page(linda, case))


def test_what_the_subject_names_is_marked_where_it_stands(linda: Client) -> None:
    message = appointment(1, department="CARDIO")
    denied = BusinessRefusal("claim-denied", subject={"claim": "S1", "payer": "AETNA", "family": "duplicate"})
    case = parked(held(denied, ref=message.pk))
    assert "<mark>S1</mark>" in page(linda, case, "payload/")


def test_of_a_refused_claim_the_answer_that_refuses_it_is_shown_and_the_step_by_its_title(linda: Client) -> None:
    answer, journey = appointment(1, department="CARDIO"), uuid7()
    Event.objects.create(
        type="claim.rejected", occurred_at=now(), system="clearinghouse", facility="C07", entity_kind="claim",
        entity_key="S1", journey_id=journey, causation_id=answer.pk, data={},
    )  # fmt: skip
    run = Run.objects.create(
        workflow="W1", version=1, subject="S1", order_key="S1", event_id=uuid7(), event_type="appointment.booked",
        entity_key="S1", journey_id=journey, facility="C07",
    )  # fmt: skip
    refused = BusinessRefusal("claim-rejected", "Refused.", cause=("S1",), subject={"claim": "S1", "payer": "AETNA"})
    case = parked(held(refused, kind=Held.RUN, ref=run.pk))
    assert "<mark>S1</mark>" in page(linda, case, "payload/")
    assert "Plan at the ERP" in page(linda, case)


def test_a_place_far_into_a_long_message_is_shown_with_its_surroundings(linda: Client) -> None:
    message = appointment(1, department="CARDIO", note=[str(n) for n in range(500)])
    subject = {"pointer": "/note/400"}
    case = parked(held(DataFault("contract-violation", "No.", subject=subject), ref=message.pk))
    numbers = re.findall(r'data-line="(\d+)"( data-hit)?', page(linda, case, "payload/"))
    assert len(numbers) == 19
    assert [number for number, hit in numbers if hit] == [numbers[9][0]]


def test_without_a_message_there_is_nothing_to_mark(linda: Client, case: Case) -> None:
    assert "Nothing that this case holds came in a message." in page(linda, case, "payload/")


def test_a_message_outside_one_s_facilities_is_not_shown_though_the_case_is(linda: Client) -> None:
    message = appointment(1, department="CARDIO")
    Message.objects.filter(pk=message.pk).update(facility="C05")
    case = parked(held(no_charge(), facility="", ref=message.pk))
    assert "S1" in page(linda, case, "payload/")
    Member.objects.update(facility="C07")
    assert "outside your scope" in page(signed_in("sandra"), case, "payload/")


def test_the_story_is_told_newest_first_with_what_people_wrote(linda: Client, case: Case) -> None:
    do(linda, case, "take", version=case.version)
    do(linda, case, "comment", text="Called the department.")
    entries = re.findall(r"timeline-(?:title|quote)\">(.*?)(?:<span|</)", page(linda, case), re.S)
    told = [words(entry).strip() for entry in entries][:3]
    assert told == ["Comment", "Called the department.", "Taken by Linda Park."]


def test_cases_like_it_show_how_they_were_solved(linda: Client, case: Case) -> None:
    earlier = parked(held(no_charge(), facility="C05"))
    actor = Actor.of(person("linda"), Door.PAGE)
    services.resolve(
        case_id=earlier.pk, actor=actor, resolution=Resolution.SETTLED, reason="Charged by hand.",
        held=HeldChoice.DISMISS,
    )  # fmt: skip
    text = words(page(linda, case))
    assert "Solved before" in text
    assert "Charged by hand." in text


def test_a_cause_that_came_back_leads_to_its_earlier_case(linda: Client) -> None:
    first = parked(held(unmapped()))
    do(linda, first, "resolve", resolution="no_action", held="dismiss", reason="Clinic closed.")
    second = parked(held(unmapped()))
    assert f'This cause was here before: <a href="/cases/{first.number}/">' in page(linda, second)


def test_all_that_it_holds_has_a_page_of_its_own(linda: Client) -> None:
    case = parked(*(held(unmapped()) for _ in range(60)))
    text = page(linda, case, "held/")
    assert text.count("<tr data-row=") == 50
    assert "Next" in text


def test_a_page_costs_the_same_whatever_it_holds(linda: Client, django_assert_max_num_queries: Any) -> None:
    case = parked(*(held(unmapped()) for _ in range(40)))
    with django_assert_max_num_queries(33):
        page(linda, case)


# --- what can be done ---------------------------------------------------------------------------------------
def test_taking_it_is_one_click(linda: Client, case: Case) -> None:
    assert f'action="/cases/{case.number}/take/"' in page(linda, case)
    answer = do(linda, case, "take", version=case.version)
    assert answer["Location"] == f"/cases/{case.number}/"
    assert "The case is yours." in page(linda, case)
    assert (fresh(case).owner, fresh(case).state) == (person("linda"), CaseState.IN_PROGRESS)
    assert audited()[-1] == ("linda", "page", "case.take")


def test_assigning_it_offers_those_who_may_work_it_there(linda: Client, case: Case) -> None:
    for name in ("sandra", "simon"):
        person(name)
    asked = page(linda, case, "assign/")
    at = case.facility
    assert ("Sandra Meyer" in asked, "Simon Clarke" in asked) == (at == "C07", at == "NLM")
    owner = person("frank")
    do(linda, case, "assign", owner=owner.pk, reason="Yours.", version=case.version)
    assert fresh(case).owner == owner
    assert (last_audit().action, last_audit().reason) == ("case.assign", "Yours.")


def test_resolving_it_asks_how_why_and_what_becomes_of_the_rest(linda: Client, case: Case) -> None:
    assert do(linda, case, "resolve", resolution="fixed", reason="", version=case.version).status_code == 422
    assert fresh(case).state == CaseState.OPEN
    do(linda, case, "resolve", resolution="no_action", reason="A test.", held="dismiss", version=case.version)
    assert (fresh(case).state, fresh(case).resolution) == (CaseState.RESOLVED, Resolution.NO_ACTION)
    assert set(Member.objects.filter(case=case).values_list("state", flat=True)) == {MemberState.DISMISSED}
    assert audited()[-1] == ("linda", "page", "case.resolve")


def test_resolving_by_release_ends_once_everything_went_through(linda: Client, case: Case) -> None:
    answer = do(linda, case, "resolve", resolution="fixed", reason="Done.", held="release", version=case.version)
    assert answer.status_code == 302
    assert fresh(case).state == CaseState.RELEASING
    assert "the case ends once all of it went through" in page(linda, case)


def test_reopening_it_asks_why(linda: Client, case: Case) -> None:
    do(linda, case, "resolve", resolution="no_action", reason="A test.", held="dismiss")
    assert do(linda, case, "reopen", reason="").status_code == 422
    do(linda, case, "reopen", reason="It was none.")
    assert fresh(case).state == CaseState.OPEN
    assert last_audit().reason == "It was none."


def test_retrying_sets_all_of_it_going_at_the_rate_one_chose(linda: Client) -> None:
    case = unmapped_case()
    do(linda, case, "retry", rate="5", reason="ERP is back.", version=case.version)
    assert (fresh(case).state, fresh(case).release_rate) == (CaseState.RELEASING, 5)
    assert last_audit().after == {"state": "releasing", "members": 3, "rate": 5}


def test_retrying_some_of_it_leaves_the_rest(linda: Client) -> None:
    case = unmapped_case()
    one = Member.objects.filter(case=case).order_by("id")[0]
    url = f"/cases/{case.number}/held/"
    answer = linda.post(url, {"bulk": "retry", "ids": [str(one.pk)]}, headers={"HX-Request": "true"})
    assert "1 item tried again." in answer["HX-Trigger"]
    assert Message.objects.filter(state=MessageState.RECEIVED).get().pk == one.ref
    assert audited()[-1][2] == "case.retry"


def test_a_comment_says_something(linda: Client, case: Case) -> None:
    assert do(linda, case, "comment", text="  ").status_code == 422
    assert Note.objects.filter(kind="comment").count() == 0


def test_two_people_do_not_undo_each_other(linda: Client, case: Case) -> None:
    seen = case.version
    do(signed_in("erin"), case, "take", version=seen)

    answer = do(linda, case, "resolve", resolution="no_action", reason="x", held="dismiss", version=seen)

    assert answer.status_code == 409
    text = words(answer.content.decode())
    assert "This was changed while you were looking at it." in text
    assert "Nothing was done." in text
    assert (fresh(case).state, fresh(case).owner) == (CaseState.IN_PROGRESS, person("erin"))


def test_a_deed_asked_by_script_answers_in_the_dialog(linda: Client, case: Case) -> None:
    answer = linda.get(f"/cases/{case.number}/resolve/", headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith("<dialog")
    done = linda.post(f"/cases/{case.number}/take/", {"version": case.version}, headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == f"/cases/{case.number}/"


# --- the fix inline -----------------------------------------------------------------------------------------
def test_the_page_suggests_what_sister_facilities_use(stella: Client) -> None:
    text = words(page(stella, unmapped_case()))
    assert "What does PT-REHAB mean?" in text
    assert "PHYS Physical therapy 1 of 1 clinic maps PT-REHAB to PHYS (C05)" in text
    assert "3 held: all of it goes on once this is mapped." in text


def test_mapping_the_code_lets_everything_go_on_and_ends_the_case(stella: Client) -> None:
    case = unmapped_case()

    answer = do(stella, case, "map", suggested="PHYS")

    assert answer["Location"] == f"/cases/{case.number}/"
    mapping = Mapping.objects.get(facility="C07", local_code="PT-REHAB")
    assert (mapping.canonical_code, mapping.state, mapping.decided_by) == ("PHYS", "approved", "stella")
    text = words(page(stella, case))
    assert "PT-REHAB means PHYS. What waited for it goes on." in text
    assert "The code is mapped." in text
    assert [act for _, _, act in audited()] == ["mapping.propose", "mapping.approve"]

    settle(case)

    assert fresh(case).state == CaseState.RESOLVED
    text = page(stella, case)
    assert f'<a href="/mappings/{mapping.pk}/"><strong>PT-REHAB means PHYS</strong></a>, decided by stella' in text
    assert text.count('href="/journeys/') > 3, "what was held leads to its journeys now"
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.PROCESSED}


def test_the_release_reports_itself_until_there_is_nothing_more_to_watch(stella: Client) -> None:
    case = unmapped_case()
    do(stella, case, "map", suggested="PHYS")
    assert 'hx-trigger="every 2s"' in page(stella, case, "release/")
    settle(case)
    assert stella.get(f"/cases/{case.number}/release/")["HX-Refresh"] == "true"


def test_another_code_than_the_suggested_may_be_chosen(stella: Client) -> None:
    do(stella, unmapped_case(), "map", suggested="PHYS", other="CARD", effective_from="2026-01-01", note="by phone")
    mapping = Mapping.objects.get(facility="C07", local_code="PT-REHAB")
    assert (mapping.canonical_code, str(mapping.effective.lower), mapping.note) == ("CARD", "2026-01-01", "by phone")


def test_it_can_be_mapped_for_every_facility_at_once(stella: Client) -> None:
    do(stella, unmapped_case(), "map", suggested="PHYS", everywhere="on")
    assert Mapping.objects.get(facility="", local_code="PT-REHAB").state == MappingState.APPROVED


@pytest.mark.parametrize("data", [{}, {"suggested": "NO-SUCH"}, {"other": "NO-SUCH"}, {"effective_from": "soon"}])
def test_a_code_that_is_none_is_refused_at_its_field(stella: Client, data: dict[str, str]) -> None:
    answer = do(stella, unmapped_case(), "map", **data)
    assert answer.status_code == 422
    assert Mapping.objects.filter(facility="C07").count() == 0


def test_a_fix_that_does_not_reach_the_held_days_says_so(stella: Client) -> None:
    case = unmapped_case()
    do(stella, case, "map", suggested="PHYS", effective_from="2026-12-24")
    settle(case)
    text = words(page(stella, case))
    assert "The fix did not reach everything. 3 of 3 came back" in text
    assert "What does PT-REHAB mean?" in text


def test_where_two_people_decide_the_second_approves_from_the_case(stella: Client) -> None:
    appointment(1, department="CARDIO", payer_code="AET-NEW")
    inbound.process()
    case = Case.objects.get(code="unmapped-payer")
    assert "Two people decide about a payer" in words(page(stella, case))
    do(stella, case, "map", other="AETNA")
    waiting = Mapping.objects.get(domain="payer")
    assert waiting.state == MappingState.PROPOSED
    assert "AETNA was proposed by stella and waits for a decision." in words(page(stella, case))

    own = do(stella, case, f"approve/{waiting.pk}")
    assert own.status_code == 409
    assert "Ask another steward to approve it." in words(own.content.decode())
    do(signed_in("stuart"), case, f"approve/{waiting.pk}")

    assert Mapping.objects.get(pk=waiting.pk).state == MappingState.APPROVED
    settle(case)
    assert fresh(case).state == CaseState.RESOLVED


def test_a_proposal_is_rejected_with_a_reason(stella: Client) -> None:
    appointment(1, department="CARDIO", payer_code="AET-NEW")
    inbound.process()
    case = Case.objects.get(code="unmapped-payer")
    do(stella, case, "map", other="AETNA")
    waiting = Mapping.objects.get(domain="payer")
    do(signed_in("stuart"), case, f"reject/{waiting.pk}", reason="Another plan.")
    assert Mapping.objects.get(pk=waiting.pk).state == MappingState.REJECTED
    assert (last_audit().action, last_audit().reason) == ("mapping.reject", "Another plan.")


def test_who_may_not_map_reads_who_can(linda: Client) -> None:
    person("stella")
    case = unmapped_case()
    text = words(page(linda, case))
    assert "A steward maps it: Stella Nguyen." in text
    assert "Map and release" not in text
    assert do(linda, case, "map", suggested="PHYS").status_code == 403
    assert Mapping.objects.filter(facility="C07").count() == 0


def test_a_case_that_no_mapping_fixes_offers_none(stella: Client, case: Case) -> None:
    assert "What does" not in page(stella, case)
    assert do(stella, case, "map", suggested="PHYS").status_code == 404
    assert do(stella, case, f"approve/{Mapping.objects.first().pk}").status_code == 404
