"""What every connector that delivers promises: an outcome for each request, and never a false one."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import DeliveryRequest, DeliveryResult, Outcome, SystemConfig
from connectors.registry import Connector
from hub.core.errors import ConfigurationFault, FailureClass
from tests.connectors.contract.description import DELIVERING, Outbound, outbound, package_of
from tests.connectors.peers import (
    Peer,
    Script,
    babbles,
    cuts,
    cuts_halfway,
    drips,
    half_closes,
    read_anything,
    says,
    stays_silent,
)
from tests.connectors.processes import free_port
from tests.connectors.proxy import SeveringProxy, Way

TOLD = [(item, outbound(item)) for item in DELIVERING]
every = pytest.mark.parametrize("connector", DELIVERING, ids=package_of)
every_http = pytest.mark.parametrize("connector", [item for item, told in TOLD if told.http], ids=package_of)
every_real = pytest.mark.parametrize("connector", [item for item, told in TOLD if told.far_side], ids=package_of)

MISBEHAVIOURS: Mapping[str, Script] = {
    "cuts": cuts,
    "cuts halfway": cuts_halfway,
    "is silent": stays_silent,
    "drips": drips,
    "half-closes": half_closes,
    "babbles": babbles,
    "shows another page": says(200, b"<html>Welcome to the guest network</html>"),
}
#: In how many places, spread evenly over what passes, a line is cut in either direction. A handshake takes its time.
_CUTS, _CUTS_BEHIND_A_HANDSHAKE = 6, 3
_keys = itertools.count(1)


def fresh(told: Outbound) -> DeliveryRequest:
    """A request that no test made before."""
    return told.request(next(_keys))


class FarSides:
    """Real servers, each started with the first test that needs it and kept for the module."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self._root = root
        self._stack = stack
        self._ports: dict[str, int] = {}

    def port(self, connector: Connector) -> int:
        if connector.package not in self._ports:
            start = outbound(connector).far_side
            assert start is not None
            folder = self._root / connector.package
            folder.mkdir()
            self._ports[connector.package] = self._stack.enter_context(start(folder))
        return self._ports[connector.package]


@pytest.fixture(scope="module")
def far_sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSides]:
    with ExitStack() as stack:
        yield FarSides(tmp_path_factory.mktemp("far-sides"), stack)


def send(connector: Connector, config: SystemConfig, *requests: DeliveryRequest) -> list[DeliveryResult]:
    with closing(connector.client(config)) as client:
        return client.send(requests)


def class_of(result: DeliveryResult) -> FailureClass | None:
    return result.failure.failure_class if result.failure is not None else None


# --- far sides that are none ---


@every
def test_what_nobody_listens_to_was_certainly_not_sent_anything(connector: Connector) -> None:
    told = outbound(connector)
    config = told.quick(free_port())

    results = send(connector, config, fresh(told), fresh(told))

    assert [(result.outcome, class_of(result)) for result in results] == [(Outcome.FAILED, FailureClass.TRANSIENT)] * 2
    with closing(connector.client(config)) as client:
        assert client.probe().outcome is Outcome.FAILED
        [found] = client.read_back([fresh(told)])
    if not told.question:
        assert found is not None, "what could not be asked is not known to be absent"
        assert found.outcome is not Outcome.CONFIRMED


@every
@pytest.mark.parametrize("misbehaviour", MISBEHAVIOURS.values(), ids=MISBEHAVIOURS)
def test_a_far_side_that_misbehaves_confirms_nothing_and_refuses_nothing(
    connector: Connector, misbehaviour: Script
) -> None:
    told = outbound(connector)
    peer = Peer(misbehaviour, None if told.http else read_anything)

    [result] = send(connector, told.quick(peer.port), fresh(told))

    peer.close()
    assert result.outcome in {Outcome.FAILED, Outcome.UNCONFIRMED}
    assert result.failure is not None
    assert result.elapsed < timedelta(seconds=3), "patience has its limit"


