"""Decision tables: a draft is written, tried on what came, compared, and put in force by a second person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from hub.masterdata import seed
from hub.masterdata.decisions import LATE_ADJUSTMENT
from hub.masterdata.models import DecisionTable
from tests.hub.console.cast import SINCE, last_audit, signed_in
from tests.hub.console.refused import claim_payment

pytestmark = pytest.mark.usefixtures("group")


@pytest.fixture
def standing() -> DecisionTable:
    rows = [{"group_code": "PI", "outcome": "review"}, {"group_code": "OA", "outcome": "erp_adjustment"}]
    seed.add_missing_table(code=LATE_ADJUSTMENT, name="Late adjustments", rows=rows, since=SINCE, by="first load")
    return DecisionTable.objects.get()


def paid(number: str, *adjustments: tuple[str, str, str], facility: str = "C07") -> None:
    rows = [{"group": group, "reason": reason, "amount": amount} for group, reason, amount in adjustments]
    claim_payment(number, facility=facility, kind="adjudicated", paid=Decimal("100.00"), adjustments=rows)


def written(client: Client, table: DecisionTable, *rows: dict[str, Any]) -> Any:
    data: dict[str, Any] = {"rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        data |= {f"rows-{index}-{name}": value for name, value in ({"outcome": "review"} | row).items()}
    return client.post(f"/decision-tables/{table.pk}/edit/", data, follow=True)


def draft_of(client: Client, table: DecisionTable) -> DecisionTable:
    client.post(f"/decision-tables/{table.pk}/propose/", {"note": "Small ones"})
    return DecisionTable.objects.get(state="proposed")


def test_a_draft_is_written_tried_and_put_in_force_by_a_second_person(standing: DecisionTable) -> None:
    paid("A1", ("OA", "94", "5.00"))
    paid("A2", ("OA", "94", "80.00"), ("PI", "253", "12.00"), ("CO", "45", "3.00"), ("PR", "1", "9.00"))
    paid("A3", ("OA", "23", "40.00"))
    stella, linda = signed_in("stella"), signed_in("linda")
    draft = draft_of(stella, standing)
    assert draft.rows.count() == 2
    page = written(
        stella,
        draft,
        {"group_code": "OA", "carc": "23", "outcome": "keep", "ORDER": "2"},
        {"group_code": "OA", "amount_to": "9.99", "outcome": "write_off", "ORDER": "1", "reason": "Small balance"},
        {"group_code": "OA", "outcome": "erp_adjustment", "ORDER": "3"},
        {"outcome": "review"},
    )
    assert "The rows are written" in page.content.decode()
    assert [row.outcome for row in draft.rows.order_by("position")] == ["write_off", "keep", "erp_adjustment"]
    tried = linda.get(f"/decision-tables/{draft.pk}/bench/")
    trial = tried.context["trial"]
    assert {name: (one.count, one.amount) for name, one in trial.by_outcome.items() if one.count} == {
        "write_off": (1, Decimal("5.00")), "keep": (1, Decimal("40.00")), "erp_adjustment": (1, Decimal("80.00")),
        "no rule": (1, Decimal("12.00")),
    }  # fmt: skip
    assert {pair: one.count for pair, one in trial.moved.items()} == {
        ("erp_adjustment", "write_off"): 1, ("erp_adjustment", "keep"): 1, ("review", "no rule"): 1,
    }  # fmt: skip
    assert [line.key for line in tried.context["without"].rows] == ["0"]
    assert stella.post(f"/decision-tables/{draft.pk}/approve/", {"reason": ""}).status_code == 403
    assert "Approved." in linda.post(f"/decision-tables/{draft.pk}/approve/", follow=True).content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.decided_by) == ("approved", "linda")
    assert last_audit().action == "decision_table.approve"


def test_a_row_that_cannot_be_is_said_and_nothing_is_written(standing: DecisionTable) -> None:
    stella = signed_in("stella")
    draft = draft_of(stella, standing)
    answer = written(stella, draft, {"amount_from": "50", "amount_to": "10", "outcome": "keep"})
    assert answer.status_code == 409
    assert "Row 1: its amount ends before it begins." in answer.content.decode()
    assert draft.rows.count() == 2
    assert written(stella, standing, {"outcome": "keep", "carc": "1"}).status_code == 409


def test_the_bench_shows_only_claims_of_the_readers_facilities_and_changes_nothing(standing: DecisionTable) -> None:
    paid("A1", ("OA", "94", "5.00"))
    paid("A2", ("OA", "94", "7.00"), facility="NLM")
    assert signed_in("sandra").get(f"/decision-tables/{standing.pk}/bench/").context["trial"].total.count == 1
    everywhere = signed_in("linda").get(f"/decision-tables/{standing.pk}/bench/?since=2020-01-01&until=2020-02-01")
    assert everywhere.context["trial"].total.count == 0
    assert signed_in("sandra").get(f"/decision-tables/{standing.pk}/edit/").status_code == 403
    assert signed_in("xavier").get("/decision-tables/").status_code == 403
    listed = signed_in("audrey").get("/decision-tables/")
    assert "Late adjustments, version 1" in listed.content.decode()
    assert "Propose a change" not in signed_in("audrey").get(f"/decision-tables/{standing.pk}/").content.decode()


def test_whoever_writes_the_rows_does_not_approve_them(standing: DecisionTable) -> None:
    stella, linda = signed_in("stella"), signed_in("linda")
    draft = draft_of(stella, standing)
    assert "Once you write rows" in linda.get(f"/decision-tables/{draft.pk}/edit/").content.decode()
    written(linda, draft, {"outcome": "keep"})

    answer = linda.post(f"/decision-tables/{draft.pk}/approve/", {"reason": ""})

    assert (answer.status_code, "you proposed this version" in answer.content.decode()) == (409, True)
    draft.refresh_from_db()
    assert (draft.state, draft.proposed_by) == ("proposed", "linda")


def test_rows_that_somebody_else_wrote_meanwhile_are_neither_lost_nor_approved_unseen(standing: DecisionTable) -> None:
    stella, linda, stuart = signed_in("stella"), signed_in("linda"), signed_in("stuart")
    draft = draft_of(stella, standing)
    seen_by_stella = stella.get(f"/decision-tables/{draft.pk}/edit/").context["version"]
    page = linda.get(f"/decision-tables/{draft.pk}/").content.decode()
    approve = f"/decision-tables/{draft.pk}/approve/?version={seen_by_stella}"
    assert approve in page
    assert written(stuart, draft, {"outcome": "keep", "carc": "1"}).status_code == 200
    row = {"rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0, "rows-0-outcome": "review", "rows-0-carc": "45"}

    late = stella.post(f"/decision-tables/{draft.pk}/edit/", {**row, "version": seen_by_stella})
    asked = linda.get(approve)
    decided = linda.post(approve, {"version": seen_by_stella})

    for answer in (late, asked, decided):
        assert "Stuart Hayes changed version 2 while you were looking at it." in answer.content.decode()
    assert (late.status_code, decided.status_code) == (409, 409)
    assert [row.outcome for row in draft.rows.all()] == ["keep"]
    again = linda.post(approve, {"version": asked.context["hidden"][0][1]}, follow=True)
    assert "Approved." in again.content.decode()
