"""The design system in a real browser: accessible in both themes, and alive by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from hub.ui import navigation
from hub.ui.navigation import NavItem, Search

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.hub.ui.site")]

LIST = "/ui/gallery/list/"
PAGES = [
    "/ui/gallery/",
    LIST,
    f"{LIST}?q=nobody",
    "/ui/gallery/detail/",
    "/ui/gallery/action/",
    "/ui/gallery/door/",
    "/ui/gallery/problem/403/",
    "/ui/gallery/problem/404/",
    "/ui/gallery/problem/418/",
    "/ui/gallery/problem/500/",
]
SIZES = [(1440, 900), (1280, 720), (834, 1112)]
EPOCH = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A navigation of two pages and a search box, whatever the apps registered."""
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_search", [])
    navigation.register(NavItem("parts", "Components", "layers", "ui:gallery", section="Gallery"))
    navigation.register(NavItem("list", "A list", "inbox", "ui:gallery-list", section="Gallery", count=lambda _: 31))
    navigation.register_search(Search("ui:gallery-action", "Search"))
    return


@pytest.fixture
def alice(page: Page, sign_in: Callable[[Page, Any], None]) -> Any:
    """Alice, signed in, among sixty others."""
    people = get_user_model().objects
    user = people.create(username="alice", first_name="Alice", last_name="Ames", date_joined=EPOCH)
    people.bulk_create(
        people.model(username=f"person{n:02}", is_staff=n % 3 == 0, date_joined=EPOCH + timedelta(hours=n + 1))
        for n in range(60)
    )
    sign_in(page, user)
    return user


def choose_theme(page: Page, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == theme


def first_names(page: Page, count: int) -> list[str]:
    return [link.inner_text() for link in page.locator("[data-row-link]").all()[:count]]


# --- accessible ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_either_theme(page: Page, alice: Any, axe: Callable[[Page], list[str]], path: str) -> None:
    page.goto(path)
    for theme in ("light", "dark"):
        if "500" in path:  # it follows the system, since it must not depend on anything
            page.emulate_media(color_scheme=theme)
        else:
            choose_theme(page, theme)
        assert axe(page) == [], theme


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_dialog_with_faults(
    page: Page, alice: Any, axe: Callable[[Page], list[str]], theme: str
) -> None:
    page.goto("/ui/gallery/detail/")
    choose_theme(page, theme)
    page.get_by_role("button", name="Map the code").click()
    page.get_by_role("textbox", name="Target code").fill("far too long a code")
    page.evaluate("document.querySelector('dialog [maxlength]').removeAttribute('maxlength')")
    page.get_by_role("textbox", name="Target code").fill("far too long a code")
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator("dialog .error")).to_contain_text("at most 12 characters")
    assert axe(page) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/ui/gallery/", LIST, "/ui/gallery/detail/"])
def test_nothing_runs_off_the_side(page: Page, alice: Any, path: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_at_200_percent_zoom_the_navigation_folds_away_and_opens(page: Page, alice: Any) -> None:
    page.set_viewport_size({"width": 640, "height": 360})  # what 1280x720 is at 200 %
    page.goto(LIST)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    expect(page.get_by_role("link", name="Components")).to_be_hidden()
    page.get_by_role("button", name="Open the navigation").click()
    page.get_by_role("link", name="Components").click()
    expect(page.get_by_role("heading", name="Components", level=1)).to_be_visible()


# --- theme --------------------------------------------------------------------------------------------------
def test_a_chosen_theme_is_kept_and_can_be_given_back_to_the_system(page: Page, alice: Any) -> None:
    page.goto("/ui/gallery/")
    page.locator("summary[aria-label=Theme]").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 20, 23)"
    page.locator("summary[aria-label=Theme]").click()
    page.get_by_role("button", name="As the system").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None