@every_http
@pytest.mark.parametrize("status", [401, 403])
def test_who_does_not_let_us_in_is_a_matter_of_configuration(connector: Connector, status: int) -> None:
    told = outbound(connector)
    peer = Peer(says(status))

    [result] = send(connector, told.quick(peer.port), fresh(told))

    peer.close()
    assert (result.outcome, class_of(result)) == (Outcome.FAILED, FailureClass.CONFIGURATION)


@every_http
def test_who_is_too_busy_is_asked_again_when_he_said(connector: Connector) -> None:
    told = outbound(connector)
    peer = Peer(says(503, b"{}", "Retry-After: 7"))

    [result] = send(connector, told.quick(peer.port), fresh(told))

    peer.close()
    assert (result.outcome, class_of(result)) == (Outcome.FAILED, FailureClass.TRANSIENT)


@every
def test_without_its_secrets_no_client_pretends_to_be_one(connector: Connector) -> None:
    told = outbound(connector)
    bare = dataclasses.replace(told.quick(free_port()), options={}, secrets={})

    try:
        [result] = send(connector, bare, fresh(told))
    except (KeyError, ConfigurationFault):  # which the lane turns into a case of configuration
        return
    assert result.outcome is Outcome.FAILED


# --- real far sides ---


@every_real
def test_what_is_sent_is_confirmed_one_by_one_and_found_again(connector: Connector, far_sides: FarSides) -> None:
    told = outbound(connector)
    requests = [fresh(told) for _ in range(3)]
    with closing(connector.client(told.at(far_sides.port(connector)))) as client:
        sent = client.send(requests)
        found = client.read_back([*requests, fresh(told)])

    assert [result.outcome for result in sent] == [Outcome.CONFIRMED] * 3
    if not told.question:
        assert [result.reference for result in found if result] == [result.reference for result in sent]
        assert found[3] is None


@every_real
def test_credentials_that_are_wrong_are_a_matter_of_configuration_and_nothing_is_sent(
    connector: Connector, far_sides: FarSides
) -> None:
    told = outbound(connector)
    config = told.at(far_sides.port(connector))
    request = fresh(told)

    [result] = send(connector, dataclasses.replace(config, secrets={**config.secrets, **told.wrong}), request)

    assert (result.outcome, class_of(result)) == (Outcome.FAILED, FailureClass.CONFIGURATION)
    if not told.question:
        with closing(connector.client(config)) as client:
            assert client.read_back([request]) == [None]


@every_real
@pytest.mark.parametrize("way", Way, ids=lambda way: way.name.lower())
def test_wherever_the_line_is_cut_the_outcome_is_true_and_nothing_happens_twice(
    connector: Connector, far_sides: FarSides, way: Way
) -> None:
    told = outbound(connector)
    proxy = SeveringProxy(far_sides.port(connector))
    config = told.at(proxy.port)
    send(connector, config, fresh(told))
    whole = proxy.passed[way]

    cuts_in_all = _CUTS if told.http else _CUTS_BEHIND_A_HANDSHAKE
    for place in range(cuts_in_all):
        request = fresh(told)
        proxy.sever(way, whole * place // cuts_in_all)
        [result] = send(connector, dataclasses.replace(config, timeout=timedelta(seconds=1)), request)
        proxy.mend()
        with closing(connector.client(config)) as client:
            [found] = client.read_back([request])
            _is_true(result, found, told)
            if found is None:
                [again] = client.send([request])
                assert again.outcome is Outcome.CONFIRMED
    proxy.close()


def _is_true(result: DeliveryResult, found: DeliveryResult | None, told: Outbound) -> None:
    """What was said of a delivery agrees with what the far side says afterwards."""
    assert result.outcome is not Outcome.REJECTED
    if told.question:
        return
    assert found is None or found.outcome is Outcome.CONFIRMED
    if result.outcome is Outcome.CONFIRMED:
        assert found is not None
    if result.outcome is Outcome.FAILED:
        assert found is None, "said to be without effect, and it had one"
