"""S5, the EHR: ADT and DFT."""

from __future__ import annotations

from tests.connectors.contract.description import Description, Foreign, Inbound
from tests.connectors.fixtures import PACKAGES

_ADMITTED = (PACKAGES / "ehr" / "fixtures" / "admitted.a01.hl7").read_bytes()

DESCRIPTION = Description(
    inbound=Inbound(
        system="ehr",
        foreign={"type": Foreign(_ADMITTED.replace(b"ADT^A01", b"MDM^T02"), "unsupported-message-type")},
        same_number=lambda body: body + b"NTE|1||something else\r",
    )
)
