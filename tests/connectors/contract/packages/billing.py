"""S7, billing: payments and billing status over REST, final codes by signed webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from connectors.base import DeliveryRequest, SystemConfig
from connectors.billing.authenticity import sign
from tests.connectors.contract.description import Description, Foreign, Inbound, Outbound
from tests.connectors.fixtures import PACKAGES
from tests.connectors.processes import free_port, module_command, running


@contextmanager
def _far_side(folder: Path) -> Iterator[int]:
    port = free_port()
    command = module_command("connectors.sandbox.billing", port, "--books", str(folder / "billing.sqlite"))
    with running(command, port):
        yield port


def _at(port: int) -> SystemConfig:
    return SystemConfig(
        "billing",
        f"http://127.0.0.1:{port}",
        timeout=timedelta(seconds=5),
        secrets={"api_key": "sandbox-billing-key"},
    )


def _request(number: int) -> DeliveryRequest:
    payload = {
        "account_number": f"A-{number}",
        "amount": "40.00",
        "currency": "USD",
        "date": "2026-11-20",
        "method": "card",
    }
    return DeliveryRequest("billing.post_payment", f"W5:P{number}:post", payload)


_CODED = (PACKAGES / "billing" / "fixtures" / "coded.v1.json").read_bytes()

DESCRIPTION = Description(
    inbound=Inbound(
        system="billing",
        foreign={
            "version": Foreign(_CODED.replace(b'"v1"', b'"v2"'), "unknown-contract-version"),
            "type": Foreign(_CODED.replace(b"coding.completed", b"coding.dreamt"), "unknown-event-type"),
            "a diagnosis that is none": Foreign(_CODED.replace(b"M17.11", b"hernia"), "contract-violation"),
        },
        same_number=lambda body: body + b" ",
        sign=sign,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ),
    outbound=Outbound(at=_at, request=_request, far_side=_far_side, wrong={"api_key": "guessed"}),
)
