"""Who sees replays, who asks for them, and who decides."""

from __future__ import annotations

import pytest

from exceptions.replays.models import ReplayRule
from tests.hub.console.cast import audited, signed_in, unmapped_case
from tests.hub.console.test_replays import do, newest, page

pytestmark = pytest.mark.django_db


def test_a_second_person_decides_where_a_rule_asks_for_one(group: None) -> None:
    ReplayRule.objects.all().delete()
    linda, erin, stella = signed_in("linda"), signed_in("erin"), signed_in("stella")
    rule = {"name": "Two are many", "items_above": "1", "active": "on"}
    assert stella.post("/replays/rules/add/", rule).status_code == 403
    assert linda.post("/replays/rules/add/", rule | {"items_above": ""}).status_code == 409
    linda.post("/replays/rules/add/", rule)
    case = unmapped_case()
    linda.post(f"/cases/{case.number}/replay/", {"versions": "today", "reason": "After the fix."})
    assert "Two are many: 3 items" in page(linda)
    assert "Ask for approval" in page(linda)
    assert do(linda, "run") == 409
    do(linda, "ask")
    assert f"/replays/{newest().number}/approve/" not in page(linda)
    assert do(linda, "approve") == 403
    assert "asks you to approve replay" in erin.get("/notices/").content.decode()
    assert do(erin, "approve", reason="") in {200, 302}
    assert do(linda, "run") in {200, 302}
    assert [action for _, _, action in audited()][-3:] == ["replay.ask", "replay.approve", "replay.run"]


PAGES = {
    "/replays/": {"sandra", "linda", "frank", "stella", "erin", "audrey"},
    "/replays/rules/": {"sandra", "linda", "frank", "stella", "erin", "audrey"},
    "/replays/rules/add/": {"linda", "erin"},
    "/replays/{number}/": {"sandra", "linda", "frank", "stella", "erin", "audrey"},
    "/replays/{number}/items/": {"sandra", "linda", "frank", "stella", "erin", "audrey"},
    "/replays/{number}/run/": {"linda", "stella", "erin"},
    "/replays/{number}/stop/": {"linda", "stella", "erin"},
    "/replays/{number}/approve/": {"erin"},
}


def test_pages_open_for_the_roles_that_need_them_and_say_nothing_of_elsewhere(group: None) -> None:
    case = unmapped_case()
    linda = signed_in("linda")
    linda.post(f"/cases/{case.number}/replay/", {"versions": "today", "reason": "C07 only"})
    for path, readers in PAGES.items():
        url = path.format(number=newest().number)
        everyone = ("sandra", "linda", "frank", "stella", "erin", "audrey", "xavier", "nora", "simon")
        answers = {name: signed_in(name).get(url) for name in everyone}
        seen = readers | ({"simon"} if "{" not in path and "sandra" in readers else set())
        assert {name for name, answer in answers.items() if answer.status_code == 200} == seen, path
        assert {answer.status_code for answer in answers.values()} <= {200, 403}, path
    assert "C07 only" not in signed_in("simon").get(f"/replays/{newest().number}/").content.decode()
    assert "C07 only" not in signed_in("simon").get("/replays/").content.decode()
