"""S6, laboratory and radiology: ORU."""

from __future__ import annotations

from tests.connectors.contract.description import Description, Foreign, Inbound
from tests.connectors.fixtures import PACKAGES

_FINAL = (PACKAGES / "lis" / "fixtures" / "final.r01.hl7").read_bytes()

DESCRIPTION = Description(
    inbound=Inbound(
        system="lis",
        foreign={
            "type": Foreign(_FINAL.replace(b"ORU^R01", b"MDM^T02"), "unsupported-message-type"),
            "version": Foreign(_FINAL.replace(b"|P|2.5.1", b"|P|3.0"), "hl7-unsupported-version"),
        },
        same_number=lambda body: body + b"NTE|1||something else\r",
    )
)
