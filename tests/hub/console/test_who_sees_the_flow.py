"""Who may open which page of the flow, and that no page of it names a patient."""

from __future__ import annotations

import pytest

from hub.ledger.models import Entry
from tests.hub.console.cast import signed_in
from tests.hub.console.flow import Flow, nothing_of_a_patient

#: Sandra works at C07 alone; everyone else of the cast sees the whole group.
WORKERS = {"sandra", "linda", "frank", "stella", "erin"}
READERS = WORKERS | {"audrey"}
EVERYONE = READERS | {"xavier", "nora"}
WITH_SYSTEMS = READERS - {"sandra"}
WITH_BOOKS = {"linda", "frank", "audrey", "erin"}
WHO_REPLAY = {"linda", "stella", "erin"}

PAGES = {
    "/runs/": READERS,
    "/runs/{billed}/": READERS,
    "/runs/{billed}/sides/": READERS,
    "/runs/{billed}/compare/": READERS,
    "/runs/{billed}/cancel/": WORKERS,
    "/runs/{billed}/retry/": WORKERS,
    "/runs/{billed}/replay/": WHO_REPLAY,
    "/messages/": READERS,
    "/messages/{booking}/": READERS,
    "/messages/{booking}/retry/": WORKERS,
    "/messages/{booking}/replay/": WHO_REPLAY,
    "/messages/{booking}/reveal/": {"erin"},
    "/messages/{booking}/fixture/": {"erin"},
    "/journeys/": READERS - {"erin"},
    "/journeys/{whole}/": READERS - {"erin"},
    "/systems/": WITH_SYSTEMS,
    "/systems/erp/": WITH_SYSTEMS,
    "/systems/erp/pause/": {"erin"},
    "/systems/erp/reset/": {"erin"},
    "/feeds/ehr/pause/": {"erin"},
    "/ledger/": WITH_BOOKS,
    "/ledger/{entry}/": WITH_BOOKS,
    "/ledger/tie-outs/": WITH_BOOKS,
    "/audit/": {"audrey"},
    "/search/": EVERYONE,
    "/tokens/": EVERYONE,
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_the_roles_that_need_it_and_shows_no_patient(flow: Flow, page: str) -> None:
    path = page.format(
        billed=flow.billed.pk,
        booking=flow.booking.pk,
        whole=flow.whole.pk,
        entry=Entry.objects.filter(facility="C07").first().pk,  # type: ignore[union-attr]
    )
    answers = {name: signed_in(name).get(path) for name in sorted(EVERYONE)}

    assert {name for name, answer in answers.items() if answer.status_code == 200} == PAGES[page]
    assert {answer.status_code for answer in answers.values()} <= {200, 403}
    assert all(nothing_of_a_patient(answer.content.decode()) for answer in answers.values())


#: Pages of what belongs to C05, for someone who works at C07 alone.
ELSEWHERE = (
    "/runs/{parked}/", "/runs/{parked}/retry/", "/runs/{parked}/cancel/", "/journeys/{stuck}/",
)  # fmt: skip


@pytest.mark.parametrize("page", ELSEWHERE)
def test_another_facility_s_page_is_refused_without_saying_what_it_is(flow: Flow, page: str) -> None:
    sandra = signed_in("sandra")
    path = page.format(parked=flow.parked.pk, stuck=flow.stuck.pk)

    for answer in (sandra.get(path), sandra.post(path, {"reason": "x"})):
        assert answer.status_code in {403, 405}
        assert "C05" not in answer.content.decode()
    assert flow.parked.state == "parked"


@pytest.mark.parametrize("page", ["/runs/", "/messages/", "/journeys/", "/ledger/"])
def test_a_list_shows_a_specialist_their_own_facilities_only(flow: Flow, page: str) -> None:
    answer = signed_in("sandra").get(page)
    if answer.status_code == 200:
        assert "C05" not in answer.content.decode().partition('id="table"')[2]


def test_whoever_is_not_signed_in_is_asked_to(flow: Flow, client: object) -> None:
    for path in ("/runs/", "/audit/", "/search/", f"/journeys/{flow.whole.pk}/"):
        answer = client.get(path)  # type: ignore[attr-defined]
        assert (answer.status_code, answer["Location"].startswith("/sign-in/")) == (302, True)
