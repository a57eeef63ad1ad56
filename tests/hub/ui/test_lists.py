"""The generic list page, on the gallery's list of sign-ins."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.hub.ui.conftest import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.hub.ui.site")]

LIST = "/ui/gallery/list/"
HTMX = {"HX-Request": "true", "HX-Target": "table"}


def names(client: Client, query: str = "") -> list[str]:
    table = client.get(f"{LIST}?{query}").context["table"]
    return [get_user_model().objects.get(pk=row.key).username for row in table.rows]


def exported(client: Client, query: str) -> list[list[str]]:
    response = client.get(f"{LIST}?{query}&export=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(StringIO(b"".join(response.streaming_content).decode())))  # type: ignore[attr-defined]


def test_the_page_shows_the_first_rows_in_the_list_s_own_order(signed_in: Client, crowd: list[Any]) -> None:
    assert names(signed_in) == [f"person{n:02}" for n in range(59, 34, -1)]


def test_the_cursor_of_a_page_leads_to_the_next(signed_in: Client, crowd: list[Any]) -> None:
    cursor = signed_in.get(LIST).context["page"].next
    assert names(signed_in, f"cursor={cursor}")[0] == "person34"


def test_a_column_that_declares_it_sorts_both_ways(signed_in: Client, crowd: list[Any]) -> None:
    assert names(signed_in, "sort=username")[:2] == ["alice", "person00"]
    assert names(signed_in, "sort=-username")[:2] == ["person59", "person58"]


@pytest.mark.parametrize("sort", ["password", "-staff", "nonsense", "--username", "id;drop"])
def test_a_sort_that_no_column_declares_is_ignored(signed_in: Client, crowd: list[Any], sort: str) -> None:
    assert names(signed_in, f"sort={sort}") == names(signed_in)


def test_headings_say_how_they_are_sorted_and_lead_the_other_way(signed_in: Client, crowd: list[Any]) -> None:
    html = signed_in.get(f"{LIST}?sort=username").content.decode()
    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-username"' in html


def test_filters_narrow_and_keep_the_sort(signed_in: Client, crowd: list[Any]) -> None:
    assert names(signed_in, "q=person1&staff=True&sort=username") == ["person12", "person15", "person18"]


def test_an_unticked_flag_hides_nothing(signed_in: Client, crowd: list[Any]) -> None:
    person("gone", is_active=False)
    assert "gone" in names(signed_in, "q=gone")
    assert names(signed_in, "q=gone&is_active=on") == []


def test_an_invalid_filter_is_named_and_does_not_break_the_page(signed_in: Client, crowd: list[Any]) -> None:
    response = signed_in.get(f"{LIST}?staff=perhaps")
    assert response.status_code == 200
    assert "Select a valid choice" in response.content.decode()


def test_htmx_gets_the_table_alone(signed_in: Client, crowd: list[Any]) -> None:
    html = signed_in.get(LIST, headers=HTMX).content.decode()
    assert html.lstrip().startswith("<section")
    assert '<nav class="nav"' not in html


def test_htmx_restoring_its_history_gets_the_whole_page(signed_in: Client, crowd: list[Any]) -> None:
    html = signed_in.get(LIST, headers=HTMX | {"HX-History-Restore-Request": "true"}).content.decode()
    assert html.startswith("<!doctype html>")


def test_the_export_is_what_the_list_shows_on_all_its_pages(signed_in: Client, crowd: list[Any]) -> None:
    lines = exported(signed_in, "staff=True&sort=username")
    assert lines[0] == ["Sign-in", "Staff", "Joined", "Last seen"]
    assert [line[0] for line in lines[1:]] == ["alice", *(f"person{n:02}" for n in range(0, 60, 3))]
    assert lines[2] == ["person00", "True", "2026-11-01 10:00:00 UTC", "2026-11-01 09:00:00 UTC"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_the_export_defuses_formulas(signed_in: Client, name: str) -> None:
    person(name)
    assert ["'" + name] in [line[:1] for line in exported(signed_in, "")]


def test_nothing_found_and_nothing_there_are_told_apart(signed_in: Client) -> None:
    assert "Nothing matches these filters" in signed_in.get(f"{LIST}?q=nobody").content.decode()


def test_a_list_is_a_fixed_number_of_queries(
    signed_in: Client, crowd: list[Any], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):  # session, user, what is kept, page
        signed_in.get(LIST)


def test_whoever_is_not_signed_in_is_sent_to_the_door(client: Client, db: None) -> None:
    response = client.get(LIST)
    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={LIST}"
    assert client.get(LIST, headers=HTMX)["HX-Redirect"] == "/sign-in/"


# --- bulk actions -------------------------------------------------------------------------------------------
def test_a_bulk_action_runs_on_the_chosen_rows(signed_in: Client, crowd: list[Any]) -> None:
    response = signed_in.post(LIST, {"bulk": "count", "ids": [crowd[0].pk, crowd[1].pk]}, follow=True)
    assert "2 counted." in response.content.decode()


def test_all_means_all_that_the_filters_let_through(signed_in: Client, crowd: list[Any]) -> None:
    response = signed_in.post(f"{LIST}?staff=True", {"bulk": "count", "all": "1"}, headers=HTMX)
    assert response.status_code == 204
    assert "21 counted." in response["HX-Trigger"]


def test_rows_outside_the_filters_are_left_alone(signed_in: Client, crowd: list[Any]) -> None:
    response = signed_in.post(f"{LIST}?staff=True", {"bulk": "count", "ids": [crowd[1].pk]}, headers=HTMX)
    assert "0 counted." in response["HX-Trigger"]


def test_an_action_that_asks_does_nothing_before_it_is_confirmed(signed_in: Client, crowd: list[Any]) -> None:
    asked = signed_in.post(LIST, {"bulk": "refuse", "ids": [crowd[0].pk]}, headers={"HX-Request": "true"})
    html = asked.content.decode()
    assert "This asks first." in html
    assert "1 row" in html
    assert f'name="ids" value="{crowd[0].pk}"' in html


def test_a_refusal_is_explained_where_it_was_asked(signed_in: Client, crowd: list[Any]) -> None:
    refused = signed_in.post(LIST, {"bulk": "refuse", "ids": [crowd[0].pk], "confirmed": "1"})
    assert refused.status_code == 409
    assert "The gallery changes nothing. Try it on a real list." in refused.content.decode()


@pytest.mark.parametrize("data", [{"bulk": "unheard-of"}, {"bulk": "count", "ids": "not-a-key"}, {}])
def test_nonsense_is_a_bad_request(signed_in: Client, data: dict[str, str]) -> None:
    assert signed_in.post(LIST, data).status_code == 400
