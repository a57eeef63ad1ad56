"""Who may open which page, and what a facility outside one's scope looks like."""

from __future__ import annotations

import pytest
from django.test import Client

from exceptions.models import Case
from hub.masterdata.models import Mapping
from tests.exceptions.world import held, no_charge, parked
from tests.hub.console.cast import approved, person, signed_in

pytestmark = pytest.mark.django_db

WORKERS = {"sandra", "linda", "frank", "stella", "erin"}
READERS = WORKERS | {"audrey"}
STEWARDS = {"stella"}
EVERYONE = READERS | {"xavier", "nora"}

#: Page to the people of the cast who may open it.
PAGES = {
    "/": EVERYONE,
    "/cases/": READERS,
    "/cases/{case}/": READERS,
    "/cases/{case}/held/": READERS,
    "/cases/{case}/payload/": READERS,
    "/cases/{case}/comment/": WORKERS,
    "/cases/{case}/take/": WORKERS,
    "/cases/{case}/resolve/": WORKERS,
    "/cases/{case}/retry/": WORKERS,
    "/cases/{case}/reopen/": WORKERS,
    "/cases/{case}/assign/": {"linda", "erin"},
    "/cases/{case}/replay/": {"linda", "stella", "erin"},
    "/mappings/": READERS,
    "/mappings/coverage/": READERS,
    "/mappings/{mapping}/": READERS,
    "/mappings/propose/": STEWARDS,
    "/mappings/import/": STEWARDS,
    "/mappings/{mapping}/retire/": STEWARDS,
    "/mappings/{mapping}/edit/": STEWARDS,
    "/mappings/{mapping}/review/": STEWARDS,
    "/mappings/domains/": READERS,
    "/mappings/domains/payer/": STEWARDS,
    "/mappings/import/template/": STEWARDS,
    "/mappings/change/none/": STEWARDS,
    "/kpis/": READERS | {"xavier"},
    "/kpis/charge-lag/": READERS | {"xavier"},
    "/kpis/charge-lag/rows/0/": READERS | {"xavier"},
}


@pytest.fixture
def case(group: None) -> Case:
    return parked(held(no_charge(), facility="C07", amount="240.00"))


@pytest.fixture
def mapping(group: None) -> Mapping:
    return approved("payer", "AET", "AETNA", facility="")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_the_roles_that_need_it_and_for_nobody_else(case: Case, mapping: Mapping, page: str) -> None:
    path = page.format(case=case.number, mapping=mapping.pk)
    answers = {name: signed_in(name).get(path).status_code for name in sorted(EVERYONE)}
    assert {name for name, status in answers.items() if status == 200} == PAGES[page]
    assert {status for name, status in answers.items() if name not in PAGES[page]} <= {403}
    assert Client().get(path).status_code == 302, "nobody is led to the sign-in"


CASE_PAGES = [page for page in PAGES if "{case}" in page]


@pytest.mark.parametrize("page", CASE_PAGES)
def test_a_case_of_another_facility_says_only_that_it_is_outside(case: Case, page: str) -> None:
    answer = signed_in("simon").get(page.format(case=case.number))
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "This is outside your facilities" in text
    for secret in ("Completed visit", "C07", "240.00", str(case.number)):
        assert secret not in text


@pytest.mark.parametrize("deed", ["take", "comment", "resolve", "reopen", "retry"])
def test_no_deed_reaches_a_case_of_another_facility(case: Case, deed: str) -> None:
    answer = signed_in("simon").post(f"/cases/{case.number}/{deed}/", {"text": "x", "reason": "x"})
    assert answer.status_code == 403
    after = Case.objects.get(pk=case.pk)
    assert (after.version, after.owner, after.notes.filter(author="simon").count()) == (case.version, None, 0)


def test_a_case_of_the_whole_group_is_everyone_s_to_see_and_the_leads_to_work(group: None) -> None:
    shared = parked(held(no_charge(), facility=""))
    assert signed_in("sandra").get(f"/cases/{shared.number}/").status_code == 200
    assert signed_in("sandra").get(f"/cases/{shared.number}/take/").status_code == 403
    assert signed_in("linda").get(f"/cases/{shared.number}/take/").status_code == 200


def test_what_does_not_exist_is_not_found(group: None) -> None:
    client = signed_in("linda")
    for path in ("/cases/999999/", f"/cases/{10**30}/", "/mappings/999999/", f"/mappings/{10**30}/", "/kpis/no-such/"):
        assert client.get(path).status_code == 404, path


def test_a_mapping_of_another_facility_says_only_that_it_is_outside(group: None) -> None:
    foreign = Mapping.objects.get(facility="C05")
    answer = signed_in("simon").get(f"/mappings/{foreign.pk}/")
    assert answer.status_code == 403
    assert "PT-REHAB" not in answer.content.decode()


def test_the_navigation_leads_only_where_one_may_go(group: None) -> None:
    shown = {name: signed_in(name).get("/").content.decode() for name in ("linda", "xavier")}
    assert 'href="/cases/"' in shown["linda"]
    assert 'href="/cases/"' not in shown["xavier"]
    assert 'href="/kpis/"' in shown["xavier"]


LISTS = ["/", "/cases/", "/cases/{case}/held/", "/mappings/", "/mappings/coverage/", "/kpis/charge-lag/rows/0/"]
GARBAGE = [
    "sort=-nonsense",
    "cursor=%00%ff",
    "cursor=gAAAAABnonsense",
    "state=nowhere&queue=%27;--&facility=%F0%9F%90%8D&owner=-1&system=&kind=x&due=y&domain=z",
    f"q={'9' * 400}",
    "q=%00",
    "q=%25_%5C",
    "export=xml",
    "domain=%00",
    "facility=%00",
    "a=1&a=2&sort=&sort=amount",
]


@pytest.mark.parametrize("query", GARBAGE)
def test_no_address_that_someone_mistyped_breaks_a_page(case: Case, query: str) -> None:
    client = signed_in("linda")
    client.raise_request_exception = False
    for page in LISTS:
        answer = client.get(f"{page.format(case=case.number)}?{query}")
        assert answer.status_code in {200, 400, 404}, (page, query)


def test_the_case_page_offers_only_what_one_may_do(case: Case) -> None:
    def offered(name: str) -> set[str]:
        text = signed_in(name).get(f"/cases/{case.number}/").content.decode()
        names = ("take", "assign", "retry", "replay", "resolve", "comment")
        return {deed for deed in names if f"/cases/{case.number}/{deed}/" in text}

    assert offered("audrey") == set()
    assert offered("sandra") == {"take", "retry", "resolve", "comment"}
    assert offered("stella") == {"take", "retry", "resolve", "comment", "replay"}
    assert offered("linda") == {"take", "assign", "retry", "replay", "resolve", "comment"}


def test_an_owner_cannot_be_taken_over_without_the_right_to_assign(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(owner=person("linda"))
    assert "Take" not in signed_in("sandra").get(f"/cases/{case.number}/").content.decode()
    assert "Take over" in signed_in("erin").get(f"/cases/{case.number}/").content.decode()
