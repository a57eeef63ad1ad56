"""The search box: whatever one has in hand leads to what it names, by post, within one's facilities."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client

from connectors.models import Delivery
from exceptions.models import Case
from exceptions.states import CaseState
from hub.core.events.claim import ClaimRejected
from hub.core.sealing import blind_index, blind_indexes
from hub.ledger.models import Entry
from hub.records import numbers
from hub.records.models import BusinessKey
from tests.hub.console.cast import signed_in
from tests.hub.console.flow import STUCK, WHOLE, Flow, nothing_of_a_patient
from tests.orchestration.world import NINE


@pytest.fixture
def linda(flow: Flow) -> Client:
    return signed_in("linda")


def leads(client: Client, text: str) -> str:
    """Where the search leads: an address, or the labels of what it lists."""
    answer = client.post("/search/", {"q": text})
    if answer.status_code == 302:
        return str(answer["Location"])
    return ", ".join(f"{name} {len(hits)}" for name, hits, _ in answer.context["groups"])


def test_one_hit_leads_straight_to_its_page(linda: Client, flow: Flow) -> None:
    case = Case.objects.get(members__ref=flow.parked.pk)
    entry = Entry.objects.get(kind="charge")

    assert leads(linda, WHOLE) == f"/journeys/{flow.whole.pk}/"
    assert leads(linda, str(flow.parked.pk)) == f"/runs/{flow.parked.pk}/"
    assert leads(linda, f"#{case.number}") == leads(linda, f"case {case.number}") == f"/cases/{case.number}/"
    assert leads(linda, "era.835") == f"/messages/{flow.remittance.pk}/"
    assert leads(linda, entry.posting_key) == f"/ledger/{entry.pk}/"
    assert leads(linda, "erp") == "/systems/erp/"


def test_a_number_that_only_a_case_names_leads_to_the_case_while_it_is_open(linda: Client, flow: Flow) -> None:
    """What is held was recorded nowhere: its number stands in the title of its case."""
    case = Case.objects.get(members__ref=flow.unmapped.pk)
    Case.objects.filter(pk=case.pk).update(title="Remittance EFT55102703 does not balance")
    assert leads(linda, "eft551027") == f"/cases/{case.number}/"
    assert leads(linda, "EFT") == ""  # too short to mean one

    Case.objects.filter(pk=case.pk).update(state=CaseState.RESOLVED)
    assert leads(linda, "EFT55102703") == ""


def test_several_hits_are_listed_by_kind(linda: Client, flow: Flow) -> None:
    assert leads(linda, "w-1") == "Messages 2"
    assert leads(linda, "T1") == "Journey 1, Remittance 1"  # the number of a check

    Delivery.objects.filter(operation="journal.post").update(reference="JX-700")
    Entry.objects.update(erp_reference="")
    assert leads(signed_in("erin"), "JX-7").startswith("Deliveries ")


def test_numbers_of_other_systems_lead_to_what_bears_them(linda: Client, flow: Flow) -> None:
    entry = Entry.objects.get(kind="charge")
    submitted = Delivery.objects.get(operation="claim.submit")
    Delivery.objects.filter(pk=submitted.pk).update(reference="CH-77120-X")

    assert leads(linda, "ICN900001") == f"/journeys/{flow.whole.pk}/"
    assert leads(linda, entry.erp_reference) == f"/ledger/{entry.pk}/"
    assert leads(signed_in("sandra"), submitted.posting_key) == f"/runs/{flow.billed.pk}/"  # sees no books
    assert leads(linda, "CH-77120-X") == leads(linda, "CH-77") == f"/runs/{flow.billed.pk}/"
    assert leads(linda, str(submitted.pk)) == f"/runs/{flow.billed.pk}/"


def test_the_beginning_of_a_number_finds_it_where_none_is_it_whole(linda: Client, flow: Flow) -> None:
    assert leads(linda, WHOLE[:-2]) == f"/journeys/{flow.whole.pk}/"
    assert leads(linda, "era.8") == f"/messages/{flow.remittance.pk}/"
    assert leads(linda, WHOLE.lower()) == f"/journeys/{flow.whole.pk}/"
    assert leads(linda, "era") == ""  # too short to mean one


def test_a_patients_number_is_found_by_its_blind_index_and_only_by_who_may_see_journeys(
    linda: Client, flow: Flow
) -> None:
    number = f"P5{WHOLE[2:]}"
    flow.world.settle()

    assert leads(linda, number.lower()) == f"/journeys/{flow.whole.pk}/"
    assert leads(linda, number[:-1]) == ""
    assert leads(signed_in("erin"), number) == ""
    assert not BusinessKey.objects.filter(value__contains=number).exists()


def test_what_was_recorded_before_is_found_after_it_was_indexed(linda: Client, flow: Flow) -> None:
    BusinessKey.objects.all().delete()
    assert leads(linda, f"P5{WHOLE[2:]}") == ""

    call_command("index_numbers", stdout=StringIO())
    assert leads(linda, f"P5{WHOLE[2:]}") == f"/journeys/{flow.whole.pk}/"


def test_one_number_may_lead_to_several_accounts_and_follows_those_that_become_one(flow: Flow) -> None:
    here, there = flow.whole, flow.stuck
    happened = ClaimRejected(
        occurred_at=NINE, entity_key="C1", facility="C05", claim_number="C1", source="277CA",
        payer_claim_control_number="SHARED-1",
    )  # fmt: skip
    numbers.keep([happened, happened, happened], [here.pk, there.pk, there.pk])
    assert numbers.journeys_with("shared-1", most=9, patients=False) == sorted([here.pk, there.pk], reverse=True)

    numbers.follow_merge(there.pk, here.pk)
    assert numbers.journeys_with("SHARED-1", most=9, patients=False) == [here.pk]


def test_what_an_older_payload_key_wrote_is_found_while_that_key_is_kept(settings: Any) -> None:
    before = blind_index("patient:4711")
    settings.HUB_PAYLOAD_KEYS = [Fernet.generate_key().decode(), *settings.HUB_PAYLOAD_KEYS]

    assert blind_index("patient:4711") != before
    assert before in blind_indexes(" PATIENT:4711")


def test_what_is_not_there_is_said_with_what_can_be_searched(linda: Client) -> None:
    answer = linda.post("/search/", {"q": "nothing of the kind"})

    assert "Nothing found in your facilities" in answer.content.decode()
    empty = linda.post("/search/", {"q": ""}).content.decode()
    assert "Nothing found" not in empty, "nothing was looked for"
    assert linda.get("/search/").status_code == 200


def test_nothing_outside_ones_facilities_or_roles_is_found(flow: Flow) -> None:
    assert leads(signed_in("sandra"), STUCK) == ""  # C07 alone
    assert leads(signed_in("sandra"), str(flow.parked.pk)) == ""
    assert leads(signed_in("erin"), WHOLE) == "Runs 6, Message 1"  # engineers have no journeys
    assert leads(signed_in("xavier"), "era.835") == ""


def test_neither_the_answer_nor_its_address_names_a_patient(linda: Client, flow: Flow) -> None:
    answer = linda.post("/search/", {"q": "w-1"})

    assert nothing_of_a_patient(answer.content.decode())
    assert answer.request["QUERY_STRING"] == ""


def test_every_page_has_the_box(linda: Client) -> None:
    assert 'action="/search/"' in linda.get("/runs/").content.decode()
