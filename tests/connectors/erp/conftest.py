"""The ERPs that every ERP client is tried against: real servers, the same contract."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors.base import DeliveryRequest, SystemConfig
from connectors.erp import ErpClient
from connectors.erp_cloud.client import ErpCloudClient
from connectors.erp_tryton.client import TrytonClient
from connectors.sandbox.tryton import TrytonOptions, hub_access, is_installed, prepare
from hub import embedded
from hub.core import clock, ids
from tests.connectors.processes import Server, free_port, module_command, running
from tests.connectors.proxy import AnswerLosingProxy

TIMEOUT = timedelta(seconds=20)
CONTROL = {"Authorization": "Bearer sandbox-control"}


@dataclass(frozen=True)
class Far:
    """One ERP under test. `posting` is what the request that commits contains, to lose its answer."""

    code: str
    server: Server
    connect: Callable[[SystemConfig], ErpClient]
    secrets: Mapping[str, str]
    posting: bytes
    options: Mapping[str, str] = field(default_factory=dict)

    def config(self, url: str = "", timeout: timedelta = TIMEOUT, **secrets: str) -> SystemConfig:
        return SystemConfig(
            code=self.code,
            base_url=url or self.server.url,
            timeout=timeout,
            options=self.options,
            secrets={**self.secrets, **secrets},
        )


@pytest.fixture(scope="session")
def sandbox_erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    books = tmp_path_factory.mktemp("erp") / "books.sqlite"
    port = free_port()
    with running(sandbox_command(port, books), port) as server:
        yield sandbox_far(server)


def sandbox_command(port: int, books: Path, *options: str) -> list[str]:
    return module_command("connectors.sandbox.erp", port, "--books", str(books), *options)


def sandbox_far(server: Server) -> Far:
    return Far(
        code="erp",
        server=server,
        connect=ErpCloudClient,
        secrets={"client_id": "throughline", "client_secret": "sandbox-erp-secret"},
        posting=b"/api/v1/journal-entries",
    )


@pytest.fixture(scope="session")
def tryton_erp(servers: None) -> Iterator[Far]:
    """A real Tryton on the tests' own PostgreSQL; building its database takes a minute, once a year."""
    options = TrytonOptions(
        postgres=embedded.database_url(Path(os.environ["HUB_VAR"])), database=f"tryton_{os.getpid()}"
    )
    if not is_installed(options):
        pytest.skip("Tryton is not installed: run deploy/tryton/setup.sh (`make test` does)")
    prepare(options)
    port = free_port()
    command = module_command(
        "connectors.sandbox.tryton", port, "--postgres", options.postgres, "--database", options.database
    )
    client_options, secrets = hub_access(options)
    with running(command, port) as server:
        yield Far(
            code="erp",
            server=server,
            connect=TrytonClient,
            secrets=secrets,
            posting=b"model.account.move.post",
            options=client_options,
        )


@pytest.fixture(params=["sandbox", pytest.param("tryton", marks=pytest.mark.tryton)])
def far(request: pytest.FixtureRequest) -> Far:
    return request.getfixturevalue(f"{request.param}_erp")


@pytest.fixture
def client(far: Far) -> Iterator[ErpClient]:
    opened = far.connect(far.config())
    yield opened
    opened.close()


@pytest.fixture
def proxy(far: Far) -> Iterator[AnswerLosingProxy]:
    cutting = AnswerLosingProxy(far.server.port)
    yield cutting
    cutting.close()


def books_of(server: Server) -> dict[str, object]:
    """The sandbox ERP's own account of its books."""
    return httpx.get(f"{server.url}/_control/books", headers=CONTROL).raise_for_status().json()


def order_faults(server: Server, **faults: object) -> None:
    httpx.post(f"{server.url}/_control/faults", headers=CONTROL, json=faults).raise_for_status()


def entry(
    amount: str = "125.00",
    *,
    credit: str = "",
    account: str = "1100",
    cost_center: str = "CC-C01-CARD",
    day: str = "",
    key: str = "",
) -> DeliveryRequest:
    """A charge of cardiology at clinic 01, balanced unless `credit` says otherwise."""
    lines = [
        {"account": account, "cost_center": None, "debit": amount, "credit": "0.00", "memo": ""},
        {
            "account": "4010",
            "cost_center": cost_center,
            "debit": "0.00",
            "credit": credit or amount,
            "memo": "visit",
        },
    ]
    payload = {
        "date": day or clock.today().isoformat(),
        "currency": "USD",
        "description": "Charge captured",
        "lines": lines,
    }
    return DeliveryRequest("journal.post", key or f"charge:{ids.uuid7()}", payload)


def plan(amount: str = "-120.00") -> DeliveryRequest:
    payload = {
        "date": clock.today().isoformat(),
        "currency": "USD",
        "account": "9001",
        "cost_center": "CC-NLM-ORTH",
        "amount": amount,
        "description": "Expected revenue",
    }
    return DeliveryRequest("plan.post", f"plan:{ids.uuid7()}", payload)
