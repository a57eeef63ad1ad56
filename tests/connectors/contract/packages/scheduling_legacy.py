"""S4, hospital scheduling: SIU."""

from __future__ import annotations

from tests.connectors.contract.description import Description, Foreign, Inbound
from tests.connectors.fixtures import PACKAGES

_BOOKED = (PACKAGES / "scheduling_legacy" / "fixtures" / "booked.s12.hl7").read_bytes()

DESCRIPTION = Description(
    inbound=Inbound(
        system="hospital-scheduling",
        foreign={"type": Foreign(_BOOKED.replace(b"SIU^S12", b"MDM^T02"), "unsupported-message-type")},
        same_number=lambda body: body + b"NTE|1||something else\r",
    )
)
