"""The search box: whatever one has in hand leads to what it names, by post, within one's facilities."""

from __future__ import annotations

import pytest
from django.test import Client

from exceptions.models import Case
from hub.ledger.models import Entry
from tests.hub.console.cast import signed_in
from tests.hub.console.flow import STUCK, WHOLE, Flow, nothing_of_a_patient


@pytest.fixture
def linda(flow: Flow) -> Client:
    return signed_in("linda")


def leads(client: Client, text: str) -> str:
    """Where the search leads: an address, or the labels of what it lists."""
    answer = client.post("/search/", {"q": text})
    if answer.status_code == 302:
        return str(answer["Location"])
    return ", ".join(f"{kind} {len(hits)}" for kind, hits in answer.context["groups"])


def test_one_hit_leads_straight_to_its_page(linda: Client, flow: Flow) -> None:
    case = Case.objects.get(members__ref=flow.parked.pk)
    entry = Entry.objects.get(kind="charge")

    assert leads(linda, WHOLE) == f"/journeys/{flow.whole.pk}/"
    assert leads(linda, "T1") == f"/journeys/{flow.whole.pk}/"
    assert leads(linda, str(flow.parked.pk)) == f"/runs/{flow.parked.pk}/"
    assert leads(linda, f"#{case.number}") == leads(linda, f"case {case.number}") == f"/cases/{case.number}/"
    assert leads(linda, "era.835") == f"/messages/{flow.remittance.pk}/"
    assert leads(linda, entry.posting_key) == f"/ledger/{entry.pk}/"
    assert leads(linda, "erp") == "/systems/erp/"


def test_several_hits_are_listed_by_kind(linda: Client, flow: Flow) -> None:
    assert leads(linda, "w-1") == "Message 2"


def test_what_is_not_there_is_said_with_what_can_be_searched(linda: Client) -> None:
    answer = linda.post("/search/", {"q": "nothing of the kind"})

    assert "Nothing found in your facilities" in answer.content.decode()
    assert linda.post("/search/", {"q": ""}).status_code == 200
    assert linda.get("/search/").status_code == 200


def test_nothing_outside_ones_facilities_or_roles_is_found(flow: Flow) -> None:
    assert leads(signed_in("sandra"), STUCK) == ""  # C07 alone
    assert leads(signed_in("sandra"), str(flow.parked.pk)) == ""
    assert leads(signed_in("erin"), WHOLE) == ""  # engineers have no journeys
    assert leads(signed_in("xavier"), "era.835") == ""


def test_neither_the_answer_nor_its_address_names_a_patient(linda: Client, flow: Flow) -> None:
    answer = linda.post("/search/", {"q": "w-1"})

    assert nothing_of_a_patient(answer.content.decode())
    assert answer.request["QUERY_STRING"] == ""


def test_every_page_has_the_box(linda: Client) -> None:
    assert 'action="/search/"' in linda.get("/runs/").content.decode()
