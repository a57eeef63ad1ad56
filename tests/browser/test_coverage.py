"""Coverage in a real browser: nothing for axe to find, nothing cut off, a proposal one click from the missing code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub.core.clock import today
from hub.masterdata.code_models import CodeDay, LocalCode
from hub.masterdata.models import Mapping
from tests.exceptions.world import held, parked, unmapped
from tests.hub.console.cast import make_group, person

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 1280, "height": 720}
PAGES = ("", "codes/?system=scheduling&facility=C07", "never-seen/", "unused/", "unmapped/")


@pytest.fixture
def sent(transactional_db: None) -> None:
    make_group()
    for code, count in (("CARDIO", 900), ("PT-REHAB", 30)):
        CodeDay.objects.create(
            day=today(), domain="department", system="scheduling", facility="C07", local_code=code, count=count
        )
    LocalCode.objects.create(domain="department", system="scheduling", facility="C07", local_code="PED", name="Kids")
    parked(*(held(unmapped("PT-REHAB"), amount="210.00") for _ in range(3)))


def test_what_is_missing_is_proposed_where_it_is_shown(
    sent: None,
    page: Page,
    sign_in: Callable[[Page, Any], None],
    axe: Callable[[Page], list[str]],
    live_server: Any,
) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    sign_in(page, person("stella"))
    for path in PAGES:
        for theme in ("light", "dark"):
            page.context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
            page.goto(f"/mappings/coverage/{path}")
            page.wait_for_load_state("networkidle")
            assert axe(page) == [], (path, theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path

    page.get_by_role("button", name="Propose", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Local code")).to_have_value("PT-REHAB")
    expect(dialog.get_by_label("Means")).to_have_value("department:PHYS")
    expect(dialog.get_by_label("Note")).to_have_value("80 % sure: 1 of 1 clinic maps PT-REHAB to PHYS (C05)")
    dialog.get_by_role("button", name="Propose").click()
    page.wait_for_url("**/mappings/*/")
    assert Mapping.objects.get(facility="C07", local_code="PT-REHAB").canonical_code == "PHYS"
