"""Promise 11: reference data is changed by the system that owns its domain, and by no other."""

from __future__ import annotations

import pytest

from connectors.listening import take
from connectors.models import Message
from connectors.states import MessageState
from exceptions.models import Member
from hub.records.models import Event
from orchestration import inbound

pytestmark = pytest.mark.usefixtures("group")


def master_file(trigger: str, file: str) -> bytes:
    lines = (
        f"MSH|^~\\&|EHR|100|HUB|NRH|20261109140000-0600||MFN^{trigger}|7|P|2.5.1",
        f"MFI|{file}||UPD|||NE",
        "MFE|MUP|1||X1^Something|CWE",
    )
    return "".join(f"{line}\r" for line in lines).encode()


@pytest.mark.parametrize(
    ("trigger", "file", "domain"),
    [("M02", "STF", "provider"), ("M04", "CDM", "charge_code"), ("M05", "LOC", "location")],
)
def test_the_ehr_says_what_its_own_codes_are(trigger: str, file: str, domain: str) -> None:
    take(master_file(trigger, file))
    inbound.process()

    event = Event.objects.get()
    assert (event.type, event.data["domain"], event.data["local_code"]) == ("reference.changed", domain, "X1")


def test_a_master_file_of_the_erps_items_by_the_ehr_is_held_as_a_conflict_and_changes_nothing() -> None:
    receipt = take(master_file("M15", "INV"))
    inbound.process()

    message = Message.objects.get(pk=receipt.message_id)
    assert (message.state, message.code) == (MessageState.HELD, "not-the-authority")
    case = Member.objects.get(ref=message.pk).case
    assert case.failure_class == "authority"
    assert not Event.objects.exists()
