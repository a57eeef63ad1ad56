"""The life of a mapping in a browser: proposed, reviewed, approved by a third, and what it held goes on; files."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from connectors.models import Message
from connectors.states import MessageState
from exceptions import settling
from exceptions.models import Case
from exceptions.states import CaseState
from hub.masterdata.models import DomainPolicy, Mapping, Match
from hub.masterdata.states import MappingState
from tests.hub.console.cast import approved, make_group, person, unmapped_case

pytestmark = pytest.mark.django_db(transaction=True)

RELEASE_SECONDS = 60


@pytest.fixture(autouse=True)
def group(transactional_db: None) -> None:
    make_group()


def test_a_mapping_is_proposed_reviewed_and_approved_and_what_it_held_goes_on(
    page: Page, live_server: Any, sign_in: Callable[[Page, Any], None], start_worker: Callable[..., Any]
) -> None:
    case = unmapped_case(3)
    DomainPolicy.objects.create(domain="department", review=True, two_people=True)
    start_worker()
    sign_in(page, person("stella"))
    page.goto("/mappings/propose/")
    page.get_by_label("System").select_option("scheduling")
    page.get_by_label("Facility").select_option("C07")
    page.get_by_label("Local code").fill("PT-REHAB")
    page.get_by_label("Means").select_option("department:PHYS")
    page.get_by_role("button", name="Propose").click()
    expect(page.locator(".toast")).to_contain_text("Proposed; somebody reviews it first.")
    expect(page.locator("main")).to_contain_text("1 open case with 3 held items")
    url = page.url

    sign_in(page, person("stuart"))
    page.goto(url)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("dialog").get_by_role("button", name="It is right").click()
    expect(page.locator(".page-title .badge")).to_have_text("Reviewed")

    third = person("linda")
    third.grants.create(role="steward", facility="")
    sign_in(page, third)
    page.goto(url)
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 held items")
    dialog.get_by_role("button", name="Approve").click()
    expect(page.locator(".page-title .badge")).to_have_text("Effective")
    _until_resolved(case)
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.PROCESSED}


def _until_resolved(case: Case) -> None:
    """The worker does the work; looking whether it is all done is what the beat would do every few seconds."""
    limit = time.monotonic() + RELEASE_SECONDS
    while Case.objects.get(pk=case.pk).state != CaseState.RESOLVED:
        assert time.monotonic() < limit, Case.objects.get(pk=case.pk).state
        settling.settle()
        time.sleep(0.2)


def _workbook(path: Path, canonical_code: str) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["domain", "system", "facility", "local_code", "canonical_code", "match"])
        sheet.write_row(1, 0, ["department", "scheduling", "C07", "HEART", "CARD", "exact"])
        sheet.write_row(2, 0, ["department", "scheduling", "C07", "OT-*", canonical_code, "prefix"])


def test_a_workbook_with_a_wrong_row_changes_nothing_until_it_is_corrected(
    page: Page, live_server: Any, sign_in: Callable[[Page, Any], None], tmp_path: Path
) -> None:
    file = tmp_path / "codes.xlsx"
    sign_in(page, person("stella"))
    page.goto("/mappings/import/")
    _workbook(file, "NO-SUCH")
    page.get_by_label("CSV or Excel file").set_input_files(file)
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing can be imported while a row is wrong.")
    expect(page.get_by_role("table")).to_contain_text("There is no department 'NO-SUCH' in use.")
    assert Mapping.objects.filter(facility="C07").count() == 0

    _workbook(file, "PHYS")
    page.get_by_label("CSV or Excel file").set_input_files(file)
    page.get_by_role("button", name="Show what it would do").click()
    page.get_by_role("button", name="Import codes.xlsx").click()
    expect(page.locator(".toast")).to_contain_text("Imported: 2 new")
    rule = Mapping.objects.get(match=Match.PREFIX)
    assert (rule.local_code, rule.state) == ("OT-*", MappingState.APPROVED)


def _choose_theme(page: Page, url: str, theme: str) -> None:
    """For every page: a cookie of one path would stay behind the next one's."""
    page.context.clear_cookies(name="theme")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": url}])
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == theme


def test_axe_finds_nothing_on_the_pages_of_mappings_in_either_theme(
    page: Page, live_server: Any, sign_in: Callable[[Page, Any], None], axe: Callable[[Page], list[str]]
) -> None:
    unmapped_case()
    approved("department", "OT", "PHYS", facility="C07")
    proposal = Mapping.objects.create(
        domain="department", system="scheduling", facility="C07", local_code="PT-*", match=Match.PREFIX,
        canonical_code="PHYS", effective=(None, None), proposed_by="stuart",
    )  # fmt: skip
    sign_in(page, person("stella"))
    page.goto("/mappings/?state=effective")
    for box in page.locator("tbody input[type=checkbox]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Change", exact=True).click()
    page.wait_for_url("**/mappings/change/**")
    entry = proposal.history.get()
    pages = [
        page.url, "/mappings/domains/", "/mappings/domains/payer/", f"/mappings/{proposal.pk}/",
        f"/mappings/{proposal.pk}/versions/{entry.history_id}/", f"/mappings/{proposal.pk}/approve/",
    ]  # fmt: skip
    for path in pages:
        page.goto(path)
        for theme in ("light", "dark"):
            _choose_theme(page, live_server.url, theme)
            assert axe(page) == [], (path, theme)
