"""A queue worked by keyboard alone: filter, move, look, take, put aside, undo, resolve, command; in both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exceptions.models import Case, Member
from exceptions.states import CaseState, MemberState
from tests.exceptions.world import held, no_charge, parked, unmapped
from tests.hub.console.cast import make_group, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def group(transactional_db: None) -> None:
    make_group()


@pytest.fixture
def at_work(page: Page, live_server: Any, sign_in: Callable[[Page, Any], None]) -> Page:
    """Linda before her queue, on a small laptop, with nothing but keys from here on."""
    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": 1280, "height": 720})
    sign_in(page, person("linda"))
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def toast(page: Page, text: str) -> None:
    expect(page.locator(".toast").filter(has_text=text)).to_be_visible()


def show_in(page: Page, theme: str) -> None:
    """In that theme without losing the place, and drawn in it."""
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_a_morning_at_the_queue_without_a_mouse(at_work: Page, axe: Callable[[Page], list[str]]) -> None:
    page = at_work
    parked(held(unmapped()))
    first, second, third = (parked(held(no_charge(), amount=amount)) for amount in ("500.00", "400.00", "300.00"))
    Member.objects.filter(case=second).update(state=MemberState.DONE)
    page.goto("/cases/")

    # Filter: to the bar, and back out of it.
    press(page, "f")
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.keyboard.type("charge")
    expect(page.locator("[data-row]")).to_have_count(3)
    press(page, "Escape")

    # Move, and look at what one passes.
    press(page, "j", "v")
    pane = page.locator("#preview")
    expect(pane.get_by_role("heading", level=2)).to_contain_text("without a charge")
    expect(pane).to_contain_text("$500.00")
    press(page, "j")
    expect(pane).to_contain_text("$400.00")
    press(page, "k")
    expect(pane).to_contain_text("$500.00")
    for theme in ("dark", "light"):
        show_in(page, theme)
        assert axe(page) == [], theme
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280

    # Take it; the pane and the tab know at once; the place is kept.
    press(page, "e")
    toast(page, "1 case taken.")
    expect(pane).to_contain_text("Linda Park")
    expect(page.locator("#views .tab", has_text="Mine")).to_contain_text("1")
    assert fresh(first).owner == person("linda")
    expect(page.locator("[data-current]")).to_contain_text(str(first.number))

    # Put the same one aside, and take that back.
    press(page, "s")
    dialog = page.get_by_role("dialog", name="Snooze")
    expect(dialog.get_by_role("radio", name="Tomorrow morning")).to_be_focused()
    press(page, "ArrowUp")
    dialog.get_by_label("Reason").focus()  # a field for a moment stands between, of many stops
    page.keyboard.type("The payer calls back.")
    press(page, "Tab", "Tab", "Enter")
    toast(page, "1 case put aside.")
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator("[data-current]")).to_contain_text(str(second.number))
    press(page, "u")
    toast(page, "1 case restored.")
    expect(page.locator("[data-row]")).to_have_count(3)
    assert fresh(first).snoozed_until is None

    # Two at once, resolved: what one holds is given up, which cannot be undone; the other comes back.
    press(page, "x", "j", "x")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    press(page, "Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    press(page, "r")
    dialog = page.get_by_role("dialog", name="Resolve")
    expect(dialog.get_by_label("What settled it")).to_be_focused()
    dialog.get_by_label("Reason").focus()
    page.keyboard.type("Charged by hand.")
    dialog.get_by_role("radio", name="Dismiss it").focus()
    press(page, "Space")
    dialog.get_by_role("button", name="Resolve", exact=True).focus()
    press(page, "Enter")
    toast(page, "1 case resolved.")
    expect(page.locator("[data-row]")).to_have_count(2)
    assert CaseState.RESOLVED in {fresh(case).state for case in (second, third)}


def test_the_sheet_names_the_keys_that_work_here_and_the_palette_the_rest(
    at_work: Page, axe: Callable[[Page], list[str]]
) -> None:
    page = at_work
    parked(held(no_charge(), amount="500.00"))
    page.goto("/cases/")
    press(page, "?")
    sheet = page.get_by_role("dialog", name="Keyboard")
    for words in ("Show the row beside the list", "Snooze", "Resolve", "Runs"):
        expect(sheet).to_contain_text(words)
    expect(sheet).not_to_contain_text("Next page")
    for theme in ("dark", "light"):
        show_in(page, theme)
        assert axe(page) == [], theme
    press(page, "Escape", "j", "Control+k")
    page.keyboard.type("watch")
    press(page, "Enter")
    toast(page, "1 case watched.")
    press(page, "g", "r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    press(page, "?")
    expect(sheet).not_to_contain_text("Snooze")


def test_what_is_new_waits_until_its_reader_asks_for_it(at_work: Page) -> None:
    page = at_work
    first, gone = (parked(held(no_charge(), amount=amount)) for amount in ("500.00", "400.00"))
    page.goto("/cases/")
    press(page, "j", "x")
    parked(held(no_charge(), amount="9999.00"))
    Case.objects.filter(pk=gone.pk).update(state=CaseState.RESOLVED)
    Case.objects.filter(pk=first.pk).update(owner=person("simon"))

    page.evaluate("htmx.trigger('#table', 'ui:refresh')")

    expect(page.locator("[data-news]")).to_contain_text("1 new case")
    expect(page.locator("[data-row]").first).to_contain_text("Simon Clarke")
    expect(page.locator("[data-gone]")).to_contain_text(str(gone.number))
    expect(page.locator("#views .tab", has_text="Open")).to_contain_text("2")
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    assert page.evaluate("document.activeElement.closest('[data-row]').dataset.row") == str(first.pk)

    press(page, ".")
    expect(page.locator("[data-row]").first).to_contain_text("$9,999.00")
    expect(page.locator("[data-gone]")).to_have_count(0)
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    expect(page.locator("[data-current]")).to_contain_text(str(first.number))

    page.route("**/cases/", lambda route: route.fulfill(status=503, body="busy"))
    page.evaluate("htmx.trigger('#table', 'ui:refresh')")
    expect(page.locator("[data-news]")).to_contain_text("the hub did not answer")
    page.unroute("**/cases/")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-news]")).to_be_hidden()
