"""The work queue as a place of work: tabs that count right, every filter and order, files of it, the pane, the undo."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from exceptions import services, teamwork
from exceptions.deeds import services as deeds
from exceptions.deeds.models import Deed
from exceptions.models import Case
from exceptions.teams.models import Team
from hub.console.tables.queue import CASE_COLUMNS
from hub.core.clock import now
from hub.core.errors import DataFault
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry
from tests.exceptions.world import held, no_charge, parked, unmapped
from tests.hub.console.cast import person, signed_in
from tests.hub.console.test_queue import shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]
HTMX = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture
def linda() -> Client:
    return signed_in("linda")


@pytest.fixture
def cases() -> dict[str, Case]:
    """A mapping; a charge of Aetna, old and late; a remittance of the whole group; one that Simon has; one asleep."""
    charge = no_charge()
    charge.subject = {"payer": "Aetna"}
    broken = DataFault("remittance-out-of-balance", subject={"trace_number": "EFT1", "difference": "12.00"})
    found = {
        "mapping": parked(held(unmapped())),
        "charge": parked(held(charge, amount="412.50", facility="NLM", due_at=now() - timedelta(hours=1))),
        "cash": parked(held(broken, amount="9000.00", facility="", system="clearinghouse")),
        "simons": parked(held(no_charge(), amount="50.00", facility="NLM")),
        "asleep": parked(held(no_charge(), amount="60.00", facility="C05")),
    }
    Case.objects.filter(pk=found["charge"].pk).update(opened_at=now() - timedelta(days=9))
    services.take(case_id=found["simons"].pk, actor=Actor.of(person("simon"), Door.PAGE))
    lead = Actor.of(person("linda"), Door.PAGE)
    teamwork.snooze(case_id=found["asleep"].pk, actor=lead, until=now() + timedelta(hours=1), reason="Later.")
    return found


def numbers(cases: dict[str, Case], *names: str) -> list[int]:
    return sorted(cases[name].number for name in names)


# --- tabs ---------------------------------------------------------------------------------------------------
def tabs(client: Client) -> dict[str, str]:
    text = client.get("/cases/").content.decode()
    found = re.findall(r'class="tab"[^>]*>([^<]+)(?:<span class="count">([\d,+]+)</span>)?', text)
    return {label.replace("&#x27;", "'"): count for label, count in found}


def test_each_tab_counts_what_it_shows(linda: Client, cases: dict[str, Case]) -> None:
    for client in (linda, signed_in("simon"), signed_in("sandra")):
        counted = tabs(client)
        for label, query in (
            ("Open", ""), ("Mine", "?owner=me"), ("Nobody's", "?owner=nobody"), ("Clock run out", "?due=over"),
            ("Snoozed", "?aside=snoozed"),
        ):  # fmt: skip
            assert counted[label] == str(len(shown(client, query))), label
        text = client.get("/cases/").content.decode()
        assert re.search(r'nav-count">(\d+)<', text)[1] == counted["Open"]  # type: ignore[index]


def test_a_refresh_brings_the_tabs_too(linda: Client, cases: dict[str, Case]) -> None:
    text = linda.get("/cases/?owner=nobody", headers={"HX-Request": "true", "HX-Target": "table"}).content.decode()
    assert 'id="views" aria-label="Views" hx-swap-oob="true"' in text
    assert '?owner=nobody" aria-current="page"' in text


# --- filters and orders -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?payer=AETNA", ["charge"]),
        ("?amount_from=50", ["charge", "cash", "simons"]),
        ("?amount_from=50&amount_to=412.50", ["charge", "simons"]),
        ("?age=7", ["charge"]),
        ("?age=-1", ["mapping", "cash", "simons"]),
        ("?due_before={today}", ["charge"]),
        ("?owner=simon&facility=NLM", ["simons"]),
        ("?system=scheduling", ["mapping", "charge", "simons"]),
        ("?q=no such words", []),
    ],
)
def test_every_filter_stands_in_the_address(
    linda: Client, cases: dict[str, Case], query: str, names: list[str]
) -> None:
    Case.objects.filter(pk=cases["charge"].pk).update(due_at=now() - timedelta(days=2))
    assert sorted(shown(linda, query.format(today=now().date().isoformat()))) == numbers(cases, *names)


def test_filters_behind_the_button_say_how_many_are_set(linda: Client, cases: dict[str, Case]) -> None:
    text = linda.get("/cases/?payer=AETNA&age=7").content.decode()
    assert "data-more-set>2</span>" in text
    assert "data-more-set hidden>" in linda.get("/cases/?facility=NLM").content.decode()


@pytest.mark.parametrize("column", [column.key for column in CASE_COLUMNS if column.sort])
def test_every_column_sorts_both_ways(linda: Client, cases: dict[str, Case], column: str) -> None:
    up, down = shown(linda, f"?sort={column}"), shown(linda, f"?sort=-{column}")
    assert up == down[::-1]
    assert sorted(up) == numbers(cases, "mapping", "charge", "cash", "simons")


def test_owners_sort_by_name_and_nobody_comes_first(linda: Client, cases: dict[str, Case]) -> None:
    assert shown(linda, "?sort=owner")[-1] == cases["simons"].number


def test_columns_beside_the_usual_ones_are_shown_to_those_who_chose_them(linda: Client, cases: dict[str, Case]) -> None:
    def headings() -> list[str]:
        return [heading.label for heading in linda.get("/cases/?view=").context["table"].headings]

    usual = headings()
    linda.post("/cases/", {"keep": "columns", "columns": ["title", "amount", "team", "payer"], "query": ""})
    chosen = headings()
    linda.post("/cases/", {"keep": "usual-columns", "query": ""})

    assert not {"Team", "Payer", "System", "Queue"} & set(usual)
    assert chosen == ["Cause", "At risk", "Team", "Payer"]
    assert headings() == usual


def test_cases_sort_by_the_name_that_their_team_has_now(linda: Client, cases: dict[str, Case]) -> None:
    for name, team in (("charge", "Billing"), ("cash", "Cash")):
        Case.objects.filter(pk=cases[name].pk).update(team=Team.objects.create(name=team))
    assert shown(linda, "?sort=-team")[:2] == [cases["cash"].number, cases["charge"].number]
    Team.objects.filter(name="Cash").update(name="Accounts")
    assert shown(linda, "?sort=-team")[:2] == [cases["charge"].number, cases["cash"].number]
    Team.objects.get(name="Accounts").delete()
    assert Case.objects.get(pk=cases["cash"].pk).team_name == ""


# --- files --------------------------------------------------------------------------------------------------
def test_a_file_holds_the_rows_the_order_and_the_columns_on_the_screen(linda: Client, cases: dict[str, Case]) -> None:
    linda.post("/cases/", {"keep": "columns", "columns": ["title", "facility", "amount"], "query": ""})
    query = "?owner=nobody&sort=amount&amount_from=0"
    on_screen = shown(linda, query)

    text = b"".join(linda.get(f"/cases/{query}&export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(text.splitlines()))
    sheet = load_workbook(io.BytesIO(b"".join(linda.get(f"/cases/{query}&export=xlsx").streaming_content))).active  # type: ignore[attr-defined]

    assert rows[0] == ["Cause", "Facility", "At risk"]
    titles = [Case.objects.get(number=number).title for number in on_screen]
    assert [row[0] for row in rows[1:]] == titles
    assert [row[2] for row in rows[1:]] == sorted((row[2] for row in rows[1:]), key=float)
    cells = list(sheet.iter_rows(values_only=True))[1:]
    assert [(*row[:2], float(row[2])) for row in cells] == [(*row[:2], float(row[2])) for row in rows[1:]]


def test_who_takes_a_list_away_as_a_file_is_written_down_without_the_words_that_were_looked_for(
    linda: Client, cases: dict[str, Case]
) -> None:
    assert linda.get("/cases/?q=Tester&facility=NLM&export=csv").status_code == 200

    entry = AuditEntry.objects.get(action="list.export")
    assert (entry.actor, entry.object_id) == ("linda", "cases")
    assert entry.after == {"format": "csv", "filters": ["facility", "q"]}


# --- the pane -----------------------------------------------------------------------------------------------
def test_the_pane_says_what_is_the_matter_and_what_can_be_done(linda: Client, cases: dict[str, Case]) -> None:
    charge = cases["charge"]
    assert f'data-preview="/cases/{charge.number}/preview/"' in linda.get("/cases/").content.decode()
    text = linda.get(f"/cases/{charge.number}/preview/").content.decode()
    for words in (charge.title, "$412.50", "1 h over", "Nobody", "AETNA", "What happened last", "Opened"):
        assert words in text, words
    assert f'/cases/{charge.number}/resolve/?stay=1"' in text
    assert "<html" not in text


def test_the_pane_shows_nothing_of_another_facility(cases: dict[str, Case]) -> None:
    answer = signed_in("sandra").get(f"/cases/{cases['charge'].number}/preview/")
    assert answer.status_code == 403
    assert "412.50" not in answer.content.decode()


def test_whoever_acts_from_the_pane_stays_in_the_queue(linda: Client, cases: dict[str, Case]) -> None:
    case = cases["charge"]
    answer = linda.post(f"/cases/{case.number}/take/?stay=1", {"version": case.version}, headers=HTMX)
    assert (answer.status_code, json.loads(answer["HX-Trigger"])["ui:done"]) == (204, {})
    again = linda.post(f"/cases/{case.number}/take/?stay=1", {"version": case.version}, headers=HTMX)
    assert again.status_code == 409
    assert "This was changed while you were looking at it." in again.content.decode()


def test_the_choice_of_the_pane_is_drawn_by_the_server(linda: Client, cases: dict[str, Case]) -> None:
    assert 'id="split" data-split="off"' in linda.get("/cases/").content.decode()
    linda.cookies["split"] = "on"
    assert 'id="split" data-split="on"' in linda.get("/cases/").content.decode()


# --- the way back -------------------------------------------------------------------------------------------
def said(answer: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer["HX-Trigger"])["ui:toast"]
    return found


def bulk(client: Client, action: str, *chosen: Case, **data: str) -> Any:
    ids = [str(case.pk) for case in chosen]
    return client.post("/cases/", {"bulk": action, "ids": ids, "confirmed": "1", **data}, headers=HTMX)


def test_what_was_done_to_many_is_undone_from_its_toast(linda: Client, cases: dict[str, Case]) -> None:
    both = [cases["charge"], cases["mapping"]]
    done = said(bulk(linda, "snooze", *both, later="4h", reason="The payer calls back."))
    assert "1 case put aside." in done["text"], "the clock of the other has run out"
    undone = said(linda.post(f"{done['undo']}?stay=1", headers=HTMX))
    assert undone == {"text": "1 case restored.", "tone": "positive", "undo": "", "more": ""}
    assert not Case.objects.filter(pk__in=[case.pk for case in both], snoozed_until__isnull=False).exists()
    refused = linda.post(f"{done['undo']}?stay=1", headers=HTMX)
    assert (refused.status_code, "This is undone already." in refused.content.decode()) == (409, True)


def test_a_deed_on_the_case_page_is_undone_too_and_its_page_comes_back(linda: Client, cases: dict[str, Case]) -> None:
    case = cases["mapping"]
    page = linda.post(f"/cases/{case.number}/take/", {"version": case.version}, follow=True).content.decode()
    undo = re.search(r'action="(/cases/deeds/[^"]+/undo/)" data-undo', page)
    assert undo is not None
    answer = linda.post(undo[1], {"next": f"/cases/{case.number}/"})
    assert answer["Location"] == f"/cases/{case.number}/"
    assert Case.objects.get(pk=case.pk).owner is None
    assert linda.post(undo[1], {"next": "https://elsewhere.example/"}).status_code == 409


def test_nobody_undoes_or_stops_what_another_did(linda: Client, cases: dict[str, Case]) -> None:
    undo = said(bulk(linda, "take", cases["mapping"]))["undo"]
    for client in (signed_in("sandra"), signed_in("erin")):
        assert client.post(undo, headers=HTMX).status_code == 403
        assert client.get(undo.replace("undo/", "")).status_code == 403
        assert client.post(undo.replace("undo/", "stop/")).status_code == 403
    assert Case.objects.get(pk=cases["mapping"].pk).owner == person("linda")


# --- very many ----------------------------------------------------------------------------------------------
def test_very_many_go_on_while_their_person_works_and_can_be_stopped(
    linda: Client, cases: dict[str, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "AT_ONCE", 1)
    monkeypatch.setattr(deeds, "PART", 2)
    begun = said(linda.post("/cases/", {"bulk": "take", "all": "1"}, headers=HTMX))
    assert begun["text"] == "4 cases will be taken. It goes on while you do."
    deed = Deed.objects.get()
    assert begun["more"] == f"/cases/deeds/{deed.pk}/"

    strip = linda.get("/cases/deeds/").content.decode()
    assert "0 of 4" in strip
    assert "every 2s" in strip
    deeds.carry_on()
    assert "2 of 4" in linda.get("/cases/").content.decode()
    deeds.carry_on()
    ended = linda.get(f"/cases/deeds/?shown={deed.pk}&shown=nonsense", headers={"HX-Request": "true"})
    assert said(ended)["text"].startswith("3 cases taken. 1 left alone:") or said(ended)["text"] == "4 cases taken."
    assert "every 2s" not in ended.content.decode()
    page = linda.get(f"/cases/deeds/{deed.pk}/").content.decode()
    assert "Take 4 cases" in page
    assert "Undo" in page


def test_stopping_leaves_the_rest_and_says_so(
    linda: Client, cases: dict[str, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "AT_ONCE", 0)
    begun = said(bulk(linda, "take", cases["mapping"]))
    assert "Stop" in linda.get(begun["more"]).content.decode()
    linda.post(f"{begun['more']}stop/")
    deeds.carry_on()
    assert Case.objects.get(pk=cases["mapping"].pk).owner is None
    assert "Stopped" in linda.get(begun["more"]).content.decode()


def test_assigning_many_without_a_choice_takes_them_from_nobody(linda: Client, cases: dict[str, Case]) -> None:
    chosen = cases["charge"]
    said(bulk(linda, "take", chosen))
    refused = bulk(linda, "assign", chosen, owner="", reason="")
    assert (refused.status_code, "Choose whose it is to be" in refused.content.decode()) == (422, True)
    assert "1 case<" in refused.content.decode()
    assert Case.objects.get(pk=chosen.pk).owner is not None
    assert said(bulk(linda, "assign", chosen, owner="nobody", reason=""))["text"] == "1 case assigned to nobody."
    assert Case.objects.get(pk=chosen.pk).owner is None
