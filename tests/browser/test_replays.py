"""A replay of a thousand in a real browser: previewed, approved by a second person, run at a rate, stopped, reported.

The worker's turns are taken by the test, so that nothing hangs on how fast a machine is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exceptions.replays import work
from exceptions.replays.models import Replay, ReplayRule
from exceptions.replays.states import ReplayState
from hub.records.models import Appointment
from orchestration.models import Run
from tests.hub.console.cast import person
from tests.orchestration.conftest import group, world
from tests.orchestration.world import World, appointment, happen

__all__ = ["group", "world"]

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[Page, Any], None]
MANY, RATE = 1_000, 400
NARROW = {"width": 1280, "height": 720}


@pytest.fixture
def thousand(transactional_db: None, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A thousand visits planned in the ERP, one of them forgotten since; more than five hundred take two people."""
    ReplayRule.objects.all().delete()
    ReplayRule.objects.create(name="Large", items_above=500)
    monkeypatch.setattr("exceptions.replays.preview.SAMPLE", 20)
    for first in range(0, MANY, 100):
        happen(*(appointment(number=str(number)) for number in range(first, first + 100)))
    world.settle()
    Appointment.objects.filter(key="scheduling:0").delete()
    return world


def previewed() -> Replay:
    replay = Replay.objects.get()
    while work.go_on(replay.pk):
        pass
    replay.refresh_from_db()
    assert replay.state == ReplayState.PREVIEWED
    return replay


def press(page: Page, name: str, *, reason: str = "", confirm: str = "") -> None:
    """A button of the page, and the one of its dialog."""
    page.locator(".page-actions").get_by_role("button", name=name, exact=True).or_(
        page.locator(".page-actions").get_by_role("link", name=name, exact=True)
    ).first.click()
    dialog = page.get_by_role("dialog")
    if reason:
        dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=confirm or name, exact=True).click()
    expect(dialog).to_have_count(0)


def look(page: Page, axe: Callable[[Page], list[str]], live_server: Any, name: str) -> None:
    """Nothing for axe to find in either theme, nothing cut off."""
    for theme in ("light", "dark"):
        page.context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
        page.reload()
        page.wait_for_load_state("networkidle")
        assert axe(page) == [], (name, theme)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"replay-{name}-{theme}.png", full_page=True)


def test_a_replay_of_a_thousand_is_previewed_approved_run_and_stopped(
    thousand: World, page: Page, sign_in: SignIn, axe: Callable[[Page], list[str]], live_server: Any
) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    linda, erin = person("linda"), person("erin")
    sign_in(page, linda)
    page.goto("/runs/?workflow=W1")
    page.locator("thead input[type=checkbox]").check()
    page.locator("[data-select-all]").click()
    page.locator(".bulk, .bulk-bar").get_by_role("button", name="Replay").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1,000 rows")
    dialog.get_by_label("Reason").fill("Cost centers were corrected.")
    dialog.get_by_role("button", name="Preview").click()
    page.wait_for_url("**/replays/*/")
    expect(page.get_by_text("The preview is being made in parts")).to_be_visible()
    replay = previewed()

    page.reload()
    expect(page.get_by_text("It needs a second person's approval")).to_be_visible()
    look(page, axe, live_server, "preview")
    press(page, "Ask for approval")
    expect(page.locator(".page-title .badge")).to_have_text("Awaiting approval")
    expect(page.locator(".page-actions").get_by_text("Approve", exact=True)).to_have_count(0)

    sign_in(page, erin)
    page.goto("/notices/")
    page.get_by_role("link", name="linda asks you to approve").click()
    press(page, "Approve")
    expect(page.locator(".page-title .badge")).to_have_text("Approved")
    page.locator(".page-actions").get_by_text("Run", exact=True).click()
    page.get_by_role("dialog").get_by_label("At most so many a second").fill(str(RATE))
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".page-title .badge")).to_have_text("Running")

    work.go_on(replay.pk)
    page.locator(".page-actions").get_by_role("button", name="Pause").click()
    expect(page.locator(".page-title .badge")).to_have_text("Paused")
    thousand.settle()
    work.go_on(replay.pk)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", str(RATE), timeout=20_000)
    look(page, axe, live_server, "paused")
    press(page, "Stop", reason="The rest is right already.")
    expect(page.locator(".page-title .badge")).to_have_text("Stopping")
    while work.go_on(replay.pk):
        pass
    expect(page.locator(".page-title .badge")).to_have_text("Stopped", timeout=20_000)
    expect(page.get_by_text("The replay was stopped before its turn.")).to_be_visible()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("The report holds")).to_be_visible()
    look(page, axe, live_server, "report")
    page.get_by_role("link", name="Items").first.click()
    page.get_by_role("link", name="Failed").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    look(page, axe, live_server, "items")
    replay.refresh_from_db()
    assert replay.report["items"] == {"done": RATE - 1, "failed": 1, "left_out": MANY - RATE}
    assert Run.objects.filter(generation=2).count() == RATE
    assert (len(thousand.erp.books), set(thousand.erp.times().values())) == (MANY, {1})
