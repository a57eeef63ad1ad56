"""A runbook is used from a case: a feed paused by its button, a lane drained at a rate, and the record is there.

Then the secret of the feed is rotated from the page of its system, and shown this once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from connectors.models import Feed, Lane, System
from exceptions.runbooks import services
from exceptions.runbooks.models import RunbookUse
from hub.core.errors import Outage
from hub.core.parking import Held
from hub.core.sealing import open_json, seal_json
from hub.governance.access import Actor
from tests.exceptions.world import held, parked
from tests.hub.console.cast import make_group, person

pytestmark = pytest.mark.django_db(transaction=True)

BODY = """Everything waits in order; nothing is lost.

- [ ] Take no more from it for a while. {pause-feed}
- [ ] Send what waits gently. {drain}
- [ ] Tell the leads whose queues wait for it.
"""


def test_a_runbook_is_worked_from_its_case_and_everyone_sees_what_was_done(
    page: Page, live_server: Any, sign_in: Callable[[Page, Any], None], axe: Callable[[Page], list[str]]
) -> None:
    make_group()
    Feed.objects.update(sealed_secrets=seal_json(["whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="]))
    services.create(
        code="scheduling-down", title="Scheduling is down", summary="Pause, then drain.", body=BODY,
        bindings=[{"failure_class": "outage"}], actor=Actor.command(), reason="New",
    )  # fmt: skip
    outage = Outage(
        "system-down", "Scheduling does not answer.", cause=("scheduling",), subject={"system": "scheduling"}
    )
    case = parked(held(outage, kind=Held.SYSTEM, facility="", system="scheduling"))
    sign_in(page, person("erin"))
    page.goto(f"/cases/{case.number}/")
    runbook = page.locator("#runbook")
    expect(runbook.get_by_text("0 of 3")).to_be_visible()

    runbook.get_by_role("button", name="Pause the feed").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("It is down")
    dialog.get_by_role("button", name="Pause").click()
    expect(runbook.get_by_text("1 of 3")).to_be_visible()
    assert Feed.objects.get(code="scheduling").state == "paused"

    runbook.get_by_role("button", name="Drain at a rate").click()
    dialog.get_by_label("Deliveries a second").fill("4")
    dialog.get_by_label("Reason").fill("Gently")
    dialog.get_by_role("button", name="Drain").click()
    expect(runbook.get_by_text("2 of 3")).to_be_visible()
    assert Lane.objects.get(system=System.objects.get(code="scheduling")).drain_per_second == 4

    step = runbook.get_by_role("checkbox", name="Tell the leads")
    step.click()
    expect(runbook.get_by_text("3 of 3")).to_be_visible()
    expect(runbook.get_by_role("checkbox", name="Tell the leads")).to_be_checked()
    expect(runbook.get_by_text("erin used “Pause the feed”")).to_be_visible()
    assert axe(page) == []

    page.get_by_role("link", name="Version 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Scheduling is down")
    expect(page.get_by_role("link", name=f"Case {case.number}").first).to_be_visible()
    assert axe(page) == []
    page.goto("/systems/scheduling/")
    page.locator("summary[aria-label=More]").last.click()
    page.get_by_role("button", name="Rotate the secret").click()
    dialog.get_by_label("Type scheduling to confirm").fill("scheduling")
    dialog.get_by_label("Reason").fill("Yearly")
    dialog.get_by_role("button", name="Rotate").click()
    expect(dialog.get_by_text("Copy it now: it is not shown again.")).to_be_visible()
    [fresh, _] = open_json(Feed.objects.get(code="scheduling").sealed_secrets)
    expect(dialog.locator("code")).to_have_text(fresh)
    assert axe(page) == []
    dialog.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text("Secret rotated: scheduling")).to_be_visible()
    assert fresh not in page.content()

    assert list(RunbookUse.objects.order_by("id").values_list("kind", "outcome")) == [
        ("action", "done"), ("action", "done"), ("step", "done"),
    ]  # fmt: skip
