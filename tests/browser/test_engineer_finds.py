"""An engineer's morning in a real browser: find a message by its number, compare two runs, take a fixture along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from connectors import lanes, selectors
from orchestration.models import Run
from tests.hub.console.cast import last_audit, person
from tests.hub.console.flow import WHOLE, Flow, live, nothing_of_a_patient
from tests.orchestration.world import FakeSystem, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lived(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Flow:
    world = World(FakeSystem(), FakeSystem(), FakeSystem(max_batch=16))
    monkeypatch.setattr(lanes, "client", world.client)
    live(world)
    selectors.forget_feeds()
    return Flow(world)


def test_a_message_is_found_two_runs_are_compared_and_a_fixture_is_made(
    lived: Flow, page: Page, sign_in: Callable[[Page, Any], None], axe: Callable[[Page], list[str]], live_server: Any
) -> None:
    run = Run.objects.get(workflow="W1", journey_id=lived.whole.pk, event_type="appointment.booked")
    sign_in(page, person("erin"))

    page.goto("/runs/")
    page.keyboard.press("/")
    page.keyboard.type("w-2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("w-2")
    expect(page.get_by_text("HTTP 202, accepted")).to_be_visible()
    assert "w-2" not in page.url
    looked_at(page, axe, live_server)

    page.get_by_role("link", name="Make a fixture").click()
    page.get_by_label("Reason").fill("A department that nobody has mapped")
    page.get_by_label("Give it").select_option("shown")
    page.get_by_role("button", name="Make the fixture").click()
    expect(page.get_by_text("Nobody is left in it.")).to_be_visible()
    expect(page.locator(".payload")).to_contain_text("PT-REHAB")
    looked_at(page, axe, live_server)
    page.go_back()
    page.get_by_label("Reason").fill("A department that nobody has mapped")
    page.get_by_label("Give it").select_option("file")
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the fixture").click()
    assert nothing_of_a_patient(Path(download.value.path()).read_text())
    assert last_audit().action == "message.fixture"

    page.goto(f"/runs/{run.pk}/")
    expect(page.get_by_text("What the request was made of")).to_have_count(0)  # a table's name, for those who listen
    expect(page.get_by_role("region", name="Codes of the source and what they became")).to_be_visible()
    expect(page.locator("mark").first).to_be_visible()
    looked_at(page, axe, live_server)

    page.get_by_role("link", name="Compare").click()
    page.get_by_label("or with the run of this id").fill(str(lived.parked.pk))
    page.get_by_role("button", name="Compare").last.click()
    expect(page.get_by_text("steps differ.")).to_be_visible()
    assert WHOLE not in page.content()
    looked_at(page, axe, live_server)


def looked_at(page: Page, axe: Callable[[Page], list[str]], live_server: Any) -> None:
    """Nothing for axe to say, in either theme."""
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        page.wait_for_load_state("networkidle")
        assert axe(page) == [], (page.url, theme)
    assert nothing_of_a_patient(page.content())
