"""Through the door under fire: whatever comes is processed, or stands somewhere with its case."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from connectors import seed, selectors
from connectors.intake import receive
from connectors.listening import take
from connectors.models import Message
from connectors.selectors import feed, read_body
from connectors.states import MessageState
from exceptions.models import Member
from hub.masterdata import crosswalk
from orchestration import inbound, streams
from tests.fuzz.mutation import fuzzed, mutated
from tests.orchestration.world import undone

AT_REST = {MessageState.PROCESSED, MessageState.DUPLICATE}


@pytest.fixture
def group(db: None) -> None:
    call_command("seed_group", verbosity=0, stdout=StringIO())
    seed.seed()
    selectors.forget_feeds()
    crosswalk.forget()


def settle() -> None:
    for _ in range(30):
        Message.objects.exclude(retry_at=None).update(retry_at=None)
        if not inbound.process() + streams.process_file():
            return
    raise AssertionError("a message is taken up again and again")


@pytest.mark.parametrize(("kind", "code"), [("x12", "clearinghouse"), ("hl7", ""), ("json", "scheduling")])
def test_no_message_is_lost_whatever_it_holds(group: None, kind: str, code: str) -> None:
    @fuzzed(few=4)
    @given(bodies=st.lists(mutated(kind), min_size=1, max_size=3))
    def hold(bodies: list[bytes]) -> None:
        with undone():
            receipts = [
                receive(feed(code), body=body, headers={}, proven=True) if code else take(body) for body in bodies
            ]
            settle()
            for body, receipt in zip(bodies, receipts, strict=True):
                message = Message.objects.get(pk=receipt.message_id)
                assert read_body(message) == body or message.state == MessageState.REJECTED
                held = Member.objects.filter(kind="message", ref=message.pk).exists()
                assert message.state in AT_REST or held, message.state

    hold()
