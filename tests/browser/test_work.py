"""A morning's work in a real browser: in at the door, down the queue by keyboard, the missing code mapped where it is
missed, and the held work watched as it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from connectors.models import Message
from connectors.states import MessageState
from exceptions import settling
from exceptions.models import Case
from exceptions.states import CaseState
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from tests.exceptions.world import held, no_charge, parked
from tests.hub.console.cast import make_group, person, signed_in, unmapped_case

pytestmark = pytest.mark.django_db(transaction=True)

RELEASE_SECONDS = 60


@pytest.fixture(autouse=True)
def group(transactional_db: None) -> None:
    make_group()


def walk_in(page: Page, username: str) -> None:
    """Through the door, as a person would."""
    person(username)
    page.goto("/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def choose_theme(page: Page, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == theme


def test_a_steward_maps_the_missing_code_and_watches_the_held_work_go_on(
    page: Page, live_server: Any, start_worker: Callable[..., Any]
) -> None:
    case = unmapped_case(5)
    parked(held(no_charge(), amount="0.00", facility="C05"))
    start_worker()
    walk_in(page, "stella")

    page.get_by_role("link", name="Work queue").click()
    page.wait_for_url("**/cases/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    expect(page.locator("[data-current]")).to_contain_text("Department code PT-REHAB of Scheduling at C07")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Department code PT-REHAB of Scheduling at C07")
    expect(page.locator(".payload mark")).to_have_text("PT-REHAB")
    assert "A700001" not in page.content()
    expect(page.get_by_role("radio", name="PHYS Physical therapy")).to_be_checked()
    page.get_by_role("button", name="Map and release").click()

    expect(page.locator(".toast")).to_contain_text("PT-REHAB means PHYS. What waited for it goes on.")
    expect(page.locator("#release")).to_be_visible()
    until_resolved(case)
    expect(page.locator(".page-title .badge")).to_have_text("Resolved", timeout=10_000)
    expect(page.get_by_text("Resolved by itself: all 5 held went through.")).to_be_visible()
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.PROCESSED}


def until_resolved(case: Case) -> None:
    """The worker does the work; looking whether it is all done is what the beat would do every few seconds."""
    limit = time.monotonic() + RELEASE_SECONDS
    while Case.objects.get(pk=case.pk).state != CaseState.RESOLVED:
        assert time.monotonic() < limit, Case.objects.get(pk=case.pk).state
        settling.settle()
        time.sleep(0.2)


def test_a_queue_is_worked_by_keyboard(page: Page, live_server: Any) -> None:
    cases = [parked(held(no_charge(), amount=f"{amount}.00")) for amount in (500, 400, 300, 200)]
    walk_in(page, "linda")
    page.goto("/cases/")
    for key in ("j", "x", "j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("2 cases taken.")
    taken = {case.number for case in Case.objects.filter(owner__username="linda")}
    assert taken == {cases[0].number, cases[2].number}

    page.keyboard.press("f")
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.locator("#id_owner").select_option("Me")
    expect(page.locator("[data-row-link]")).to_have_count(2)
    page.keyboard.press("Escape")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Completed visit without a charge")


def test_a_case_is_taken_commented_and_resolved_without_leaving_its_page(page: Page, live_server: Any) -> None:
    case = parked(held(no_charge(), amount="412.50"))
    walk_in(page, "sandra")
    page.goto(f"/cases/{case.number}/")
    page.get_by_role("button", name="Take").click()
    expect(page.locator(".toast")).to_contain_text("The case is yours.")
    page.get_by_label("Comment", exact=True).fill("The department captures it today.")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".timeline-quote")).to_have_text("The department captures it today.")

    page.get_by_role("button", name="Resolve").click()
    dialog = page.get_by_role("dialog", name="Resolve")
    dialog.get_by_label("What settled it").select_option("Corrected by the source")
    dialog.get_by_role("radio", name="Dismiss it").check()
    dialog.get_by_role("textbox", name="Reason").fill("Charged by hand.")
    dialog.get_by_role("button", name="Resolve").click()

    expect(page.locator(".page-title .badge")).to_have_text("Resolved")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()


def test_who_comes_second_reads_what_the_first_did(page: Page, live_server: Any) -> None:
    case = parked(held(no_charge(), amount="412.50"))
    walk_in(page, "linda")
    page.goto(f"/cases/{case.number}/")
    signed_in("erin").post(f"/cases/{case.number}/take/", {"version": case.version})
    page.get_by_role("button", name="Take").click()
    expect(page.get_by_role("alert")).to_contain_text("This was changed while you were looking at it.")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was done.")
    assert Case.objects.get(pk=case.pk).owner == person("erin")


def test_a_file_of_mappings_is_seen_before_it_is_imported(page: Page, live_server: Any, tmp_path: Path) -> None:
    walk_in(page, "stella")
    page.goto("/mappings/")
    page.get_by_role("link", name="Import").click()
    lines = ["domain,system,facility,local_code,canonical_code", "department,scheduling,C07,HEART,NO-SUCH"]
    file = tmp_path / "codes.csv"
    file.write_text("\n".join(lines))
    page.get_by_label("CSV or Excel file").set_input_files(file)
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing can be imported while a row is wrong.")

    file.write_text("\n".join([lines[0], "department,scheduling,C07,HEART,CARD"]))
    page.get_by_label("CSV or Excel file").set_input_files(file)
    page.get_by_role("button", name="Show what it would do").click()
    page.get_by_role("button", name="Import codes.csv").click()

    expect(page.locator(".toast")).to_contain_text("Imported: 1 new")
    assert Mapping.objects.get(local_code="HEART").state == MappingState.APPROVED


def test_a_case_is_worked_without_scripts_too(browser: Any, live_server: Any) -> None:
    case = parked(held(no_charge(), amount="412.50"))
    person("linda")
    plain = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = plain.new_page()
    tab.goto(f"/cases/{case.number}/")
    tab.get_by_label("Username").fill("linda")
    tab.get_by_label("Password").fill("open sesame")
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="Take").click()
    tab.get_by_role("button", name="Resolve").click()
    tab.get_by_role("radio", name="Dismiss it").check()
    tab.get_by_role("textbox", name="Reason").fill("A test visit.")
    tab.get_by_role("button", name="Resolve").click()
    assert Case.objects.get(pk=case.pk).state == CaseState.RESOLVED
    plain.close()


# --- accessible ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_at_the_door(
    page: Page, live_server: Any, axe: Callable[[Page], list[str]], theme: str
) -> None:
    page.goto("/sign-in/")
    choose_theme(page, theme)
    assert axe(page) == []
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Please enter a correct username")
    assert axe(page) == []
