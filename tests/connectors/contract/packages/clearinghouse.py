"""S8, the clearinghouse: 999, 277CA and 835 in, claims out by SFTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import msgspec

from connectors.base import DeliveryRequest, SystemConfig
from connectors.sandbox import settings
from connectors.sandbox.clearinghouse import Clearinghouse
from connectors.sandbox.sftp import SftpSite
from tests.connectors.contract.description import Description, Foreign, Inbound, Outbound
from tests.connectors.fixtures import PACKAGES
from tests.connectors.formats.x12.cast import claim
from tests.connectors.processes import free_port

_ACKNOWLEDGED = (PACKAGES / "clearinghouse" / "fixtures" / "acknowledged.999.x12").read_bytes()
#: A key that nobody has: a far side that is away is never asked for one.
_NOBODY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
_host_keys = [_NOBODY]


@contextmanager
def _far_side(folder: Path) -> Iterator[int]:
    with patch.dict(os.environ, {"HUB_VAR": str(folder)}):
        house, port = Clearinghouse(settings.state_dir()), free_port()
        site = SftpSite(house.root, port)
        site.start()
        _host_keys[:] = [settings.host_key_file().read_text().strip()]
        try:
            yield port
        finally:
            site.stop()


def _at(port: int) -> SystemConfig:
    return SystemConfig(
        code="clearinghouse",
        base_url="",
        timeout=timedelta(seconds=5),
        options={
            "host": "127.0.0.1",
            "port": port,
            "username": settings.SFTP_HUB_USER,
            "host_keys": list(_host_keys),
            "inbound": settings.SFTP_INBOUND,
            "submitter_id": "NORTHLAKE",
            "receiver_id": "CLRHOUSE",
        },
        secrets={"password": settings.SFTP_HUB_PASSWORD},
    )


def _request(number: int) -> DeliveryRequest:
    document = msgspec.to_builtins(claim(f"A{number}"))
    return DeliveryRequest("claim.submit", f"W3:A{number}:submit", {"claim": document})


DESCRIPTION = Description(
    inbound=Inbound(
        system="clearinghouse",
        foreign={
            "transaction": Foreign(_ACKNOWLEDGED.replace(b"ST*999*", b"ST*856*"), "unsupported-transaction"),
        },
    ),
    outbound=Outbound(at=_at, request=_request, far_side=_far_side, wrong={"password": "guessed"}, http=False),
)
