"""Runbooks in the console: who reads and writes them, and what their buttons do and keep."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from connectors.models import Lane, System
from exceptions.models import Case
from exceptions.runbooks.first_load import install
from exceptions.runbooks.models import Runbook, RunbookUse
from exceptions.runbooks.reading import steps_of
from hub.core.errors import ConfigurationFault, Outage
from hub.core.parking import Held
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from hub.ledger.models import TieOut
from tests.exceptions.world import held, parked
from tests.hub.console.cast import signed_in

pytestmark = pytest.mark.django_db

READERS = {"sandra", "linda", "frank", "stella", "erin", "audrey"}
WRITERS = {"linda", "erin"}
ENGINEERS = {"erin"}
PAGES = {
    "/runbooks/": READERS,
    "/runbooks/?q=drain&state=active": READERS,
    "/runbooks/erp-down/": READERS,
    "/runbooks/erp-down/versions/1/": READERS,
    "/runbooks/new/": WRITERS,
    "/runbooks/erp-down/edit/": WRITERS,
    "/runbooks/erp-down/retire/": WRITERS,
    "/runbooks/erp-down/restore/1/": WRITERS,
    "/systems/erp/drain/": ENGINEERS,
    "/systems/erp/test/": ENGINEERS,
    "/feeds/scheduling/replay/": {"linda", "stella", "erin"},
    "/feeds/scheduling/rotate/": ENGINEERS,
}


@pytest.fixture
def down(group: None) -> Case:
    """The ERP does not answer: one incident of the whole group."""
    System.objects.create(code="erp", number="S2", name="ERP", connector="erp_cloud")
    Lane.objects.create(system=System.objects.get(code="erp"))
    install(Actor.command())
    outage = Outage("system-down", "ERP does not answer.", cause=("erp",), subject={"system": "erp"})
    return parked(held(outage, kind=Held.SYSTEM, facility="", system="erp"))


@pytest.fixture
def erin(down: Case) -> Client:
    return signed_in("erin")


def page_of(client: Client, case: Case) -> str:
    return client.get(f"/cases/{case.number}/").content.decode()


def mark(runbook: str, action: str) -> str:
    steps = steps_of(Runbook.objects.get(code=runbook).body)
    return next(step.mark for step in steps if step.action == action)


def test_each_page_opens_for_the_roles_that_need_it_and_for_nobody_else(down: Case) -> None:
    everyone = {name: signed_in(name) for name in sorted(READERS | {"xavier", "nora"})}
    answers = {page: {name: client.get(page).status_code for name, client in everyone.items()} for page in PAGES}
    opened = {page: {name for name, status in found.items() if status == 200} for page, found in answers.items()}
    assert opened == PAGES
    assert {status for found in answers.values() for status in found.values()} == {200, 403}


def test_the_case_page_shows_the_most_specific_runbook_with_the_buttons_that_one_may_use(down: Case) -> None:
    for_erin, for_linda = page_of(signed_in("erin"), down), page_of(signed_in("linda"), down)
    for text in (for_erin, for_linda):
        assert "Runbook: The ERP is down" in text
        assert "0 of 6" in text
    assert "/systems/erp/drain/?runbook=erp-down" in for_erin
    assert "/systems/erp/drain/" not in for_linda
    assert "An integration engineer does this" in for_linda


def test_an_action_from_a_runbook_is_the_same_act_and_leaves_a_record_on_case_and_runbook(
    erin: Client, down: Case
) -> None:
    step = mark("erp-down", "drain")
    address = f"/systems/erp/drain/?runbook=erp-down&step={step}&case={down.number}"
    answer = erin.post(address, {"per_second": "5", "minutes": "30", "reason": "Gently"})

    assert answer["Location"] == f"/cases/{down.number}/#runbook"
    assert Lane.objects.get(system__code="erp").drain_per_second == 5
    assert AuditEntry.objects.filter(action="system.drain", reason="Gently").count() == 1
    use = RunbookUse.objects.get()
    assert (use.case, use.by, use.action, use.step, use.outcome, use.system) == (
        down, "erin", "drain", step, "done", "erp",
    )  # fmt: skip
    assert "1 of 6" in page_of(erin, down)
    assert f"Case {down.number}" in erin.get("/runbooks/erp-down/").content.decode()


def test_an_action_that_is_refused_is_kept_as_refused(erin: Client, down: Case) -> None:
    address = f"/systems/erp/test/?runbook=erp-down&step={mark('erp-down', 'test-connection')}&case={down.number}"
    assert erin.post(address).status_code == 409
    use = RunbookUse.objects.get()
    assert (use.outcome, use.action) == ("refused", "test-connection")
    assert "0 of 6" in page_of(erin, down)


def test_a_step_is_ticked_off_and_the_answer_is_the_runbook_as_it_stands(erin: Client, down: Case) -> None:
    data = {"case": down.number, "step": steps_of(Runbook.objects.get(code="erp-down").body)[2].mark, "done": "1"}
    answer = erin.post("/runbooks/erp-down/tick/", data, headers={"HX-Request": "true"})
    assert "1 of 6" in answer.content.decode()
    again = signed_in("linda").post("/runbooks/erp-down/tick/", data, headers={"HX-Request": "true"})
    assert "Somebody was quicker" in again["HX-Trigger"]
    assert RunbookUse.objects.count() == 1


def test_a_case_out_of_scope_cannot_be_ticked_nor_named(down: Case) -> None:
    Case.objects.filter(pk=down.pk).update(facility="NLM")
    answer = signed_in("sandra").post("/runbooks/erp-down/tick/", {"case": down.number, "step": "x", "done": "1"})
    assert answer.status_code == 403
    assert "ERP" not in answer.content.decode().partition("<main")[2]
    for_sandra = signed_in("sandra").get(f"/runbooks/erp-down/?case={down.number}")
    assert f"/cases/{down.number}/" not in for_sandra.content.decode()


def test_the_page_of_a_system_in_trouble_shows_its_runbook_and_a_well_one_none(erin: Client, down: Case) -> None:
    assert "Runbook:" not in erin.get("/systems/erp/").content.decode()
    erin.post("/systems/erp/pause/", {"reason": "Window"})
    Lane.objects.update(breaker="open")
    System.objects.update(state="active")
    text = erin.get("/systems/erp/").content.decode()
    assert "Runbook: The ERP is down" in text
    assert f"case={down.number}" in text, "what is done there belongs to the incident"


def test_a_rotated_secret_is_shown_this_once_and_by_no_page_after(erin: Client) -> None:
    data = {"hours": "24", "reason": "Yearly", "confirm": "scheduling", "value": ""}
    from connectors.models import Feed
    from hub.core.sealing import open_json, seal_json

    Feed.objects.update(sealed_secrets=seal_json(["whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="]))
    assert erin.post("/feeds/scheduling/rotate/", data | {"confirm": "wrong"}).status_code == 422
    answer = erin.post("/feeds/scheduling/rotate/", data)
    [fresh, _] = open_json(Feed.objects.get().sealed_secrets)
    assert fresh in answer.content.decode().replace("&#x27;", "'")
    assert answer["Cache-Control"] == "no-store"
    assert fresh not in erin.get("/systems/scheduling/").content.decode()


def test_the_editor_previews_refuses_in_words_and_keeps_what_was_written(erin: Client) -> None:
    preview = erin.post("/runbooks/preview/", {"body": "# Hi\n\n- [ ] One <b>bold</b>\n"}).content.decode()
    assert "<h3>Hi</h3>" in preview
    assert "&lt;b&gt;" in preview
    now = Runbook.objects.get(code="erp-down")
    data = {
        "title": now.title, "summary": now.summary, "reason": "Shorter", "version": "1", "body": "- [ ] One {explode}",
        "binding-TOTAL_FORMS": "1", "binding-INITIAL_FORMS": "0", "binding-0-code": "system-down",
    }  # fmt: skip
    refused = erin.post("/runbooks/erp-down/edit/", data)
    assert (refused.status_code, "No such button: explode" in refused.content.decode()) == (409, True)
    assert "One {explode}" in refused.content.decode()
    assert erin.post("/runbooks/erp-down/edit/", data | {"body": "- [ ] One"}).status_code == 302
    stale = erin.post("/runbooks/erp-down/edit/", data | {"body": "- [ ] Two"})
    assert "erin wrote version 2 meanwhile" in stale.content.decode()
    written = Runbook.objects.get(code="erp-down")
    assert (written.version, written.bindings) == (2, [{"code": "system-down"}])


def test_a_credential_case_shows_how_to_rotate_it(erin: Client) -> None:
    fault = ConfigurationFault("credentials-refused", "ERP refused us.", cause=("erp",))
    case = parked(held(fault, kind=Held.SYSTEM, facility="", system="erp"))
    assert "/systems/erp/rotate/?runbook=credential-expired" in page_of(erin, case)


def test_books_that_do_not_agree_show_what_to_do_and_equal_ones_nothing(down: Case) -> None:
    frank = signed_in("frank")
    off, equal = (
        TieOut.objects.create(
            by="frank", subledger=Decimal("10.00"), erp=10 - gap, difference=gap, accounts=[], breaks=[]
        )
        for gap in (Decimal("0.01"), Decimal("0.00"))
    )
    assert "Runbook: The books do not agree" in frank.get(f"/ledger/tie-outs/{off.pk}/").content.decode()
    assert "Runbook:" not in frank.get(f"/ledger/tie-outs/{equal.pk}/").content.decode()
