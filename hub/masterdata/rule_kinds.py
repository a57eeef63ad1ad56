"""What a payer's rule can ask: its kinds, and the parameters that each needs. One literal; no rule runs anything else.

A kind is carried out where its transaction is made (`orchestration.workflows.claim_edits` for claims,
`readiness_rules` and `readiness_authorization` for questions to payers); here stands
only what people may write down, so that a rule that could not be carried out is refused when it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

#: 837 stands for both claim forms.
CLAIMS = frozenset({"837", "837P", "837I"})
TRANSACTIONS = CLAIMS | {"270", "278"}


def _codes(value: Any) -> str:
    fits = isinstance(value, list) and value and all(isinstance(item, str) and item for item in value)
    return "" if fits else 'a list of codes, such as ["70553", "72148"]; a code may end in * (7055*)'


def _number(value: Any) -> str:
    try:
        fits = isinstance(value, str | int) and not isinstance(value, bool) and Decimal(value) > 0
    except InvalidOperation:
        fits = False
    return "" if fits else "a number above 0"


def _pattern(value: Any) -> str:
    try:
        fits = isinstance(value, str) and bool(value) and re.compile(value) is not None
    except re.error:
        fits = False
    return "" if fits else "a regular expression, such as ^[A-Z][0-9]{9}$"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `check` answers what it should be where a value does not fit, and nothing where it does."""

    check: Callable[[Any], str]
    required: bool = True


CODES, SOME_CODES = Parameter(_codes), Parameter(_codes, required=False)
NUMBER, PATTERN = Parameter(_number), Parameter(_pattern)
SOME_NUMBER = Parameter(_number, required=False)


@dataclass(frozen=True, slots=True)
class RuleKind:
    """`title` says to people what the rule asks; `transactions` where it may stand."""

    title: str
    transactions: frozenset[str] = CLAIMS
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


KINDS: Mapping[str, RuleKind] = {
    "authorization-number-required": RuleKind(
        "These procedures need an authorization number on the claim", parameters={"codes": CODES}
    ),
    "member-id-pattern": RuleKind(
        "The member id looks like this", transactions=CLAIMS | {"270"}, parameters={"pattern": PATTERN}
    ),
    "service-types": RuleKind(
        "Coverage is asked for by these service types, for visits of these kinds or all",
        transactions=frozenset({"270"}),
        parameters={"types": CODES, "visit_types": SOME_CODES},
    ),
    "modifier-required": RuleKind(
        "These procedures carry one of these modifiers", parameters={"codes": CODES, "modifiers": CODES}
    ),
    "diagnosis-required": RuleKind(
        "These procedures stand beside one of these diagnoses", parameters={"codes": CODES, "diagnoses": CODES}
    ),
    "diagnoses-not-together": RuleKind(
        "No diagnosis of the first list stands beside one of the second", parameters={"first": CODES, "second": CODES}
    ),
    "most-units": RuleKind(
        "No more units of these procedures on one day", parameters={"codes": CODES, "units": NUMBER}
    ),
    "rendering-provider-required": RuleKind(
        "These procedures, or all, name who rendered or attended", parameters={"codes": SOME_CODES}
    ),
    "referring-provider-required": RuleKind(
        "These procedures, or all, name who referred", parameters={"codes": SOME_CODES}
    ),
    "taxonomy-required": RuleKind("The billing provider's taxonomy is on the claim"),
    "attachment-required": RuleKind(
        "These procedures name an attachment (PWK)", parameters={"codes": CODES}
    ),
    "timely-filing": RuleKind(
        "The claim is sent within so many days of the service, or within the payer's own limit",
        parameters={"days": SOME_NUMBER},
    ),
    "authorization-required": RuleKind(
        "Visits of all these kinds, service lines and procedures need prior authorization",
        transactions=frozenset({"278"}),
        parameters={"visit_types": SOME_CODES, "service_lines": SOME_CODES, "codes": SOME_CODES},
    ),
    "coding-required": RuleKind("The claim waits until the visit is finally coded"),
}  # fmt: skip


def faults(kind: str, transaction: str, parameters: Any) -> dict[str, str]:
    """What is wrong with a rule, by field; empty where it can be carried out."""
    known = KINDS.get(kind)
    if known is None:
        return {"kind": f"There is no such kind; expected one of {', '.join(sorted(KINDS))}."}
    found: dict[str, str] = {}
    if transaction not in known.transactions:
        found["transaction"] = f"This kind stands in {', '.join(sorted(known.transactions))} only."
    if not isinstance(parameters, dict):
        return {**found, "parameters": "Parameters are a JSON object."}
    problems = [f"{name} is not one of its parameters" for name in sorted(parameters.keys() - known.parameters.keys())]
    for name, parameter in known.parameters.items():
        if name not in parameters:
            problems += [f"{name} is missing"] if parameter.required else []
        elif expected := parameter.check(parameters[name]):
            problems.append(f"{name} must be {expected}")
    if problems:
        found["parameters"] = "; ".join(problems) + "."
    return found
