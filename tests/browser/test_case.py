"""The case page in a real browser: one fix for two facilities, a record put right by one person or by two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from connectors.models import Message
from exceptions import releases, settling
from exceptions.models import Case
from orchestration import inbound
from tests.browser.test_work import choose_theme
from tests.hub.console.cast import appointment, approved, make_group, person

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT = "2026-11-09T10:30:00-06:00"


@pytest.fixture(autouse=True)
def group(transactional_db: None) -> None:
    make_group()


def test_one_fix_lets_go_of_what_two_facilities_hold(
    page: Page, sign_in: Callable[[Page, Any], None], axe: Callable[[Page], list[str]]
) -> None:
    for number in range(1, 13):
        appointment(number, department="NEURO", clinic=("nl-C05", "nl-C07")[number % 2])
    inbound.process()
    first = Case.objects.filter(code="unmapped-department").order_by("number")[0]
    assert sorted(Case.objects.values_list("facility", "held")) == [("C05", 6), ("C07", 6)]

    sign_in(page, person("stella"))
    page.goto(f"/cases/{first.number}/")
    expect(page.locator(".payload mark")).to_have_text("NEURO")
    for theme in ("dark", "light"):
        choose_theme(page, theme)
        expect(page.locator(".payload mark")).to_be_visible()
        assert axe(page) == []
    page.get_by_label("Another code").select_option("CARD")
    page.get_by_label("At every facility, not only here").check()
    page.get_by_role("button", name="Map and release").click()

    expect(page.locator("#release")).to_contain_text("What waits for it is about to go on.")
    # What the worker does, step by step, so that each can be seen.
    releases.release_mapped()
    releases.release_due()
    expect(page.locator("#release")).to_contain_text("0 held, 6 on the way, 0 gone through.")
    inbound.process()
    settling.settle()
    expect(page.locator(".page-title .badge")).to_have_text("Resolved")
    expect(page.locator(".timeline")).to_contain_text("Resolved by itself: all 6 held went through.")
    assert set(Message.objects.values_list("state", flat=True)) == {"processed"}
    assert set(Case.objects.values_list("state", "resolution")) == {("resolved", "fixed")}


def test_a_record_is_put_right_and_a_second_person_agrees_where_it_takes_two(
    page: Page, sign_in: Callable[[Page, Any], None], axe: Callable[[Page], list[str]]
) -> None:
    approved("department", "PT-REHAB", "PHYS", facility="C07")
    appointment(1, start_time="nine-ish")
    appointment(2, account_number=12)
    inbound.process()
    late, wrong = Case.objects.order_by("number")

    sign_in(page, person("frank"))
    page.goto(f"/cases/{late.number}/")
    expect(page.locator(".payload mark")).to_be_visible()
    assert "A700001" not in page.content()
    for theme in ("dark", "light"):
        choose_theme(page, theme)
        assert axe(page) == []
    correct = page.locator("#correct")
    correct.get_by_label("/start_time").fill("half past ten")
    correct.get_by_label("Reason").fill("The clinic read it to me")
    correct.get_by_role("button", name="Correct and go on").click()
    expect(page.get_by_role("dialog")).to_contain_text("could still not be understood")
    page.get_by_role("dialog").get_by_label("/start_time").fill(RIGHT)
    page.get_by_role("dialog").get_by_role("button", name="Correct and go on").click()
    expect(page.locator(".toast")).to_contain_text("Corrected, with the original kept")
    expect(page.get_by_text("Corrected: /start_time. The clinic read it to me")).to_be_visible()

    page.goto(f"/cases/{wrong.number}/")
    page.locator("#correct").get_by_label("/account_number").fill("A700002")
    page.locator("#correct").get_by_label("Reason").fill("A letter is missing")
    page.locator("#correct").get_by_role("button", name="Ask for it").click()
    expect(page.locator("#asked")).to_contain_text("Frank Weber asks to correct /account_number")
    sign_in(page, person("linda"))
    page.goto(f"/cases/{wrong.number}/")
    page.locator("#asked").get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.locator(".toast")).to_contain_text("Approved, and carried out.")
    inbound.process()
    settling.settle()
    page.reload()
    expect(page.locator(".page-title .badge")).to_have_text("Resolved")
    assert set(Message.objects.values_list("state", flat=True)) == {"processed"}
