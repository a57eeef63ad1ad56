"""S5 of a clinic that runs GNU Health."""

from __future__ import annotations

from tests.connectors.contract.description import Description, Foreign, Inbound
from tests.connectors.fixtures import PACKAGES

_BOOKED = (PACKAGES / "gnu_health" / "fixtures" / "booked.json").read_bytes()

DESCRIPTION = Description(
    inbound=Inbound(
        system="gnu-health",
        foreign={
            "model": Foreign(_BOOKED.replace(b'"gnuhealth.appointment"', b'"gnuhealth.dream"'), "contract-violation"),
        },
        facility="HILL",
    ),
)
