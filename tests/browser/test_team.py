"""A lead's morning in a real browser: a team is made and filled, a rule leads a case there and it finds its owner; the
owner goes away and hands over; an answer is put into a comment, and a case is linked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exceptions.alerts import services as alerts
from exceptions.models import Case
from exceptions.states import AlertEvent
from exceptions.teams.assignment import assign_waiting
from exceptions.teams.models import Team
from hub.core.clock import now
from hub.governance.access import Actor, Door
from tests.exceptions.world import held, no_charge, parked, unmapped
from tests.hub.console.cast import make_group, person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lead_makes_a_team_and_its_cases_find_their_owners(
    page: Page, live_server: Any, sign_in: Callable[[Page, Any], None], axe: Callable[[Page], list[str]]
) -> None:
    make_group()
    for name in ("linda", "sandra", "erin"):
        person(name)
    sign_in(page, person("linda"))
    page.goto("/team/")
    page.get_by_role("button", name="New team").first.click()
    dialog = page.get_by_role("dialog", name="New team")
    dialog.get_by_label("Name").fill("Billing")
    dialog.get_by_role("radio", name="In turn").check()
    dialog.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Billing")
    page.get_by_role("button", name="Add a member").click()
    dialog = page.get_by_role("dialog", name="Add a member")
    dialog.get_by_label("Person").select_option("Sandra Meyer")
    dialog.get_by_role("button", name="Add").click()
    expect(page.locator("#members")).to_contain_text("Sandra Meyer")

    page.goto("/team/rules/")
    page.get_by_role("button", name="Routing rule").click()
    dialog = page.get_by_role("dialog", name="New routing rule")
    dialog.get_by_label("Queue").select_option("Unbilled and claims")
    dialog.get_by_label("Goes to").select_option("Billing")
    dialog.get_by_role("button", name="Keep").click()
    expect(page.locator("#routing")).to_contain_text("Unbilled and claims")
    case, cause = parked(held(no_charge(), amount="412.50")), parked(held(unmapped()))
    assert assign_waiting() == 1

    page.goto("/team/")
    page.get_by_role("link", name="Billing").click()
    page.locator("#members").get_by_role("button", name="Absence of Sandra Meyer").click()
    dialog = page.get_by_role("dialog", name="Absence of Sandra Meyer")
    dialog.get_by_label("First day away").fill(f"{now().date() - timedelta(days=1)}")
    dialog.get_by_label("Last day away").fill(f"{now().date() + timedelta(days=1)}")
    dialog.get_by_label("Stands in").select_option("Erin Walsh")
    dialog.get_by_role("button", name="Keep").click()
    expect(page.locator(".toast")).to_contain_text("1 open case can be handed over below.")
    page.locator("#away").get_by_role("button", name="Hand over the cases of Sandra Meyer").click()
    dialog = page.get_by_role("dialog", name="Hand over the cases of Sandra Meyer")
    expect(dialog.get_by_label("Give them to")).to_have_value(str(person("erin").pk))
    dialog.get_by_role("textbox", name="Reason").fill("Sandra is away.")
    dialog.get_by_role("button", name="Hand over").click()
    expect(page.locator(".toast")).to_contain_text("1 case handed to Erin Walsh.")
    assert Case.objects.get(pk=case.pk).owner == person("erin")

    page.goto("/team/answers/")
    page.get_by_role("button", name="New answer").first.click()
    dialog = page.get_by_role("dialog", name="New answer")
    dialog.get_by_label("Name").fill("Payer asked")
    dialog.get_by_label("Text").fill("Called the payer.")
    dialog.get_by_role("button", name="Keep").click()
    expect(page.locator(".toast")).to_contain_text("Kept.")
    page.goto(f"/cases/{case.number}/")
    page.get_by_label("Ready-made answer").select_option("Payer asked")
    page.get_by_role("button", name="Insert").click()
    dialog = page.get_by_role("dialog", name="Comment")
    expect(dialog.get_by_label("Comment", exact=True)).to_have_value("Called the payer.")
    dialog.get_by_role("button", name="Comment").click()
    expect(page.locator(".timeline-quote")).to_have_text("Called the payer.")
    page.goto(f"/cases/{case.number}/link/")
    page.get_by_role("radio", name="Caused by").check()
    page.get_by_label("Case number").fill(str(cause.number))
    page.get_by_role("button", name="Link").click()
    expect(page.locator("#linked")).to_contain_text(f"Caused by case {cause.number}")

    made, _ = alerts.save_endpoint(
        actor=Actor.of(person("linda"), Door.PAGE), name="Chat", url="https://chat.example/", events=[AlertEvent.OPENED]
    )
    parked(held(no_charge()))
    team = Team.objects.get()
    for path in (
        "/team/",
        f"/team/{team.pk}/",
        "/team/rules/",
        "/team/people/sandra/hours/",
        f"/team/alerts/{made.pk}/",
    ):
        for theme in ("light", "dark"):
            page.context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
            page.goto(path)
            assert axe(page) == [], (path, theme)
        page.set_viewport_size({"width": 1280, "height": 720})
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
