"""Billing's webhooks: what they mean, and that the sandbox's coders speak the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.billing.translate import translate
from connectors.sandbox.cast import visits
from connectors.sandbox.voices import coding
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events import Event
from tests.connectors.fixtures import expected, fixtures, plain


def translated(body: bytes) -> list[Event]:
    return list(translate(Incoming(system="billing", feed="billing", body=body)))


@pytest.mark.parametrize("fixture", fixtures("billing"), ids=lambda path: path.name)
def test_every_fixture_means_exactly_what_is_written_beside_it(fixture: Path) -> None:
    assert [plain(event) for event in translated(fixture.read_bytes())] == expected(fixture)


def test_every_stay_of_the_sandbox_can_be_coded() -> None:
    at = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
    stays = [visit for visit in visits() if visit.encounter_class == "I"]
    events = [event for visit in stays for event in translated(coding.completed(visit, at))]
    assert [event.account_number for event in events] == [visit.account for visit in stays]


def test_what_is_no_code_is_named_by_its_place_and_never_repeated() -> None:
    body = fixtures("billing")[0].read_bytes().replace(b"M17.11", b"hernia of PAT TESTER")
    with pytest.raises(DataFault) as caught:
        translated(body)
    assert caught.value.code == "contract-violation"
    assert "/codes/diagnoses/0" in caught.value.message
    assert "TESTER" not in caught.value.message
