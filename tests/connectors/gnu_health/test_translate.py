"""What GNU Health's appointments mean, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.gnu_health.identity import identify
from connectors.gnu_health.translate import translate
from connectors.translation import Incoming
from hub.core.errors import DataFault
from tests.connectors.fixtures import expected, fixtures, plain

FIXTURES = fixtures("gnu_health")


def understood(body: bytes) -> list[dict[str, Any]]:
    return [plain(event) for event in translate(Incoming(system="gnu-health", feed="gnu-health", body=body))]


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_means_exactly_what_is_written_beside_it(fixture: Path) -> None:
    assert understood(fixture.read_bytes()) == expected(fixture)


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"state": "elsewhere"}, "contract-violation", "/record/state"),
        ({"speciality.": None}, "contract-violation", "/record/speciality."),
        ({"create_date": "SMITH"}, "contract-violation", "/record/create_date"),
        ({"appointment_date": {"month": 13}}, "time-unreadable", "/record/appointment_date"),
    ],
)
def test_what_breaks_the_contract_is_refused_by_its_place(changes: dict[str, Any], code: str, place: str) -> None:
    document = msgspec.json.decode(FIXTURES[0].read_bytes())
    for name, value in changes.items():
        standing = document["record"][name]
        document["record"][name] = standing | value if isinstance(value, dict) else value

    with pytest.raises(DataFault) as caught:
        understood(msgspec.json.encode(document))
    assert (caught.value.code, caught.value.subject["pointer"]) == (code, place)
    assert "SMITH" not in f"{caught.value} {caught.value.hint}"


def test_the_change_that_was_read_makes_a_message_the_same() -> None:
    headers = {"content-location": "gnuhealth.appointment/17/1794301800250000"}

    assert identify(headers, b"a", "1") == identify(headers, b"b", "2")
    assert identify(headers, b"", "").control_id == "gnuhealth.appointment/17"
    assert identify({}, b"{}", "aa").dedupe_key == "sha256:aa"
