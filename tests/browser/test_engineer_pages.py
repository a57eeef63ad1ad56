"""The pages of runs, messages, journeys, systems, ledger and audit in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from connectors import lanes, selectors
from connectors.models import System
from exceptions.reconciliation import tie_out as reconciliation
from exceptions.replays import work
from hub.ledger.models import Entry
from orchestration.models import Run
from tests.browser.test_replays import press, previewed
from tests.hub.console.cast import last_audit, person
from tests.hub.console.flow import MEMBER, SURNAME, WHOLE, Flow, live, nothing_of_a_patient
from tests.hub.console.test_ledger import MirrorErp
from tests.orchestration.world import FakeSystem, World

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[Page, Any], None]
NARROW = {"width": 1280, "height": 720}


@pytest.fixture
def lived(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """The week of the console's tests, committed, so that the server sees it."""
    world = World(FakeSystem(), FakeSystem(), FakeSystem(max_batch=16))
    monkeypatch.setattr(lanes, "client", world.client)
    live(world)
    selectors.forget_feeds()
    return Flow(world)


def pages(flow: Flow) -> dict[str, list[str]]:
    """Whose pages to walk."""
    entry = Entry.objects.get(kind="claim_payment")
    return {
        "linda": [
            "/runs/", f"/runs/{flow.billed.pk}/", f"/runs/{flow.parked.pk}/", f"/runs/{flow.billed.pk}/replay/",
            "/messages/", f"/messages/{flow.unmapped.pk}/", f"/messages/{flow.remittance.pk}/", "/journeys/",
            f"/journeys/{flow.whole.pk}/", f"/journeys/{flow.stuck.pk}/", "/systems/", "/systems/erp/", "/ledger/",
            f"/ledger/{entry.pk}/", "/ledger/tie-outs/", "/search/", "/tokens/",
        ],
        "audrey": ["/audit/", f"/audit/{last_audit().sequence}/"],
        "erin": [f"/messages/{flow.booking.pk}/reveal/", "/systems/erp/pause/"],
    }  # fmt: skip


def test_no_page_shows_a_patient_or_is_cut_off(lived: Flow, page: Page, sign_in: SignIn) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for name, paths in pages(lived).items():
        sign_in(page, person(name))
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is too wide"
            assert nothing_of_a_patient(page.content()), path
            assert WHOLE not in page.url


def test_an_engineer_follows_a_parked_run_and_replays_from_a_step(lived: Flow, page: Page, sign_in: SignIn) -> None:
    sign_in(page, person("linda"))
    page.goto(f"/runs/{lived.billed.pk}/")
    page.get_by_role("link", name="Post the receivable").first.click()
    fold = page.locator("details", has=page.locator("summary", has_text="Post the receivable"))
    fold.locator("summary").click()
    expect(fold.get_by_text("journal.post").first).to_be_visible()

    page.get_by_role("button", name="Replay").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("From step").select_option("receivable")
    dialog.get_by_label("Reason").fill("After a look at the books")
    dialog.get_by_role("button", name="Preview").click()

    page.wait_for_url("**/replays/*/")
    replay = previewed()
    page.reload()
    expect(page.get_by_text("2 done before")).to_be_visible()
    press(page, "Run")
    work.go_on(replay.pk)
    assert Run.objects.get(pk=lived.billed.pk).generation == 2


def test_a_number_typed_into_the_search_box_leads_to_the_journey_and_stays_out_of_the_address(
    lived: Flow, page: Page, sign_in: SignIn
) -> None:
    sign_in(page, person("linda"))
    page.goto("/runs/")
    page.keyboard.press("/")
    page.keyboard.type(WHOLE)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Journey •••0311")
    assert WHOLE not in page.url
    page.get_by_role("link", name="Remittance").click()
    expect(page.get_by_text("CO-45")).to_be_visible()


def test_the_glass_is_broken_with_a_reason_and_closes_again(lived: Flow, page: Page, sign_in: SignIn) -> None:
    sign_in(page, person("erin"))
    page.goto(f"/messages/{lived.remittance.pk}/")
    assert SURNAME not in page.content()
    page.get_by_role("link", name="Break the glass").click()
    page.get_by_label("Reason").fill("The payer asks about this claim")
    page.get_by_role("button", name="Show it, and keep a record").click()

    expect(page.get_by_text("You see patient data in the clear.")).to_be_visible()
    expect(page.locator(".payload")).to_contain_text(MEMBER)
    page.get_by_role("link", name="Back to the masked message").click()
    expect(page.locator(".payload")).not_to_contain_text(SURNAME)
    assert last_audit().action == "message.break_glass"


def test_a_system_is_paused_from_its_page(lived: Flow, page: Page, sign_in: SignIn) -> None:
    sign_in(page, person("erin"))
    page.goto("/systems/")
    page.get_by_role("link", name="ERP", exact=True).click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Month-end close")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()

    expect(page.get_by_text("ERP is paused.")).to_be_visible()
    expect(page.get_by_text("Month-end close")).to_be_visible()
    assert System.objects.get(code="erp").state == "paused"


def test_finance_compares_the_books_and_an_auditor_verifies_the_chain(
    lived: Flow, page: Page, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "client", lambda system: MirrorErp())
    sign_in(page, person("frank"))
    page.goto("/ledger/tie-outs/")
    page.get_by_role("button", name="Compare now").click()
    expect(page.get_by_text("the books agree to the cent")).to_be_visible()
    expect(page.get_by_text("Ties out").first).to_be_visible()

    sign_in(page, person("audrey"))
    page.goto("/audit/")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("The chain holds").first).to_be_visible()


def test_a_token_is_issued_from_the_menu_and_shown_once(lived: Flow, page: Page, sign_in: SignIn) -> None:
    sign_in(page, person("linda"))
    page.goto("/runs/")
    page.locator("summary", has_text="Linda Park").click()
    page.get_by_role("link", name="API tokens").click()
    page.get_by_role("button", name="Issue a token").click()
    expect(page.get_by_text("it is not shown again")).to_be_visible()

    page.goto("/tokens/")
    expect(page.get_by_text("it is not shown again")).not_to_be_visible()
    page.goto("/api/v1/docs/")
    expect(page.get_by_role("heading", name="Throughline API").first).to_be_visible()