# --- a list by keyboard -------------------------------------------------------------------------------------
def test_rows_are_walked_chosen_and_opened_by_keyboard(page: Page, alice: Any) -> None:
    page.goto(LIST)
    for key in ("j", "j", "x", "j", "x", "k"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    expect(page.locator("[data-row-link]:focus")).to_have_text("person58")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("No target code")


def test_shift_x_selects_through_and_escape_lets_go(page: Page, alice: Any) -> None:
    page.goto(LIST)
    for key in ("j", "x", "j", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("4 selected")
    page.keyboard.press("Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_slash_goes_to_the_search_and_question_mark_to_the_keys(page: Page, alice: Any) -> None:
    page.goto(LIST)
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("j?x")
    expect(page.locator("[data-search]")).to_have_value("j?x")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_pages_turn_by_keyboard_and_by_the_browser_s_back(page: Page, alice: Any) -> None:
    page.goto(LIST)
    page.keyboard.press("n")
    expect(page.locator("[data-row-link]").first).to_have_text("person34")
    page.keyboard.press("p")
    expect(page.locator("[data-row-link]").first).to_have_text("person59")
    page.go_back()
    expect(page.locator("[data-row-link]").first).to_have_text("person34")


# --- filters ------------------------------------------------------------------------------------------------
def test_filters_apply_at_once_and_stand_in_the_url(page: Page, alice: Any) -> None:
    page.goto(LIST)
    page.get_by_label("Kind").select_option("Staff")
    expect(page.locator("[data-row-link]").nth(1)).to_have_text("person54")
    page.get_by_label("Name").fill("person1")
    expect(page.locator("[data-row-link]")).to_have_count(3)
    assert page.url.endswith("?q=person1&staff=True")
    page.get_by_role("link", name="Sign-in").click()
    expect(page.locator("[data-row-link]").first).to_have_text("person12")
    expect(page.locator("[data-export=csv]")).to_have_attribute(
        "href", "?q=person1&staff=True&sort=username&export=csv"
    )
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("[data-row-link]")).to_have_count(25)


def test_the_export_downloads_what_is_shown(page: Page, alice: Any) -> None:
    page.goto(f"{LIST}?q=person1")
    with page.expect_download() as download:
        page.get_by_title("What this list shows, as a file").click()
        page.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 11
    assert lines[1].startswith("person19,")


# --- what a person keeps ------------------------------------------------------------------------------------
def test_a_view_is_kept_under_a_name_and_the_list_opens_with_it(page: Page, alice: Any) -> None:
    page.goto(LIST)
    page.get_by_label("Name", exact=True).fill("person1")
    expect(page.locator("[data-row-link]")).to_have_count(10)
    page.get_by_title("Keep this view, or open another").click()
    page.get_by_label("Keep what you see as").fill("Ones")
    page.get_by_label("Open the list with it").check()
    page.get_by_role("button", name="Keep view").click()

    expect(page.locator(".toast")).to_contain_text("View “Ones” is kept.")
    expect(page.get_by_role("navigation", name="Views").get_by_text("Ones")).to_have_attribute("aria-current", "page")
    page.goto(LIST)
    expect(page.locator("[data-row-link]")).to_have_count(10)
    page.get_by_title("Keep this view, or open another").click()
    page.get_by_label("Forget Ones").click()
    expect(page.locator("[data-row-link]")).to_have_count(25)


def test_columns_are_chosen_and_stay_chosen(page: Page, alice: Any) -> None:
    page.goto(LIST)
    expect(page.get_by_role("columnheader", name="Staff")).to_be_visible()
    page.get_by_title("Choose columns").click()
    page.get_by_label("Staff", exact=True).last.uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Staff")).to_have_count(0)
    page.goto(f"{LIST}?q=person1")
    expect(page.get_by_role("columnheader", name="Staff")).to_have_count(0)
    page.get_by_title("Choose columns").click()
    page.get_by_role("button", name="The usual ones").click()
    expect(page.get_by_role("columnheader", name="Staff")).to_be_visible()


# --- the command palette ------------------------------------------------------------------------------------
def test_the_palette_finds_a_view_by_its_name_and_opens_it_by_keyboard(page: Page, alice: Any) -> None:
    page.goto(LIST)
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Commands")
    expect(palette).to_be_visible()
    page.keyboard.type("staff")
    expect(palette.get_by_role("option").first).to_contain_text("Staff")
    page.keyboard.press("Enter")
    page.wait_for_url("**staff=True**")
    expect(palette).to_be_hidden()


def test_the_palette_is_free_of_barriers_and_offers_every_place(
    page: Page, alice: Any, axe: Callable[[Page], list[str]]
) -> None:
    page.goto(LIST)
    page.get_by_label("Commands", exact=True).first.click()
    page.keyboard.type("compo")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#palette [aria-selected=true]")).to_contain_text("Components")
    assert axe(page) == []


# --- bulk, dialogs, toasts ----------------------------------------------------------------------------------
def test_all_that_match_can_be_chosen_across_pages(page: Page, alice: Any) -> None:
    page.goto(LIST)
    page.get_by_label("Select every row of this page").check()
    expect(page.locator("[data-bulk-count]")).to_have_text("25 selected")
    page.get_by_role("button", name="Select all that match").click()
    page.get_by_role("button", name="Count").click()
    expect(page.locator(".toast")).to_contain_text("61 counted.")
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_a_refusal_is_read_in_the_dialog_and_the_rows_stay_chosen(page: Page, alice: Any) -> None:
    page.goto(LIST)
    page.locator("input[name=ids]").first.check()
    page.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog", name="Change")
    expect(dialog).to_contain_text("This asks first.")
    dialog.get_by_role("button", name="Change").click()
    expect(page.get_by_role("alert")).to_contain_text("The gallery changes nothing.")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")


def test_a_dialog_closes_on_success_and_says_what_happened(page: Page, alice: Any) -> None:
    page.goto("/ui/gallery/detail/")
    page.get_by_role("button", name="Map the code").click()
    page.get_by_role("textbox", name="Target code").fill("CARD")
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("12 held items are released.")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_refresh_keeps_selection_and_place(page: Page, alice: Any) -> None:
    page.goto(LIST)
    for key in ("j", "j", "x", "j"):
        page.keyboard.press(key)
    get_user_model().objects.create(username="newcomer", date_joined=EPOCH + timedelta(days=9))
    page.evaluate("htmx.trigger('#table', 'ui:refresh')")
    expect(page.locator("[data-news]")).to_contain_text("1 new")
    expect(page.locator("[data-row-link]").first).to_have_text("person59")

    page.keyboard.press(".")
    expect(page.locator("[data-row-link]").first).to_have_text("newcomer")
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    expect(page.locator("[data-current] [data-row-link]")).to_have_text("person57")


def test_an_answer_that_refuses_becomes_a_toast(page: Page, alice: Any) -> None:
    page.goto("/ui/gallery/")
    page.evaluate("htmx.ajax('GET', '/ui/gallery/problem/403/', '#dialog')")
    expect(page.locator("#toasts .toast")).to_contain_text("You may not do this")


def test_without_scripts_a_list_still_filters_sorts_and_turns(
    browser: Any, live_server: Any, alice: Any, page: Page
) -> None:
    plain = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    plain.add_cookies(page.context.cookies())
    tab = plain.new_page()
    tab.goto(LIST)
    tab.get_by_role("link", name="Sign-in").click()
    expect(tab.locator("[data-row-link]").first).to_have_text("alice")
    tab.get_by_role("link", name="Next").click()
    expect(tab.locator("[data-row-link]").first).to_have_text("person24")
    tab.get_by_label("Name").fill("person07")
    tab.get_by_role("button", name="Apply").click()
    expect(tab.locator("[data-row-link]")).to_have_count(1)
    plain.close()
