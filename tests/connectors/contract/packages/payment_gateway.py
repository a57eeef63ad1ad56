"""S10, the payment gateway: signed webhooks. A type that means nothing here is understood, as no event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from connectors.payment_gateway import authenticity
from tests.connectors.contract.description import Description, Foreign, Inbound
from tests.connectors.fixtures import PACKAGES

_SETTLED = (PACKAGES / "payment_gateway" / "fixtures" / "settled.json").read_bytes()


def _sign(body: bytes, number: str, secret: str, at: datetime) -> Mapping[str, str]:
    """The gateway's number stands in the body."""
    return authenticity.sign(body, [secret], at)


DESCRIPTION = Description(
    inbound=Inbound(
        system="gateway",
        foreign={
            "another kind of object": Foreign(_SETTLED.replace(b'"event"', b'"v2.core.event"'), "contract-violation")
        },
        same_number=lambda body: body + b" ",
        sign=_sign,
        secret="whsec_contract_suite",
    )
)
