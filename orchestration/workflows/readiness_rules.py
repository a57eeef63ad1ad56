"""What a payer asks of a question about coverage beyond the guide of the 270, as its rules have it."""

from __future__ import annotations

import re
from datetime import date

from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import PayerRuleInfo

INQUIRY = "270"
MEMBER_ID, SERVICE_TYPES = "member-id-pattern", "service-types"
#: X12 list 1365: the plan as such, which every payer must answer for (CAQH CORE 154).
WHOLE_PLAN = ("30",)


def is_member_id(value: str, payer: str, facility: str, on: date) -> bool:
    """Whether a member id looks as the payer's rules say; where there are none, any does."""
    return all(re.search(str(rule.parameters["pattern"]), value) for rule in _rules(MEMBER_ID, payer, facility, on))


def service_types(payer: str, facility: str, on: date, visit_type: str) -> tuple[str, ...]:
    """What is asked about for a visit of this kind: what the first rule that fits names, else the plan as such."""
    for rule in _rules(SERVICE_TYPES, payer, facility, on):
        if visit_type in rule.parameters.get("visit_types", (visit_type,)):
            return tuple(rule.parameters["types"])
    return WHOLE_PLAN


def _rules(kind: str, payer: str, facility: str, on: date) -> list[PayerRuleInfo]:
    return [rule for rule in snapshot().rules_for(INQUIRY, payer, facility, on) if rule.kind == kind]
