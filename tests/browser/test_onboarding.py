"""A clinic taken in by a steward and two engineers in a real browser, from nothing to its first live message."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from standardwebhooks.webhooks import Webhook

from connectors.selectors import forget_feeds
from hub.core.clock import machine_now
from hub.core.npi import with_check_digit
from hub.governance.models import Grant
from hub.onboarding.models import Onboarding
from hub.records.models import Appointment
from orchestration import inbound
from tests.hub.console.cast import person
from tests.hub.onboarding.clinic import CODES, booking, make_world

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 1280, "height": 720}
STEPS = ("facility", "feeds", "codes", "coverage", "dry-run", "go-live")


@pytest.fixture
def world(transactional_db: None) -> None:
    make_world()
    forget_feeds()
    Grant.objects.create(user=person("nora"), role="engineer")


def test_a_clinic_is_taken_in_from_nothing_to_its_first_message(
    world: None,
    page: Page,
    sign_in: Callable[[Page, Any], None],
    axe: Callable[[Page], list[str]],
    live_server: Any,
) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    begin(page, sign_in)
    home = re.sub(r"[a-z-]+/$", "", page.url)
    describe(page)
    secret = add_system(page, sign_in, home)
    list_and_map(page, sign_in, home)
    rehearse(page, home)
    look(page, axe, live_server, home)
    go_live(page, sign_in, home)
    arrive(live_server, secret)


def begin(page: Page, sign_in: Callable[[Page, Any], None]) -> None:
    sign_in(page, person("stella"))
    page.goto("/onboarding/")
    page.get_by_role("button", name="Take a facility in").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Code").fill("C12")
    dialog.get_by_label("Name").fill("Northwest Clinic")
    dialog.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/facility/")


def describe(page: Page) -> None:
    for label, text in {
        "Billing NPI": with_check_digit("183000209"), "Tax id": "364410028", "Street": "1 Main Street",
        "City": "Northlake", "State": "IL", "ZIP code": "60164",
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The facility is described.")).to_be_visible()
    place = page.locator("form", has=page.get_by_role("button", name="Add the location"))
    place.get_by_label("Name").fill("Main")
    page.get_by_role("button", name="Add the location").click()
    expect(page.get_by_text("The location was added.")).to_be_visible()


def add_system(page: Page, sign_in: Callable[[Page, Any], None], home: str) -> str:
    page.goto(f"{home}codes/")
    expect(page.get_by_text("This step needs a feed first.")).to_be_visible()
    sign_in(page, person("erin"))
    page.goto(f"{home}feeds/")
    form = page.locator("form", has=page.get_by_role("button", name="Add the system"))
    form.get_by_label("Name", exact=True).fill("Northwest scheduling")
    form.get_by_role("button", name="Add the system").click()
    expect(page.get_by_text("It is shown this once.")).to_be_visible()
    secret = page.locator(".notice code").inner_text()
    page.goto(f"{home}feeds/")
    expect(page.get_by_text(secret)).to_have_count(0)
    expect(page.get_by_role("region", name="Feeds")).to_contain_text("POST /in/v1/scheduling-c12")
    return secret


def list_and_map(page: Page, sign_in: Callable[[Page, Any], None], home: str) -> None:
    sign_in(page, person("stella"))
    page.goto(f"{home}codes/")
    page.get_by_label("File").set_input_files({"name": "codes.csv", "mimeType": "text/csv", "buffer": CODES})
    page.get_by_role("button", name="Keep the list").click()
    expect(page.get_by_text("3 codes listed.")).to_be_visible()
    page.get_by_role("link", name="Coverage", exact=True).last.click()
    # The clinic's own code, and names that are alike where the group's own system says the same, are clear.
    expect(page.get_by_label("What PT-REHAB means")).to_have_value("PHYS")
    expect(page.get_by_text("scheduling uses the same code for it").first).to_be_visible()
    page.get_by_role("button", name="Propose the chosen").click()
    expect(page.get_by_text("3 in effect, 0 wait for a second person.")).to_be_visible()
    page.goto(f"{home}facility/")
    page.get_by_role("button", name="Add the missing").click()
    expect(page.get_by_text("2 cost centers added.")).to_be_visible()


def rehearse(page: Page, home: str) -> None:
    page.goto(f"{home}dry-run/")
    page.get_by_label("Or paste messages").fill(booking(1, department_code="NEW").decode())
    page.get_by_role("button", name="Run them dry").click()
    expect(page.get_by_role("region", name="Missing codes")).to_contain_text("NEW")
    page.get_by_label("Files").set_input_files(
        [{"name": f"{number}.json", "mimeType": "application/json", "buffer": booking(number)} for number in (1, 2)]
    )
    page.get_by_role("button", name="Run them dry").click()
    expect(page.get_by_role("region", name="Messages of the dry run")).to_contain_text("Goes through")
    expect(page.get_by_text("Everything went through, and was taken back.")).to_be_visible()
    assert not Appointment.objects.exists()


def look(page: Page, axe: Callable[[Page], list[str]], live_server: Any, home: str) -> None:
    """Nothing for axe to find in either theme, and nothing cut off."""
    for path in ("/onboarding/", *(f"{home}{step}/" for step in STEPS)):
        for theme in ("light", "dark"):
            page.context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert axe(page) == [], (path, theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path


def go_live(page: Page, sign_in: Callable[[Page, Any], None], home: str) -> None:
    sign_in(page, person("erin"))
    page.goto(f"{home}go-live/")
    page.get_by_role("button", name="Declare it ready").click()
    page.get_by_role("dialog").get_by_role("button", name="Declare it ready").click()
    expect(page.locator(".page-title .badge")).to_have_text("Waits for a second person")
    expect(page.get_by_role("button", name="Go live")).to_have_attribute("aria-disabled", "true")
    sign_in(page, person("nora"))
    page.reload()
    page.get_by_role("button", name="Go live").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Everything is so.")
    dialog.get_by_role("button", name="Go live").click()
    expect(page.locator(".page-title .badge")).to_have_text("Live")
    assert Onboarding.objects.get().live_by == "nora"


def arrive(live_server: Any, secret: str) -> None:
    """The sender's first real message, signed with the secret that it was given."""
    body, moment = booking(9).decode(), machine_now()
    signature = Webhook(base64.b64decode(secret.removeprefix("whsec_"))).sign("first-1", moment, body)
    headers = {
        "content-type": "application/json",
        "webhook-id": "first-1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }
    answer = httpx.post(f"{live_server.url}/in/v1/scheduling-c12", content=body, headers=headers, timeout=10)
    assert answer.status_code == 202, answer.text
    assert json.loads(answer.text)["outcome"] == "accepted"
    inbound.process()
    assert Appointment.objects.get().facility == "C12"
