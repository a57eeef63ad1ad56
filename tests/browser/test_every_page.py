"""Every page that can be reached by a link, looked at once: axe in both themes, and room at every size.

The addresses are gathered by following links, one for each view; so a page that is added later is walked too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from connectors import lanes, selectors
from connectors.models import Lane
from exceptions.models import Case
from exceptions.reconciliation import tie_out as reconciliation
from exceptions.runbooks.first_load import FIRST_LOAD, install
from hub.core.clock import now
from hub.core.errors import Outage
from hub.core.parking import Held
from hub.governance.access import Actor, Door
from hub.governance.models import Grant
from hub.governance.roles import Role
from hub.kpis import services as kpis
from tests.exceptions.world import held, no_charge, parked
from tests.hub.console.flow import live
from tests.hub.console.refused import denial
from tests.hub.console.test_ledger import MirrorErp
from tests.orchestration.world import FakeSystem, World

# Some ninety pages, each four times over: minutes where the machine is busy.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

#: Where to begin, beside the navigation: what no link leads to in a quiet week.
FIRST = (
    "/",
    "/search/",
    "/tokens/",
    "/cases/?queue=denials",
    "/audit/?actor=nobody",
    "/systems/erp/",
    "/no-such-page/",
)
#: Not pages: files, and parts that a page fetches.
NOT_PAGES = re.compile(r"^/(api|admin|static|in|healthz|sign-out|ui)\b|export=|/template/|/files/|/payload/$|/bench/")
_LINK = re.compile(r'href="(/[^"#]*)')
#: 720 is 1440 at a zoom of 200 %; the others are a laptop and a tablet held both ways.
WIDTHS = (1280, 1024, 768, 720)


@pytest.fixture
def anybody(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """Someone who holds every role everywhere, after the week of the console's tests and a bad morning."""
    world = World(FakeSystem(), FakeSystem(), FakeSystem(max_batch=16))
    monkeypatch.setattr(lanes, "client", world.client)
    monkeypatch.setattr(reconciliation, "client", lambda system: MirrorErp())
    live(world)
    selectors.forget_feeds()
    install(FIRST_LOAD)
    parked(held(no_charge(), amount="412.50"))
    outage = Outage("system-down", "ERP does not answer.", cause=("erp",), subject={"system": "erp"})
    parked(held(outage, kind=Held.SYSTEM, facility="", system="erp"))
    Lane.objects.filter(system__code="erp").update(breaker="open", opened_at=now())
    denial("A7000444", "310.00")
    user = User.objects.create_user("ada", first_name="Ada", last_name="Everywhere")
    Grant.objects.bulk_create(Grant(user=user, role=role) for role in Role.values if role != Role.MACHINE)
    kpis.refresh()
    reconciliation.tie_out(actor=Actor.of(user, Door.PAGE))
    return user


def gather(user: User) -> list[str]:
    """One address for each view, and each of the first ones, by following links breadth first."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cases = Case.objects.order_by("id").values_list("number", flat=True)
    waiting = [*FIRST, *(f"/cases/{number}/" for number in cases)]
    first, known, found = set(waiting), set(), []
    for address in waiting:  # grows while it is walked
        kind = address if address in first else _view(address)
        if kind in known or NOT_PAGES.search(address):
            continue
        known |= {kind, _view(address)}
        answer = client.get(address)
        if answer.status_code == 405 or not answer["Content-Type"].startswith("text/html"):
            continue
        found.append(address)
        if answer.status_code == 200:
            waiting += [unescape(link) for link in _LINK.findall(answer.content.decode())]
    return found


def _view(address: str) -> str:
    try:
        return resolve(address.partition("?")[0]).view_name
    except Resolver404:
        return address


def _axe(page: Page, rules: list[str] | None = None) -> list[str]:
    options: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    if rules:
        options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [_words(rule["id"], node) for rule in found for node in rule["nodes"]]


def _words(rule: str, node: dict[str, Any]) -> str:
    return f"{rule}: {node['html'][:160]} [{node.get('failureSummary', '')[:200]}]"


def _settled(page: Page) -> None:
    """Parts that are fetched after the page are there, or said why not."""
    expect(page.locator("[hx-trigger=load]")).to_have_count(0)


def _at_every_width(page: Page) -> list[str]:
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 450 if width == 720 else 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            faults.append(f"{wide} pixels wide in a window of {width}")
    page.set_viewport_size({"width": 1440, "height": 900})
    return faults


def look_at(page: Page, address: str) -> list[str]:
    """Everything that is wrong with one page."""
    page.goto(address)
    _settled(page)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    faults = _axe(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    faults += [f"dark: {fault}" for fault in _axe(page, ["color-contrast"])]
    if page.locator("h1").count() != 1:
        faults.append(f"{page.locator('h1').count()} first headings")
    if not page.title().endswith("Throughline") or len(page.title()) < 14:
        faults.append(f"called {page.title()!r}")
    return [f"{address}: {fault}" for fault in (*faults, *_at_every_width(page))]


#: Of what has the focus: what is wrong with how it is shown.
_FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  if (one === document.body) return "";
  const seen = style.outlineStyle !== "none" || style.boxShadow !== "none" || one.type === "search";
  const x = Math.max(0, box.left) + Math.min(box.width, 20) / 2, y = box.top + Math.min(box.height, 20) / 2;
  const top = document.elementFromPoint(x, y);
  const free = top && (one.contains(top) || top.contains(one) || top.closest("label")?.control === one);
  return (seen ? "" : "no focus to be seen ") + (free ? "" : "covered or out of sight ") + one.outerHTML.slice(0, 120);
}"""


def by_keyboard(page: Page, address: str, steps: int = 45) -> list[str]:
    """Walk a page with the tab key alone: the first stop skips the navigation, and each stop is seen."""
    page.goto(address)
    _settled(page)
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    faults = [] if first == "skip-link" else [f"begins at {first}"]
    for _ in range(steps):
        page.keyboard.press("Tab")
        said = page.evaluate(_FOCUS)
        if said.startswith(("no focus", "covered")):
            faults.append(said)
    return [f"{address} by keyboard: {fault}" for fault in faults]


def test_every_page_is_accessible_in_both_themes_and_fits_every_window(
    anybody: User, page: Page, live_server: Any, sign_in: Callable[[Page, Any], None]
) -> None:
    addresses = gather(anybody)
    assert len(addresses) > 60
    sign_in(page, anybody)
    faults = [fault for address in addresses for fault in look_at(page, address)]
    case = Case.objects.get(failure_class="outage")
    for address in ("/cases/", f"/cases/{case.number}/", "/systems/erp/"):
        faults += by_keyboard(page, address)
    assert faults == []
