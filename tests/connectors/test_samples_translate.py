"""Real messages through our translators: each is understood, or refused naming the place; none crashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.clearinghouse.files import transaction_of
from connectors.clearinghouse.remittances import check_remittance, claim_events
from connectors.clearinghouse.translate import translate as read_x12
from connectors.ehr.translate import translate as read_ehr
from connectors.formats.hl7v2 import peek_header, split_messages
from connectors.formats.x12 import ClaimPayment, read_835
from connectors.lis.translate import translate as read_lis
from connectors.payment_gateway.translate import translate as read_gateway
from connectors.scheduling_legacy.translate import translate as read_siu
from connectors.translation import Incoming, Translator
from hub.core.errors import DataFault
from tests.support.samples import sample_files

pytestmark = pytest.mark.samples


def outcome(translate: Translator, body: bytes) -> str:
    """The refusal's code, or "understood"."""
    try:
        list(translate(incoming(body)))
    except DataFault as fault:
        return fault.code
    return "understood"


def incoming(body: bytes) -> Incoming:
    return Incoming(system="sample", feed="sample", body=body)


def test_every_hl7_message_of_our_types_is_understood_or_refused_by_its_place() -> None:
    outcomes: Counter[str] = Counter()
    for path in sample_files("hl7v2"):
        for message in split_messages(path.read_bytes()):
            translate = {"SIU": read_siu, "ORU": read_lis}.get(peek_header(message).type, read_ehr)
            outcomes[outcome(translate, message)] += 1

    assert outcomes["understood"] >= 170
    assert set(outcomes) <= {"understood", "unsupported-message-type"} | {
        f"hl7-{words}" for words in ("segment-sequence", "data-type", "required-field-missing", "table-value-not-found")
    } | {"value-too-long", "control-character"}


def test_every_gateway_event_is_understood_or_refused_by_its_contract() -> None:
    outcomes = Counter(outcome(read_gateway, path.read_bytes()) for path in sample_files("stripe"))

    assert set(outcomes) == {"understood", "contract-violation"}


def test_every_x12_file_is_understood_or_refused_whole() -> None:
    outcomes = Counter(outcome(read_x12, path.read_bytes()) for path in sample_files("x12"))

    assert outcomes["understood"] > 0
    assert set(outcomes) <= {
        "understood",
        "remittance-out-of-balance",
        "x12-malformed",
        "unsupported-transaction",
        "value-too-long",
        "control-character",
    }


def test_no_remittance_that_is_accepted_loses_a_claim_or_an_adjustment() -> None:
    compared = 0
    for path, body in _remittances():
        try:
            summaries = check_remittance(incoming(body))
        except DataFault:
            continue
        items = [item for item in read_835([body]) if isinstance(item, ClaimPayment)]
        events = list(claim_events(incoming(body)))
        assert [event.claim_number for event in events] == [item.account_number for item in items], path.name
        assert [event.paid for event in events] == [item.paid for item in items], path.name
        adjusted = [sum(adjustment.amount for adjustment in event.adjustments) for event in events]
        assert adjusted == [item.adjusted() for item in items], path.name
        assert sum(summary.event.claim_count for summary in summaries) == len(items), path.name
        compared += 1

    assert compared >= 10


def _remittances() -> Iterator[tuple[Path, bytes]]:
    for path in sample_files("x12"):
        body = path.read_bytes()
        try:
            code = transaction_of(incoming(body))
        except DataFault:
            continue
        if code == "835":
            yield path, body
