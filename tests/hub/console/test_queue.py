"""The work queue: what it shows, how it is narrowed, and what is done to many cases at once."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from exceptions import services
from exceptions.models import Case
from exceptions.services import HeldChoice
from exceptions.states import CaseState, Resolution
from hub.core.clock import now
from hub.core.errors import DataFault, SecurityRefusal
from hub.governance.access import Actor, Door
from tests.exceptions.world import held, no_charge, parked, unmapped
from tests.hub.console.cast import audited, last_audit, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]


@pytest.fixture
def linda() -> Client:
    return signed_in("linda")


@pytest.fixture
def cases() -> dict[str, Case]:
    """A mapping, a missing charge, a broken remittance of the whole group, and one that was resolved."""
    broken = DataFault("remittance-out-of-balance", subject={"trace_number": "EFT1", "difference": "12.00"})
    found = {
        "mapping": parked(held(unmapped())),
        "charge": parked(held(no_charge(), amount="412.50", facility="NLM", due_at=now() - timedelta(hours=1))),
        "cash": parked(held(broken, amount="9000.00", facility="", system="clearinghouse")),
    }
    over = parked(held(no_charge(), facility="C05"))
    actor = Actor.of(person("linda"), Door.PAGE)
    found["over"] = services.resolve(
        case_id=over.pk, actor=actor, resolution=Resolution.SETTLED, reason="Paid.", held=HeldChoice.DISMISS
    )
    return found


def shown(client: Client, query: str = "") -> list[int]:
    """The numbers of the cases on the page, in its order."""
    text = client.get(f"/cases/{query}").content.decode()
    return [int(number) for number in re.findall(r'href="/cases/(\d+)/" data-row-link', text)]


# --- what is shown ------------------------------------------------------------------------------------------
def test_the_queue_shows_what_is_open_the_most_urgent_dollars_first(linda: Client, cases: dict[str, Case]) -> None:
    urgent = Case.objects.exclude(pk=cases["over"].pk).order_by("-priority")
    assert shown(linda) == [case.number for case in urgent]
    text = linda.get("/cases/").content.decode()
    for words in ("Remittance EFT1 does not balance", "$9,000.00", "Whole group", "1 h over", "Cash and remittances"):
        assert words in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?queue=cash", ["cash"]),
        ("?kind=mapping", ["mapping"]),
        ("?facility=NLM", ["charge"]),
        ("?facility=group", ["cash"]),
        ("?system=scheduling", ["charge", "mapping"]),
        ("?state=resolved", ["over"]),
        ("?state=any&facility=C05", ["over"]),
        ("?q=PT-REHAB mapping", ["mapping"]),
        ("?due=over", ["charge"]),
        ("?owner=me", []),
        ("?owner=nobody&queue=mapping", ["mapping"]),
        ("?queue=denials", []),
    ],
)
def test_filters_stand_in_the_address(linda: Client, cases: dict[str, Case], query: str, names: list[str]) -> None:
    assert sorted(shown(linda, query)) == sorted(cases[name].number for name in names)


def test_a_case_is_found_by_its_number(linda: Client, cases: dict[str, Case]) -> None:
    number = cases["charge"].number
    assert shown(linda, f"?q={number}") == [number]
    assert shown(linda, f"?q=%23{number}") == [number]


def test_owners_are_filtered_by_name(linda: Client, cases: dict[str, Case]) -> None:
    Case.objects.filter(pk=cases["charge"].pk).update(owner=person("simon"))
    assert shown(linda, "?owner=simon") == [cases["charge"].number]


def test_the_reader_s_scope_comes_before_any_filter(cases: dict[str, Case]) -> None:
    assert shown(signed_in("simon"), "?state=any") == [cases["cash"].number, cases["charge"].number]


def test_any_column_sorts(linda: Client, cases: dict[str, Case]) -> None:
    by_dollars = [cases[name].number for name in ("cash", "charge", "mapping")]
    assert shown(linda, "?sort=-amount") == by_dollars
    assert shown(linda, "?sort=amount") == by_dollars[::-1]


def test_a_queue_of_any_length_costs_the_same_number_of_queries(linda: Client, django_assert_num_queries: Any) -> None:
    def cost() -> int:
        # Session, user, grants, the rows; facilities, systems, payers, teams and people for the filters; what is kept
        # of the list; the navigation's counts; the tabs' (tallies, put aside, run out); what the reader does to many.
        with django_assert_num_queries(16) as seen:
            linda.get("/cases/")
        return len(seen)

    parked(held(no_charge()))
    few = cost()
    for _ in range(60):
        parked(held(no_charge()))
    assert cost() == few


def test_pages_turn_by_cursor_and_nothing_is_counted(linda: Client) -> None:
    for _ in range(51):
        parked(held(no_charge()))
    first = linda.get("/cases/").content.decode()
    after = re.search(r'href="\?cursor=([^"]+)"', first)
    assert after
    assert len(shown(linda)) == 50
    assert len(shown(linda, f"?cursor={after[1]}")) == 1


def test_nothing_to_do_is_good_news(linda: Client) -> None:
    assert "All clear" in linda.get("/cases/").content.decode()
    assert "Nothing matches these filters" in linda.get("/cases/?queue=cash").content.decode()


def test_the_export_is_what_the_list_shows(linda: Client, cases: dict[str, Case]) -> None:
    answer = linda.get("/cases/?queue=cash&export=csv")
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert answer["Content-Disposition"].startswith('attachment; filename="work-queue-')
    assert [(row["Case"], row["Queue"], row["At risk"]) for row in rows] == [
        (str(cases["cash"].number), "Cash and remittances", "9000.00")
    ]


# --- many at once -------------------------------------------------------------------------------------------
def many(client: Client, action: str, cases: list[Case], **data: Any) -> Any:
    ids = [str(case.pk) for case in cases]
    return client.post(
        "/cases/", {"bulk": action, "ids": ids, "confirmed": "1", **data}, headers={"HX-Request": "true"}
    )


def test_taking_several_makes_them_one_s_own(linda: Client, cases: dict[str, Case]) -> None:
    answer = many(linda, "take", [cases["mapping"], cases["charge"]])
    assert "2 cases taken." in answer["HX-Trigger"]
    assert set(Case.objects.filter(owner__username="linda").values_list("state", flat=True)) == {CaseState.IN_PROGRESS}
    assert audited()[-2:] == [("linda", "page", "case.take")] * 2


def test_what_cannot_be_taken_is_left_alone_and_said(cases: dict[str, Case]) -> None:
    answer = many(signed_in("simon"), "take", [cases["charge"], cases["cash"], cases["mapping"]])
    assert "1 case taken. 1 left alone: This asks for the permission cases.work" in answer["HX-Trigger"]
    assert Case.objects.get(owner__username="simon").pk == cases["charge"].pk


def test_assigning_asks_to_whom(linda: Client, cases: dict[str, Case]) -> None:
    chosen = [cases["charge"]]
    simon, _ = person("simon"), person("audrey")
    asked = linda.post("/cases/", {"bulk": "assign", "ids": [str(chosen[0].pk)]}, headers={"HX-Request": "true"})
    assert "Simon Clarke" in asked.content.decode()
    assert "Audrey Cole" not in asked.content.decode(), "an auditor works no cases"

    answer = many(linda, "assign", chosen, owner=simon.pk, reason="yours")

    assert "1 case assigned to Simon Clarke." in answer["HX-Trigger"]
    assert last_audit().action == "case.assign"
    assert last_audit().reason == "yours"


def test_nobody_is_given_a_case_that_they_may_not_work(linda: Client, cases: dict[str, Case]) -> None:
    answer = many(linda, "assign", [cases["mapping"]], owner=person("simon").pk)
    assert "Simon Clarke may not work cases at C07" in answer["HX-Trigger"]


def test_resolving_asks_how_and_why(linda: Client, cases: dict[str, Case]) -> None:
    nothing_said = many(linda, "resolve", [cases["charge"]], resolution="no_action", held="dismiss")
    assert nothing_said.status_code == 422
    many(linda, "resolve", [cases["charge"]], resolution="no_action", held="dismiss", reason="A test visit.")
    after = Case.objects.get(pk=cases["charge"].pk)
    assert (after.state, after.resolution, last_audit().reason) == ("resolved", "no_action", "A test visit.")


def test_retrying_releases_what_they_hold_but_never_a_refused_sender(linda: Client, cases: dict[str, Case]) -> None:
    unproved = parked(held(SecurityRefusal("signature-wrong"), facility=""))
    answer = many(linda, "retry", [cases["charge"], unproved])
    assert "1 case on the way again." in answer["HX-Trigger"]
    assert "Refused messages are never processed" in answer["HX-Trigger"]
    assert Case.objects.get(pk=unproved.pk).state == CaseState.OPEN


def test_everything_that_matches_can_be_chosen(linda: Client, cases: dict[str, Case]) -> None:
    linda.post("/cases/?queue=billing", {"bulk": "take", "all": "1"}, headers={"HX-Request": "true"})
    assert list(Case.objects.filter(owner__isnull=False)) == [cases["charge"]]


@pytest.mark.parametrize(("name", "actions"), [("sandra", 6), ("audrey", 1), ("linda", 8)])
def test_only_those_who_work_cases_are_offered_acts(cases: dict[str, Case], name: str, actions: int) -> None:
    text = signed_in(name).get("/cases/").content.decode()
    assert len(re.findall(r'name="bulk" value="\w+"', text)) == actions


def test_an_act_that_is_not_one_s_own_is_refused(cases: dict[str, Case]) -> None:
    assert many(signed_in("audrey"), "take", [cases["mapping"]]).status_code == 403
    assert many(signed_in("sandra"), "assign", [cases["mapping"]]).status_code == 403
    assert many(signed_in("linda"), "explode", [cases["mapping"]]).status_code == 400
