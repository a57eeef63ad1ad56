"""Each role in a real browser: every place that the navigation offers opens, and what lies elsewhere stays unsaid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_work import walk_in
from tests.exceptions.world import held, no_charge, parked
from tests.hub.console.cast import PEOPLE, make_group, person

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[Page, Any], None]
#: What each role's day is made of must be among what it is offered.
NEEDS = {
    "sandra": {"Work queue", "Denials", "Journeys"},
    "linda": {"Work queue", "Runs", "Ledger"},
    "frank": {"Ledger", "Tie-out", "KPIs"},
    "stella": {"Mappings", "Decision tables"},
    "erin": {"Runs", "Messages", "Systems"},
    "audrey": {"Audit", "Ledger"},
    "xavier": {"KPIs"},
    "nora": set(),
}


@pytest.fixture(autouse=True)
def group(transactional_db: None) -> None:
    make_group()


def test_every_place_that_a_role_is_offered_opens(page: Page, sign_in: SignIn, live_server: Any) -> None:
    parked(held(no_charge(), facility="C07", amount="240.00"))
    for name, needed in NEEDS.items():
        sign_in(page, person(name))
        page.goto("/")
        links = page.locator(".nav-list a")
        offered = {link.locator(".nav-text").inner_text(): link.get_attribute("href") for link in links.all()}
        assert needed <= set(offered), name
        for label, path in offered.items():
            answer = page.goto(str(path))
            assert answer is not None
            assert answer.status == 200, f"{name}: {label}"
            expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_specialist_sees_the_cases_of_their_facilities_and_a_link_elsewhere_says_nothing(
    page: Page, live_server: Any
) -> None:
    own = parked(held(no_charge(), facility="C07", amount="240.00"))
    other = parked(held(no_charge(), facility="C05", amount="999.00"))
    walk_in(page, "sandra")
    page.get_by_role("link", name="Work queue").click()
    expect(page.locator("[data-row-link]")).to_have_count(1)
    expect(page.locator("#table")).not_to_contain_text("999")

    answer = page.goto(f"/cases/{other.number}/")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_contain_text("outside your facilities")
    for secret in ("C05", "999", "Completed visit", str(other.number)):
        assert secret not in page.locator("main").inner_text()

    page.goto(f"/cases/{own.number}/")
    expect(page.get_by_role("button", name="Take")).to_be_visible()
    expect(page.get_by_role("button", name="Assign")).to_have_count(0)


def test_the_cast_of_this_walk_is_everybody() -> None:
    """Stuart and Simon do what Stella and Sandra do."""
    assert set(NEEDS) == {name for name, *_ in PEOPLE} - {"stuart", "simon"}
