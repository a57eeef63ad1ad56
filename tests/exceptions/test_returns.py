"""A message goes back to its source; the corrected one ends the case, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from connectors.models import Message, System
from exceptions import releases, returns, services, settling
from exceptions.errors import NotAllowedNow
from exceptions.models import Case
from exceptions.states import CaseState
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry
from orchestration import inbound
from orchestration.correction_models import Returned
from tests.hub.console.cast import appointment, approved, make_group, person

pytestmark = pytest.mark.django_db

CONTACT = "interfaces@scheduling.example"


def who(name: str) -> Actor:
    return Actor.of(person(name), Door.PAGE)


@pytest.fixture
def case() -> Case:
    make_group()
    System.objects.update(options={"contact": CONTACT})
    approved("department", "PT-REHAB", "PHYS", facility="C07")
    appointment(1, start_time="noon-ish", department="PT-REHAB")
    inbound.process()
    return Case.objects.get()


def later(number: int, **changes: object) -> Message:
    """The source sends appointment 1 anew, under a message number of its own."""
    sent = appointment(number, **{"appointment_id": "S1", "account_number": "A700001", **changes})
    inbound.process()
    settling.settle()
    sent.refresh_from_db()
    return sent


def test_the_corrected_message_takes_the_place_of_the_returned_one(case: Case, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example"
    [row] = returns.send_back(case_id=case.pk, actor=who("linda"), reason="No start time", version=case.version)

    first = Message.objects.get()
    assert (first.state, row.place, row.told) == ("returned", "/start_time", CONTACT)
    assert returns.mail_returned() == 1
    assert returns.mail_returned() == 0
    assert mail.outbox[0].to == [CONTACT]
    assert "/start_time" in mail.outbox[0].body
    assert "noon" not in mail.outbox[0].body + mail.outbox[0].subject
    assert AuditEntry.objects.get(action="case.send_back").after["messages"] == [str(first.pk)]

    later(2, appointment_id="S2")
    case.refresh_from_db()
    assert (case.state, case.held) == (CaseState.OPEN, 1)

    mended = later(3)
    for one in (first, row, case):
        one.refresh_from_db()
    assert (mended.state, first.state, row.corrected_by) == ("processed", "replaced", mended.pk)
    assert (case.state, case.resolution) == (CaseState.RESOLVED, "corrected")


def test_what_was_sent_back_may_be_tried_here_after_all(case: Case) -> None:
    returns.send_back(case_id=case.pk, actor=who("linda"), reason="No start time")
    services.release(case_id=case.pk, actor=who("linda"))
    assert Returned.objects.get().ended_at is None
    releases.release_due()
    inbound.process()
    assert (Message.objects.get().state, Returned.objects.get().ended_at is None) == ("held", False)


def test_only_messages_that_are_held_go_back(case: Case) -> None:
    returns.send_back(case_id=case.pk, actor=who("linda"), reason="No start time")
    with pytest.raises(NotAllowedNow, match="holds no message"):
        returns.send_back(case_id=case.pk, actor=who("linda"), reason="again")
