"""What a person keeps of a list: views under names, the one it opens with, its columns; and its export to Excel."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from hub.ui.models import SavedView
from tests.hub.ui.conftest import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.hub.ui.site")]

LIST = "/ui/gallery/list/"


def keep(client: Client, name: str, query: str, **more: str) -> Any:
    return client.post(LIST, {"keep": "view", "name": name, "query": query, **more})


def tabs(client: Client, query: str = "view=") -> list[str]:
    return [preset.label for preset in client.get(f"{LIST}?{query}").context["presets"]]


def test_a_view_keeps_filters_and_order_and_nothing_else(signed_in: Client, crowd: list[Any]) -> None:
    answer = keep(signed_in, "Ones", "?q=person1&sort=username&cursor=abc&export=csv&evil=1")

    assert answer.status_code == 302
    assert (
        answer["Location"] == f"{LIST}?sort=username&q=person1"
        or answer["Location"] == f"{LIST}?q=person1&sort=username"
    )
    assert SavedView.objects.get().query in {"q=person1&sort=username", "sort=username&q=person1"}


def test_the_list_opens_with_the_view_that_was_asked_for_and_stays_reachable_without(
    signed_in: Client, crowd: list[Any]
) -> None:
    keep(signed_in, "Ones", "q=person1", first="on")

    assert signed_in.get(LIST)["Location"] == f"{LIST}?q=person1"
    assert signed_in.get(f"{LIST}?view=").status_code == 200
    view = SavedView.objects.get()
    signed_in.post(LIST, {"keep": "first", "id": str(view.pk)})
    assert signed_in.get(LIST).status_code == 200


def test_only_one_view_is_the_first(signed_in: Client, crowd: list[Any]) -> None:
    keep(signed_in, "Ones", "q=person1", first="on")
    keep(signed_in, "Twos", "q=person2", first="on")

    assert list(SavedView.objects.filter(first=True).values_list("name", flat=True)) == ["Twos"]


def test_a_shared_view_is_offered_to_others_who_cannot_change_it(
    signed_in: Client, crowd: list[Any], client: Client
) -> None:
    keep(signed_in, "Ours", "q=person1", shared="on")
    keep(signed_in, "Mine", "q=person2")
    other = Client()
    other.force_login(person("bob"))

    assert "Ours" in tabs(other)
    assert "Mine" not in tabs(other)
    shared = SavedView.objects.get(name="Ours")
    assert other.post(LIST, {"keep": "forget", "id": str(shared.pk)}).status_code == 400
    assert SavedView.objects.filter(pk=shared.pk).exists()


def test_chosen_columns_stay_and_the_row_s_link_always_does(signed_in: Client, crowd: list[Any]) -> None:
    def headings() -> list[str]:
        return [heading.label for heading in signed_in.get(f"{LIST}?view=").context["table"].headings]

    everything = headings()
    signed_in.post(LIST, {"keep": "columns", "columns": ["nonsense", "joined"]})
    fewer = headings()
    signed_in.post(LIST, {"keep": "usual-columns"})

    assert len(fewer) < len(everything)
    assert headings() == everything


def test_a_keep_without_a_meaning_is_refused(signed_in: Client) -> None:
    assert signed_in.post(LIST, {"keep": "nonsense"}).status_code == 400
    assert signed_in.post(LIST, {"keep": "forget", "id": "7; drop"}).status_code == 400


def test_a_workbook_holds_what_the_list_shows(signed_in: Client, crowd: list[Any]) -> None:
    answer = signed_in.get(f"{LIST}?q=person1&export=xlsx")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    assert answer["Content-Disposition"].endswith('.xlsx"')
    with ZipFile(BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 11
    assert "person19" in sheet
