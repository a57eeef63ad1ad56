"""Denials and decision tables in a real browser: nothing for axe to find in either theme, nothing cut off, and a draft
tried on what came without leaving its page."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub.governance.access import Actor, Door
from hub.masterdata import decision_services, seed
from hub.masterdata.decisions import LATE_ADJUSTMENT
from hub.masterdata.first_rules import LATE_ADJUSTMENTS
from hub.masterdata.models import DecisionTable
from tests.hub.console.cast import SINCE, make_group, person
from tests.hub.console.refused import claim_payment, denial

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"width": 1280, "height": 720}


@pytest.fixture
def worked(transactional_db: None) -> dict[str, Any]:
    """Some denials, a table in force, a draft of the next one, and adjustments to try it on."""
    make_group()
    seed.add_missing_table(
        code=LATE_ADJUSTMENT, name="Late payer adjustments", rows=LATE_ADJUSTMENTS, since=SINCE, by="first load"
    )
    standing = DecisionTable.objects.get()
    author = Actor.of(person("stella"), Door.PAGE)
    draft = decision_services.propose_table(code=LATE_ADJUSTMENT, actor=author, copy_of=standing, note="Small ones")
    rows = [decision_services.row_values(row) for row in standing.rows.order_by("position")]
    small = {"group_code": "OA", "payer": "AETNA", "amount_to": Decimal("9.99"), "outcome": "write_off"}
    decision_services.write_rows(table=draft, rows=[small, *rows], actor=author)
    for number, reason, amount in (("P1", "94", "5.00"), ("P2", "94", "80.00"), ("P3", "23", "40.00")):
        adjustments = [{"group": "OA", "reason": reason, "amount": amount}]
        claim_payment(number, kind="adjudicated", paid=Decimal("100.00"), adjustments=adjustments)
    denial("D1", "1200.00", days_left=4)
    denial("D2", "412.50", days_left=20, stage="appealed", appeal_level=1, appeal_reference="PORTAL-77")
    denial("D3", "90.00", family="eligibility", root_cause="eligibility not checked", carc="27")
    denial("D4", "640.00", family="medical necessity", root_cause="clinical documentation", stage="overturned",
                 recovered=Decimal("640.00"), carc="50")  # fmt: skip
    return {"draft": draft.pk, "open": denial("D5", "2500.00").pk}


PAGES = {
    "linda": (
        "/denials/", "/denials/causes/", "/denials/{open}/", "/decision-tables/", "/decision-tables/{draft}/",
    ),
    "stella": ("/decision-tables/{draft}/edit/",),
}  # fmt: skip


def test_axe_finds_nothing_on_denials_and_decision_tables_and_nothing_is_cut_off(
    worked: dict[str, Any],
    page: Page,
    sign_in: Callable[[Page, Any], None],
    axe: Callable[[Page], list[str]],
    live_server: Any,
) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for name, paths in PAGES.items():
        sign_in(page, person(name))
        for path in paths:
            for theme in ("light", "dark"):
                page.context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
                page.goto(path.format(**worked))
                page.wait_for_load_state("networkidle")
                assert axe(page) == [], (path, theme)
                assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path


def test_a_draft_is_tried_on_its_page_before_it_is_live(
    worked: dict[str, Any], page: Page, sign_in: Callable[[Page, Any], None]
) -> None:
    sign_in(page, person("linda"))
    page.goto(f"/decision-tables/{worked['draft']}/")
    bench = page.locator("#bench-result")
    expect(bench.get_by_role("region", name="Decided otherwise than now")).to_contain_text("Write-off")
    bench.get_by_label("up to and with").fill("2020-01-01")
    bench.get_by_role("button", name="Try it").click()
    expect(page.locator("#bench-result")).to_contain_text("No claim of these days had an adjustment")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.locator(".page-title .badge")).to_have_text("Approved")
