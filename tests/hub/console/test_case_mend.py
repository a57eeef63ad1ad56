"""Putting things right on the case page: what is offered to whom, what it does, and what a stale page says."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from connectors.models import Message
from exceptions import settling
from exceptions.models import Case
from exceptions.states import CaseState
from hub.governance.models import Approval
from orchestration import inbound
from orchestration.correction_models import Correction
from tests.exceptions.world import held, parked, unmapped
from tests.hub.console.cast import appointment, approved, audited, make_group, signed_in

pytestmark = pytest.mark.django_db

RIGHT = "2026-11-09T10:30:00-06:00"


@pytest.fixture
def linda() -> Client:
    return signed_in("linda")


@pytest.fixture
def case() -> Case:
    make_group()
    approved("department", "PT-REHAB", "PHYS", facility="C07")
    appointment(1, start_time="nine-ish")
    inbound.process()
    return Case.objects.get()


def page(client: Client, case: Case, part: str = "") -> str:
    answer = client.get(f"/cases/{case.number}/{part}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def do(client: Client, case: Case, part: str, **data: Any) -> Any:
    return client.post(f"/cases/{case.number}/{part}/", data)


def test_the_record_is_put_right_on_the_page_and_nobody_reads_what_stood_there(linda: Client, case: Case) -> None:
    shown = page(linda, case)
    assert "Correct the record" in shown
    assert "/start_time" in shown
    assert "nine-ish" not in shown
    answer = do(linda, case, "correct", field_0=RIGHT, reason="Read by phone", version=case.version)
    assert answer["Location"] == f"/cases/{case.number}/"
    inbound.process()
    settling.settle()
    shown = page(linda, case)
    assert "Put right and sent back" in shown
    assert "Corrected: /start_time. Read by phone" in shown
    assert RIGHT not in shown
    assert Case.objects.get().state == CaseState.RESOLVED
    message = page_of(linda, Message.objects.get())
    assert "Corrected here" in message
    assert RIGHT not in message


def page_of(client: Client, message: Message) -> str:
    return str(client.get(f"/messages/{message.pk}/").content.decode())


def test_a_field_that_is_left_empty_and_a_page_that_is_stale_explain_themselves(linda: Client, case: Case) -> None:
    empty = do(linda, case, "correct", field_0="", reason="why", version=case.version)
    assert (empty.status_code, "Say what is to stand there" in empty.content.decode()) == (422, True)
    wrong = do(linda, case, "correct", field_0="half past", reason="why", version=case.version)
    assert (wrong.status_code, "could still not be understood" in wrong.content.decode()) == (409, True)
    for part, data in (
        ("correct", {"field_0": RIGHT}), ("send-back", {}), ("write-off", {}), ("ask-again", {}),
        ("attachment", {"number": "A1"}), ("authorization", {"number": "A1"}),
    ):  # fmt: skip
        stale = do(linda, case, part, reason="why", version=case.version + 1, **data)
        assert (part, stale.status_code) == (part, 409)
        assert "changed while you were looking" in stale.content.decode()
        moved_on = do(linda, case, part, reason="why", version=case.version, **data) if part not in {
            "correct", "send-back"
        } else None  # fmt: skip
        assert moved_on is None or moved_on.status_code == 409
    assert Message.objects.get().state == "held"


def test_what_is_sent_back_is_seen_on_the_case_the_message_and_in_the_api(linda: Client, case: Case) -> None:
    assert "Send back" in page(linda, case)
    do(linda, case, "send-back", reason="No start time in it", version=case.version)
    message = Message.objects.get()
    assert message.state == "returned"
    assert "The source has not sent it anew yet" in page(linda, case)
    assert "Returned to source" in page_of(linda, message)
    [row] = linda.get("/api/v1/returns/?open=true&system=scheduling").json()["results"]
    assert (row["message"], row["place"], row["control_id"]) == (str(message.pk), "/start_time", "w1")
    assert linda.get("/api/v1/returns/?system=ehr").json()["results"] == []
    assert signed_in("simon").get("/api/v1/returns/").json()["results"] == []


def test_what_takes_two_people_waits_on_the_page_for_the_second(linda: Client, case: Case) -> None:
    appointment(2, account_number=12)
    inbound.process()
    wrong = Case.objects.exclude(pk=case.pk).get()
    frank = signed_in("frank")
    do(frank, wrong, "correct", field_0="A700002", reason="Typed wrong", version=wrong.version)
    asked = Approval.objects.get()
    assert "Somebody else decides" in page(frank, wrong)
    assert "asks to correct /account_number" in page(linda, wrong)
    assert do(frank, wrong, f"asked/{asked.pk}/approve", answer="").status_code in {403, 409}
    assert do(linda, case, f"asked/{asked.pk}/approve", answer="").status_code == 404
    assert do(linda, wrong, f"asked/{asked.pk}/refuse", answer="").status_code == 422
    assert do(linda, wrong, f"asked/{asked.pk}/approve", answer="").status_code == 302
    assert do(linda, wrong, f"asked/{asked.pk}/approve", answer="").status_code == 409
    assert [Correction.objects.get().by, Correction.objects.get().approved_by] == ["frank", "linda"]
    assert ("linda", "page", "record.correct") in audited()


def test_who_may_not_work_the_case_is_offered_nothing(case: Case) -> None:
    shown = page(signed_in("audrey"), case)
    assert "Correct the record" not in shown
    assert "Send back" not in shown
    for part in ("correct", "send-back", "write-off", "ask-again", "attachment", "authorization", "post-later"):
        assert do(signed_in("audrey"), case, part, reason="x").status_code == 403


def test_the_page_says_how_most_cases_like_it_were_solved_and_that_it_came_back(linda: Client) -> None:
    make_group()
    for code in ("A", "B"):
        one = parked(held(unmapped(code)))
        do(linda, one, "resolve", resolution="settled", held="dismiss", reason="done", version=one.version)
    again = parked(held(unmapped("A")))
    shown = page(linda, again)
    assert "2 of 2 like it were solved by settling it outside; median" in shown
    assert "It came back after its fix on" in shown
