"""Revenue codes (UB-04 FL 42): what kind of hospital service a charge is, by its procedure or its department.

House defaults in one literal place; the codes are those of the National Uniform Billing Committee's list.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.records.models import Charge

#: By the beginning of the CPT or HCPCS code, the longest first.
_BY_PROCEDURE: Mapping[str, str] = {
    "7055": "0611",  # MRI, brain
    "7214": "0612",  # MRI, spine
    "7372": "0614",  # MRI, other
    "7045": "0351",  # CT, head
    "7126": "0352",  # CT, body
    "7417": "0352",
    "7706": "0403",  # mammography
    "9928": "0450",  # emergency room visits
    "9300": "0730",  # electrocardiogram
    "9330": "0480",  # echocardiography
    "9345": "0481",  # cardiac catheterization
    "9641": "0335",  # chemotherapy, intravenous
    "364": "0300",  # drawing blood
    "97": "0420",  # physical therapy
    "99": "0510",  # clinic visits
    "76": "0402",  # ultrasound
    "78": "0340",  # nuclear medicine
    "7": "0320",  # diagnostic radiology
    "88": "0310",  # pathology
    "8": "0300",  # laboratory
    "J": "0636",  # drugs that need a code in detail
}
_LONGEST = max(map(len, _BY_PROCEDURE))
_BY_DEPARTMENT: Mapping[str, str] = {
    "SURG": "0360",
    "ORTH": "0360",
    "EMER": "0450",
    "IMAG": "0320",
    "LABO": "0300",
    "CARD": "0480",
    "ONCO": "0280",
    "PHYS": "0420",
}
#: What no table names: treatment of inpatients, else a clinic's.
_OTHER_INPATIENT, _OTHER = "0760", "0510"


def is_room(code: str) -> bool:
    """Room and board is charged under its revenue code itself and has no procedure: 0120, 0206 …"""
    return len(code) == 4 and code.isdigit() and code.startswith("0")


def revenue_code(charge: Charge, encounter_class: str) -> str:
    """Four digits, for every charge of a hospital."""
    code = charge.procedure_code
    if is_room(code):
        return code
    for length in range(_LONGEST, 0, -1):
        found = _BY_PROCEDURE.get(code[:length])
        if found is not None:
            return found
    return _BY_DEPARTMENT.get(charge.department) or (_OTHER_INPATIENT if encounter_class == "I" else _OTHER)
