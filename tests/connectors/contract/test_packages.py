"""Every registered connector is a whole package: described, documented, with fixtures for what it reads."""

from __future__ import annotations

import pytest

from connectors.registry import CONNECTORS, Connector
from tests.connectors.contract.description import DELIVERING, RECEIVING, description, inbound, outbound, package_of
from tests.connectors.fixtures import EXPECTED, PACKAGES, fixtures

every = pytest.mark.parametrize("connector", CONNECTORS, ids=package_of)


@every
def test_a_connector_says_what_the_suite_must_know_of_it(connector: Connector) -> None:
    told = description(connector.package)

    assert (told.inbound is not None, told.outbound is not None) == (connector.receives, bool(connector.client_class))


@every
def test_a_connector_has_a_readme_that_names_what_it_speaks(connector: Connector) -> None:
    text = (PACKAGES / connector.package / "README.md").read_text()

    assert text.startswith("# ")
    assert len(text.splitlines()) >= 10, "say what it receives or sends, how it is configured, what is refused"


@pytest.mark.parametrize("connector", RECEIVING, ids=package_of)
def test_what_receives_has_fixtures_and_says_what_is_foreign_to_it(connector: Connector) -> None:
    found = fixtures(connector.package)

    assert found, "a fixture for each event that this package reads"
    assert all(path.with_name(path.name + EXPECTED).exists() for path in found)
    assert inbound(connector).foreign
    assert (inbound(connector).sign is not None) == connector.signed


@pytest.mark.parametrize("connector", DELIVERING, ids=package_of)
def test_what_delivers_is_tried_against_a_far_side_that_keeps_books(connector: Connector) -> None:
    told = outbound(connector)

    assert (told.far_side is None) == bool(told.instead)
    assert told.request(1).posting_key != told.request(2).posting_key
    if told.far_side is not None:
        assert told.wrong, "secrets that the far side refuses"
