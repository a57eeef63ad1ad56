"""What the contract suite must be told of a connector: one `DESCRIPTION` in `packages/<package>.py` each.

Everything else the suite finds by itself: the registry says what a package offers, its fixtures what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from connectors.base import DeliveryRequest, SystemConfig
from connectors.registry import CONNECTORS, Connector

#: The headers that a sender puts on a body: its number for it, one of our secrets, the moment.
Sign = Callable[[bytes, str, str, datetime], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A sound message that this package must not guess at: another version, another type. `code` is its refusal."""

    body: bytes
    code: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What a package receives. `system` is the code under which a group configures it, `facility` that of its feed.

    `same_number` is a fixture's body with other content under the same number of its sender; None where the digest
    of the content is the number. `sign` and `secret` belong to signed feeds; `dated` says that
    the moment is signed too.
    """

    system: str
    foreign: Mapping[str, Foreign]
    same_number: Callable[[bytes], bytes] | None = None
    facility: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    sign: Sign | None = None
    secret: str = ""
    dated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What a package delivers.

    `at` is the system as configured to be at a port of this machine. `far_side` starts a real server that keeps
    what it is sent, and gives its port; without one, `instead` says which tests hold the package to the same
    promises. `request` makes the n-th request, each with a posting key of its own. `wrong` are secrets that the far
    side refuses. A question has no effect there: asked again it does no harm, and there is nothing to read back.
    """

    at: Callable[[int], SystemConfig]
    request: Callable[[int], DeliveryRequest]
    far_side: Callable[[Path], AbstractContextManager[int]] | None = None
    instead: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    http: bool = True
    question: bool = False

    def quick(self, port: int) -> SystemConfig:
        """With little patience, for far sides that never answer."""
        return replace(self.at(port), timeout=timedelta(milliseconds=300))


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    inbound: Inbound | None = None
    outbound: Outbound | None = None


def description(package: str) -> Description:
    """Raises AssertionError for a registered connector that nobody described."""
    try:
        module = import_module(f"tests.connectors.contract.packages.{package}")
    except ModuleNotFoundError as error:
        raise AssertionError(
            f"{package} is registered and not described: write tests/connectors/contract/packages/{package}.py"
        ) from error
    found: Description = module.DESCRIPTION
    return found


def inbound(connector: Connector) -> Inbound:
    found = description(connector.package).inbound
    assert found is not None, f"{connector.package} receives; its description must say what"
    return found


def outbound(connector: Connector) -> Outbound:
    found = description(connector.package).outbound
    assert found is not None, f"{connector.package} delivers; its description must say how"
    return found


def _described(connector: Connector) -> Description:
    """Empty for one that nobody described: test_packages says so, and the others are tried all the same."""
    try:
        return description(connector.package)
    except AssertionError:
        return Description()


RECEIVING = tuple(item for item in CONNECTORS if _described(item).inbound is not None)
DELIVERING = tuple(item for item in CONNECTORS if _described(item).outbound is not None)


def package_of(connector: Connector) -> str:
    """How a connector is called in the names of tests."""
    return connector.package
