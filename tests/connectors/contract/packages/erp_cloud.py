"""S2, the cloud ERP: journal entries over REST."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from connectors.base import DeliveryRequest, SystemConfig
from tests.connectors.contract.description import Description, Outbound
from tests.connectors.erp.conftest import entry, sandbox_command
from tests.connectors.processes import free_port, running


@contextmanager
def _far_side(folder: Path) -> Iterator[int]:
    port = free_port()
    with running(sandbox_command(port, folder / "books.sqlite"), port):
        yield port


def _at(port: int) -> SystemConfig:
    return SystemConfig(
        "erp",
        f"http://127.0.0.1:{port}",
        timeout=timedelta(seconds=5),
        secrets={"client_id": "throughline", "client_secret": "sandbox-erp-secret"},
    )


def _request(number: int) -> DeliveryRequest:
    return entry(key=f"W3:A{number}:receivable")


DESCRIPTION = Description(
    outbound=Outbound(at=_at, request=_request, far_side=_far_side, wrong={"client_secret": "guessed"})
)
