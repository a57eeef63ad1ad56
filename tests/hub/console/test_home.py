"""Home: each role finds its morning there, and it costs the same however much there is."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from connectors.models import Lane, System
from connectors.states import BreakerState
from exceptions.counting import fold_tallies
from exceptions.models import Case
from hub.core import clock
from hub.core.clock import now
from hub.governance import approvals
from hub.governance.access import Actor, Door
from hub.governance.states import ApprovalKind
from hub.ledger.models import Entry, TieOut
from hub.ledger.rules import NewLine
from hub.ledger.services import NewEntry, record_entry
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from orchestration.models import RunTally
from tests.exceptions.world import held, no_charge, parked, unmapped
from tests.hub.console.cast import approved, person, signed_in
from tests.hub.kpis.test_measures import completed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]


def words(client: Client) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/").content.decode()))


def tiles(client: Client) -> dict[str, tuple[str, str]]:
    """Label to (value, hint)."""
    text = client.get("/").content.decode()
    found = re.findall(r'stat-label">(.*?)</span>.*?stat-value">(.*?)</span>.*?stat-hint">(.*?)</span>', text, re.S)
    return {label: (re.sub(r"<[^>]+>", "", value), hint) for label, value, hint in found}


def post(amount: str, facility: str = "C07") -> Entry:
    lines = (
        NewLine(account="1010", debit=Decimal(amount)),
        NewLine(account="1100", credit=Decimal(amount)),
    )
    entry = record_entry(
        NewEntry(
            posting_key=f"key-{amount}-{facility}", kind="receipt", effective_date=now().date(), facility=facility,
            description=f"Receipt of {amount}", lines=lines,
        )
    )  # fmt: skip
    Entry.objects.filter(pk=entry.pk).update(state="posted", posted_at=now())
    return entry


def test_the_backlog_is_told_by_queue_in_cases_and_dollars() -> None:
    parked(held(no_charge(), amount="412.50"))
    parked(held(no_charge(), amount="87.50", facility="C05"))
    parked(held(unmapped()))
    seen = tiles(signed_in("linda"))
    assert seen["Unbilled and claims"] == ("2", "$500 at risk")
    assert seen["Mapping"] == ("1", "$0 at risk")
    assert seen["Denials"] == ("0", "all clear")
    assert "3 open cases, $500 at risk." in words(signed_in("linda"))


def test_it_is_the_reader_s_own_facilities_that_count() -> None:
    parked(held(no_charge(), amount="412.50", facility="NLM"))
    parked(held(no_charge(), amount="10.00", facility=""))
    assert "1 open case, $10 at risk." in words(signed_in("sandra"))
    assert "2 open cases, $422 at risk." in words(signed_in("simon"))


def test_my_cases_are_mine_and_the_most_urgent_are_everyone_s() -> None:
    mine = parked(held(no_charge(), amount="1.00"))
    Case.objects.filter(pk=mine.pk).update(owner=person("linda"))
    text = signed_in("linda").get("/").content.decode()
    assert text.index("My cases") < text.index(f"/cases/{mine.number}/") < text.index("Most dollars, least time")
    assert "Nothing is yours." in words(signed_in("erin"))


def test_tiles_lead_into_the_filtered_queue() -> None:
    case = parked(held(no_charge(), amount="5.00"))
    client = signed_in("linda")
    text = client.get("/").content.decode()
    for address in ("/cases/?queue=billing", "/cases/?facility=C07"):
        assert f'href="{address}"' in text
        assert f"/cases/{case.number}/" in client.get(address).content.decode()


def test_runs_and_systems_stand_beside_the_kpis() -> None:
    RunTally.objects.create(workflow="W1", facility="C07", state="parked", count=1_200)
    RunTally.objects.create(workflow="W1", facility="NLM", state="waiting", count=30)
    System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud")
    Lane.objects.create(system=System.objects.get(code="erp"), breaker=BreakerState.OPEN)
    seen = tiles(signed_in("erin"))
    assert seen["Runs parked"] == ("1,200", "30 waiting, 0 under way")
    assert seen["Systems down"] == ("1", "ERP")
    assert tiles(signed_in("simon"))["Runs parked"] == ("0", "30 waiting, 0 under way")
    assert "Systems up" not in tiles(signed_in("sandra")), "specialists do not see systems"


def test_kpi_tiles_tell_their_number_and_lead_to_its_page() -> None:
    completed("C07", now() - timedelta(days=20), "325.00")
    client = signed_in("linda")
    assert tiles(client)["Unbilled completed appointments"] == ("$325", "1 item")
    assert 'href="/kpis/unbilled-completed-appointments/"' in client.get("/").content.decode()


def test_stewards_see_the_proposals_that_wait_for_them() -> None:
    mapping = approved("payer", "AET", "AETNA", facility="")
    Mapping.objects.filter(pk=mapping.pk).update(state=MappingState.PROPOSED, proposed_by="stuart")
    assert "Mappings to decide" in words(signed_in("stella"))
    assert "Mappings to decide" not in words(signed_in("linda"))


def test_what_reached_the_ledger_today_is_listed_for_those_who_see_the_ledger() -> None:
    post("120.00")
    with clock.travel(-timedelta(days=1)):
        post("75.00")
    assert "Receipt of 120.00" in words(signed_in("frank"))
    assert "$120.00" in words(signed_in("frank"))
    assert "Receipt of 75.00" not in words(signed_in("frank")), "that was yesterday"
    assert "Posted today" not in words(signed_in("sandra"))


def test_executives_find_all_the_numbers_and_no_work() -> None:
    text = words(signed_in("xavier"))
    assert text.count("lower is better") == 5
    assert "My cases" not in text


def test_what_others_ask_for_waits_on_the_home_of_whoever_decides() -> None:
    case = parked(held(no_charge(), amount="412.50", facility="C07"))
    approvals.ask(
        kind=ApprovalKind.WRITE_OFF, object_kind="case", object_id=str(case.pk), facility="C07",
        actor=Actor.of(person("linda"), Door.PAGE), reason="Too small to appeal", amount=Decimal("412.50"),
    )  # fmt: skip

    assert "Write off $412.50" in words(signed_in("frank"))
    for name in ("linda", "sandra", "audrey", "stella"):
        assert "Write off $412.50" not in words(signed_in(name)), name


def test_whoever_sees_all_books_sees_whether_they_agree() -> None:
    assert "Never compared with the ERP" in words(signed_in("frank"))
    zero = Decimal("0.00")
    TieOut.objects.create(by="frank", subledger=zero, erp=zero, difference=zero, accounts=[])
    assert "Ties out compared" in words(signed_in("frank"))
    assert "Ties out" not in words(signed_in("sandra"))


def test_it_costs_the_same_at_ten_times_as_much(django_assert_max_num_queries: Any) -> None:
    client = signed_in("linda")

    def cost() -> int:
        with django_assert_max_num_queries(30) as seen:
            client.get("/")
        return len(seen)

    parked(held(no_charge(), amount="1.00"))
    few = cost()
    for _ in range(20):
        parked(held(no_charge(), amount="1.00"))
    fold_tallies()
    assert cost() == few


def test_no_row_of_history_is_counted_on_the_way(django_assert_max_num_queries: Any) -> None:
    client = signed_in("linda")
    with django_assert_max_num_queries(30) as seen:
        client.get("/")
    counting = [query["sql"] for query in seen.captured_queries if "COUNT(*)" in query["sql"].upper()]
    assert [sql for sql in counting if "exceptions_case" in sql or "orchestration_run" in sql] == []
