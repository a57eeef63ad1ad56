"""Claims on their way: files on a real SFTP, answered by the sandbox's clearinghouse, found again after any loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.base import DeliveryRequest, Outcome, SystemClient, SystemConfig
from connectors.clearinghouse.client import ClearinghouseClient
from connectors.clearinghouse.translate import translate
from connectors.formats.x12 import ProfessionalClaim, read_837p
from connectors.sandbox import settings, sftp
from connectors.sandbox.clearinghouse import Clearinghouse
from connectors.sandbox.sftp import SftpSite
from connectors.translation import Incoming
from hub.core.errors import ConfigurationFault, SecurityRefusal
from hub.core.events.claim import ClaimResponseEvent
from tests.connectors.formats.x12.cast import ALICE, claim
from tests.connectors.processes import free_port


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clearinghouse:
    monkeypatch.setenv("HUB_VAR", str(tmp_path))
    return Clearinghouse(settings.state_dir())


@pytest.fixture
def config(house: Clearinghouse) -> Iterator[SystemConfig]:
    port = free_port()
    site = SftpSite(house.root, port)
    site.start()
    yield SystemConfig(
        code="clearinghouse",
        base_url="",
        timeout=timedelta(seconds=5),
        options={
            "host": "127.0.0.1",
            "port": port,
            "username": settings.SFTP_HUB_USER,
            "host_keys": [settings.host_key_file().read_text().strip()],
            "inbound": settings.SFTP_INBOUND,
            "submitter_id": "NORTHLAKE",
            "receiver_id": "CLRHOUSE",
        },
        secrets={"password": settings.SFTP_HUB_PASSWORD},
    )
    site.stop()


@pytest.fixture
def client(config: SystemConfig) -> Iterator[SystemClient]:
    made = ClearinghouseClient(config)
    yield made
    made.close()


def request(account: str, **changes: Any) -> DeliveryRequest:
    document = msgspec.to_builtins(claim(account, **changes))
    return DeliveryRequest("claim.submit", f"W3:{account}:submit", {"claim": document})


def answers(house: Clearinghouse) -> list[ClaimResponseEvent]:
    house.work()
    files = sorted(house.outbound.glob("*.x12"), reverse=True)
    events = [
        event
        for path in files
        for event in translate(Incoming(system="clearinghouse", feed="clearinghouse", body=path.read_bytes()))
    ]
    return [event for event in events if isinstance(event, ClaimResponseEvent)]


def claims_at(house: Clearinghouse) -> list[str]:
    found = []
    for path in house.inbound.rglob("*.x12"):
        with path.open("rb") as stream:
            found += [item.account_number for item in read_837p(stream) if isinstance(item, ProfessionalClaim)]
    return sorted(found)


def test_a_claim_travels_to_the_clearinghouse_and_is_answered_under_its_control_number(
    client: SystemClient, house: Clearinghouse
) -> None:
    results = client.send([request("A1"), request("A2")])

    assert [result.outcome for result in results] == [Outcome.CONFIRMED, Outcome.CONFIRMED]
    syntax = [event for event in answers(house) if event.source == "999"]
    assert [event.control_number for event in syntax] == [result.reference for result in results]
    status = [event for event in answers(house) if event.source == "277CA"]
    assert [(event.TYPE, event.claim_number) for event in status] == [
        ("claim.acknowledged", "A1"),
        ("claim.acknowledged", "A2"),
    ]
    assert all(event.payer_claim_control_number.startswith("60054") for event in status)


def test_what_the_hub_wrote_down_as_json_is_the_claim_that_arrives(client: SystemClient, house: Clearinghouse) -> None:
    sent = claim("A1")
    client.send([request("A1")])
    [path] = house.inbound.glob("*.x12")
    with path.open("rb") as stream:
        [arrived] = [item for item in read_837p(stream) if isinstance(item, ProfessionalClaim)]

    assert arrived == sent


def test_a_sent_claim_is_found_again_wherever_the_clearinghouse_moved_its_file(
    client: SystemClient, house: Clearinghouse
) -> None:
    sent = client.send([request("A1"), request("A2")])
    before = client.read_back([request("A2"), request("A3")])
    house.work()
    after = client.read_back([request("A2"), request("A1")])

    assert before[1] is None
    assert [found.reference for found in (before[0], *after) if found] == [
        sent[1].reference,
        sent[1].reference,
        sent[0].reference,
    ]


def test_the_same_batch_again_makes_no_second_file(client: SystemClient, house: Clearinghouse) -> None:
    first = client.send([request("A1")])
    again = client.send([request("A1")])

    assert again[0].outcome is Outcome.CONFIRMED
    assert again[0].reference == first[0].reference
    assert claims_at(house) == ["A1"]


def test_one_claim_that_cannot_be_written_does_not_hold_the_others(client: SystemClient, house: Clearinghouse) -> None:
    broken = request("A2", subscriber=dataclasses.replace(ALICE, member_id=""))
    results = client.send([request("A1"), broken, request("A3")])

    assert [result.outcome for result in results] == [Outcome.CONFIRMED, Outcome.REJECTED, Outcome.CONFIRMED]
    failure = results[1].failure
    assert failure is not None
    assert (failure.code, failure.subject["element"]) == ("claim-unwritable", "NM109")
    assert claims_at(house) == ["A1", "A3"]


@pytest.mark.parametrize(
    ("payload", "place"),
    [({}, "claim"), ({"claim": {}}, "$"), ({"claim": {"account_number": "A1", "charge": "SMITH"}}, "$.charge")],
)
def test_a_payload_that_is_no_claim_is_refused_by_its_place(
    client: SystemClient, payload: dict[str, Any], place: str
) -> None:
    [result] = client.send([DeliveryRequest("claim.submit", "key", payload)])

    assert result.outcome is Outcome.REJECTED
    assert result.failure is not None
    assert (result.failure.code, result.failure.cause) == ("claim-malformed", (place,))
    assert "SMITH" not in str(result.failure)


def test_a_claim_sent_twice_under_two_keys_is_refused_by_the_clearinghouse(
    client: SystemClient, house: Clearinghouse
) -> None:
    client.send([request("A1")])
    house.work()
    client.send([DeliveryRequest("claim.submit", "another key", request("A1").payload)])

    assert sorted((event.TYPE, event.errors) for event in answers(house) if event.source == "277CA") == [
        ("claim.acknowledged", ()),
        ("claim.rejected", ("A3:54:PR",)),
    ]


def test_an_operation_that_it_does_not_have_is_a_matter_of_configuration(client: SystemClient) -> None:
    [result] = client.send([DeliveryRequest("claim.void", "key", {})])

    assert isinstance(result.failure, ConfigurationFault)


def test_a_clearinghouse_that_is_away_has_received_nothing_for_certain(
    config: SystemConfig, house: Clearinghouse
) -> None:
    away = ClearinghouseClient(dataclasses.replace(config, options={**config.options, "port": free_port()}))
    [sent] = away.send([request("A1")])
    [asked] = away.read_back([request("A1")])

    assert sent.outcome is Outcome.FAILED
    assert asked is not None
    assert asked.outcome is Outcome.FAILED
    assert away.probe().outcome is Outcome.FAILED
    assert claims_at(house) == []


def test_a_stranger_with_another_host_key_gets_no_claim(config: SystemConfig, tmp_path: Path) -> None:
    key = sftp.asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    suspicious = ClearinghouseClient(dataclasses.replace(config, options={**config.options, "host_keys": [key]}))
    [sent] = suspicious.send([request("A1")])
    suspicious.close()

    assert sent.outcome is Outcome.FAILED
    assert isinstance(sent.failure, SecurityRefusal)


def test_settings_that_are_incomplete_are_named_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationFault) as caught:
        ClearinghouseClient(SystemConfig("clearinghouse", "", options={"host": "127.0.0.1"}))
    assert caught.value.code == "address-incomplete"


def test_the_probe_says_that_it_is_up_and_lets_us_in(client: SystemClient) -> None:
    assert client.probe().outcome is Outcome.CONFIRMED
