"""S2, Tryton: journal entries over JSON-RPC."""

from __future__ import annotations

from datetime import timedelta

from connectors.base import DeliveryRequest, SystemConfig
from tests.connectors.contract.description import Description, Outbound
from tests.connectors.erp.conftest import entry


def _at(port: int) -> SystemConfig:
    return SystemConfig(
        "erp",
        f"http://127.0.0.1:{port}",
        timeout=timedelta(seconds=5),
        options={"database": "tryton", "company": 1, "user": "hub"},
        secrets={"rest_key": "key", "password": "password"},
    )


def _request(number: int) -> DeliveryRequest:
    return entry(key=f"W3:A{number}:receivable")


DESCRIPTION = Description(
    outbound=Outbound(
        at=_at,
        request=_request,
        instead="tests/connectors/erp tries it and the cloud ERP's client alike, against a real Tryton",
    )
)
