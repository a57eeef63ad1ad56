"""S7, billing: when a stay's codes are final it says so by a signed webhook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from connectors.sandbox import group
from connectors.sandbox.cast import Visit

# MS-DRG and ICD-10-PCS of a stay, by department: without complications, as the sandbox's patients are.
_STAYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "CARD": ("287", ("4A023N7",)),
    "ORTH": ("470", ("0SRC0J9",)),
    "SURG": ("352", ("0YQ50ZZ",)),
    "ONCO": ("847", ("3E03305",)),
    "PEDI": ("203", ()),
}
_OTHER: tuple[str, tuple[str, ...]] = ("951", ())
_HOME, _ELECTIVE = "01", "3"


def completed(visit: Visit, at: datetime) -> bytes:
    """The webhook that says that the coders are done with this visit."""
    drg, procedures = _STAYS.get(visit.department, _OTHER)
    return msgspec.json.encode(
        {
            "contractVersion": "v1",
            "type": "coding.completed",
            "time": at.isoformat(),
            "businessUnit": group.local_code("facility", group.BILLING, "", visit.facility),
            "account": {"number": visit.account, "visit": visit.number},
            "codes": {"drg": drg, "diagnoses": list(visit.diagnoses), "procedures": list(procedures)},
            "dischargeStatus": _HOME,
            "admissionType": _ELECTIVE,
            "coder": "coder-1",
        }
    )
