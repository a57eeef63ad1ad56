"""Real answers of payers through the translator: each is understood, or refused naming the place; none crashes."""

from __future__ import annotations

from collections import Counter

import pytest

from connectors.formats.x12 import TransactionHeader, read
from connectors.payers.translate import translate
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events import Event
from tests.support.samples import sample_files

pytestmark = pytest.mark.samples


def outcome(body: bytes) -> tuple[str, list[Event]]:
    """ "understood" with the events, or the refusal's code."""
    try:
        return "understood", list(translate(Incoming(system="payer", feed="payer", body=body)))
    except DataFault as fault:
        return fault.code, []


def test_every_x12_file_is_an_answer_or_refused_by_its_place() -> None:
    outcomes: Counter[str] = Counter()
    events: list[Event] = []
    for path in sample_files("x12"):
        found, told = outcome(path.read_bytes())
        outcomes[found] += 1
        events += told

    assert set(outcomes) <= {"understood", "x12-malformed", "no-answer", "no-claim-number", "no-trace", "no-decision"}
    assert Counter(event.TYPE for event in events) == {
        "coverage.eligibility_checked": 13,
        "claim.status_reported": 6,
        "authorization.approved": 5,
    }
    assert all(event.entity_key for event in events)


def test_the_guides_own_examples_mean_what_they_say() -> None:
    known = {path.name: path for path in sample_files("x12")}
    examples = {
        "response-to-generic-request-by-clinic": ("93175-012547", "active"),
        "error-response-from-payer-to-clinic": ("10001234", "rejected"),
        "referral-response-to-request-for-review": ("111099", "A1"),
        "admission-response-to-request-for-review": ("97021001", "A6"),
    }
    for words, (key, said) in examples.items():
        [name] = [each for each in known if words in each]
        _, [event] = outcome(known[name].read_bytes())
        assert (event.entity_key, getattr(event, "status", "") or getattr(event, "action_code", "")) == (key, said)


def test_there_are_answers_of_every_kind_among_them() -> None:
    kinds: Counter[str] = Counter()
    for path in sample_files("x12"):
        with path.open("rb") as file:
            kinds.update({item.code for item in read(file) if isinstance(item, TransactionHeader)})
    assert min(kinds[code] for code in ("270", "271", "276", "277", "278")) >= 5
