"""Acts on cases through the API: the same services, permissions and audit as on the pages, with another door."""

from __future__ import annotations

import pytest

from exceptions.models import Case
from exceptions.states import CaseState
from hub.governance.models import AuditEntry
from tests.hub.api.test_endpoints import Caller
from tests.hub.console.cast import last_audit
from tests.hub.console.flow import Flow


@pytest.fixture
def case(flow: Flow) -> Case:
    """The visit at C05 that has no charge."""
    return Case.objects.get(members__ref=flow.parked.pk)


def test_a_case_is_taken_and_the_audit_says_through_which_door(case: Case) -> None:
    answer = Caller("linda").post(f"cases/{case.number}/take/", {"version": case.version})

    assert (answer.status_code, answer.json()["owner"]) == (200, "linda")
    assert (last_audit().action, last_audit().door, last_audit().actor) == ("case.take", "api", "linda")


def test_a_case_that_changed_meanwhile_is_left_alone(case: Case) -> None:
    answer = Caller("linda").post(f"cases/{case.number}/take/", {"version": case.version + 1})

    assert (answer.status_code, answer.json()["code"]) == (409, "case-changed")
    assert Case.objects.get(pk=case.pk).owner is None


def test_a_case_is_commented_on_and_resolved_with_a_decision_about_what_it_holds(case: Case, flow: Flow) -> None:
    linda = Caller("linda")
    assert linda.post(f"cases/{case.number}/comment/", {"text": "Called the clinic."}).status_code == 200

    undecided = linda.post(f"cases/{case.number}/resolve/", {"resolution": "no_action", "reason": "Void visit"})
    assert (undecided.status_code, undecided.json()["code"]) == (422, "held-undecided")
    done = linda.post(
        f"cases/{case.number}/resolve/", {"resolution": "no_action", "reason": "Void visit", "held": "dismiss"}
    )
    assert done.json()["state"] == CaseState.RESOLVED
    assert flow.parked.state == "cancelled"


def test_a_release_tries_again_what_the_case_holds(case: Case, flow: Flow) -> None:
    answer = Caller("erin").post(f"cases/{case.number}/release/", {"rate": 5})

    assert answer.json()["state"] == CaseState.RELEASING


@pytest.mark.parametrize(("name", "status"), [("audrey", 403), ("xavier", 403), ("sandra", 404)])
def test_who_may_not_work_the_case_changes_nothing(case: Case, name: str, status: int) -> None:
    before = AuditEntry.objects.exclude(action__startswith="access.").count()
    answer = Caller(name).post(f"cases/{case.number}/take/", {})

    assert answer.status_code == status
    assert AuditEntry.objects.exclude(action__startswith="access.").count() == before


def test_what_an_act_lacks_is_named(case: Case) -> None:
    answer = Caller("linda").post(f"cases/{case.number}/resolve/", {"resolution": "odd"})

    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"resolution", "reason"}
