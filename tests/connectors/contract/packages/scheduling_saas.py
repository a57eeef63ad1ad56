"""S3, SaaS scheduling: signed webhooks of two contract versions."""

from __future__ import annotations

from connectors.scheduling_saas.authenticity import sign
from tests.connectors.contract.description import Description, Foreign, Inbound
from tests.connectors.fixtures import PACKAGES

_FIXTURES = PACKAGES / "scheduling_saas" / "fixtures"
_BOOKED = (_FIXTURES / "booked.v1.json").read_bytes()

DESCRIPTION = Description(
    inbound=Inbound(
        system="scheduling",
        foreign={
            "version": Foreign(_BOOKED.replace(b'"v1"', b'"v9"'), "unknown-contract-version"),
            "two versions at once": Foreign(_BOOKED, "unknown-contract-version", {"x-contract-version": "v2"}),
            "type": Foreign(_BOOKED.replace(b"appointment_booked", b"appointment_dreamt"), "unknown-event-type"),
        },
        same_number=lambda body: body + b" ",
        sign=sign,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
)
