"""Payer rules on claims: each kind is a small pure function over the typed claim. What a payer asks is data.

A check answers whether the claim satisfies the rule. It never raises, and says nothing itself: the rule's own words
go into the case, never a value of the claim.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.formats.x12 import InstitutionalClaim, ProfessionalClaim
from hub.core.money import ZERO
from hub.masterdata.snapshot import PayerRuleInfo

PROFESSIONAL, INSTITUTIONAL = "837P", "837I"
#: Timely filing counts for a claim that is sent for the first time.
_ORIGINAL = "1"


@dataclass(frozen=True, slots=True)
class Service:
    """One line, as far as rules look at it."""

    code: str
    modifiers: tuple[str, ...]
    units: Decimal
    day: date | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim about to be sent; `filing_days` is the payer's own limit, 0 where it has none."""

    document: ProfessionalClaim | InstitutionalClaim
    today: date
    filing_days: int = 0

    @property
    def transaction(self) -> str:
        return INSTITUTIONAL if isinstance(self.document, InstitutionalClaim) else PROFESSIONAL

    def services(self) -> Iterator[Service]:
        for line in self.document.lines:
            procedure = line.procedure
            yield Service(
                procedure.code if procedure else "",
                procedure.modifiers if procedure else (),
                line.units,
                line.service_date,
            )

    def of(self, patterns: Sequence[str]) -> list[Service]:
        """The lines whose procedure fits; all of them where no pattern is given."""
        return [one for one in self.services() if not patterns or fits(one.code, patterns)]


Parameters = Mapping[str, Any]
Check = Callable[[Draft, Parameters], bool]


def fits(code: str, patterns: Iterable[str]) -> bool:
    """Whether a code is one of `patterns`; a pattern that ends in * names all codes that begin so. Dots are no part."""
    plain = code.replace(".", "")
    for pattern in patterns:
        wanted = pattern.replace(".", "")
        if plain == wanted or (wanted.endswith("*") and plain.startswith(wanted[:-1])):
            return True
    return False


def failing(draft: Draft, rules: Iterable[PayerRuleInfo]) -> list[PayerRuleInfo]:
    """The rules that a claim does not satisfy. Kinds that are no edits are none of this function's."""
    return [
        rule
        for rule in rules
        if (check := CHECKS.get(rule.kind)) is not None and not check(draft, rule.parameters)
    ]  # fmt: skip


def _authorization_number(draft: Draft, parameters: Parameters) -> bool:
    return bool(draft.document.prior_authorization) or not draft.of(parameters["codes"])


def _member_id(draft: Draft, parameters: Parameters) -> bool:
    return re.search(parameters["pattern"], draft.document.subscriber.member_id) is not None


def _modifier(draft: Draft, parameters: Parameters) -> bool:
    wanted = set(parameters["modifiers"])
    return all(wanted & set(one.modifiers) for one in draft.of(parameters["codes"]))


def _diagnosis(draft: Draft, parameters: Parameters) -> bool:
    if not draft.of(parameters["codes"]):
        return True
    return any(fits(one.code, parameters["diagnoses"]) for one in draft.document.diagnoses)


def _diagnoses_apart(draft: Draft, parameters: Parameters) -> bool:
    codes = [one.code for one in draft.document.diagnoses]
    return not all(any(fits(code, parameters[name]) for code in codes) for name in ("first", "second"))


def _units(draft: Draft, parameters: Parameters) -> bool:
    by_day: dict[tuple[str, date | None], Decimal] = defaultdict(lambda: ZERO)
    for one in draft.of(parameters["codes"]):
        by_day[one.code, one.day] += one.units
    return all(units <= Decimal(parameters["units"]) for units in by_day.values())


def _rendering(draft: Draft, parameters: Parameters) -> bool:
    who = draft.document.attending if isinstance(draft.document, InstitutionalClaim) else draft.document.rendering
    return who is not None or not draft.of(parameters.get("codes", ()))


def _referring(draft: Draft, parameters: Parameters) -> bool:
    return draft.document.referring is not None or not draft.of(parameters.get("codes", ()))


def _taxonomy(draft: Draft, parameters: Parameters) -> bool:
    who = draft.document.attending if isinstance(draft.document, InstitutionalClaim) else draft.document.rendering
    return bool(draft.document.billing.taxonomy or (who is not None and who.taxonomy))


def _attachment(draft: Draft, parameters: Parameters) -> bool:
    return bool(draft.document.attachments) or not draft.of(parameters["codes"])


def _timely(draft: Draft, parameters: Parameters) -> bool:
    days = int(parameters.get("days") or draft.filing_days)
    served = [one.day for one in draft.services() if one.day is not None]
    if not days or not served or draft.document.frequency_code != _ORIGINAL:
        return True
    return (draft.today - min(served)).days <= days


CHECKS: Mapping[str, Check] = {
    "authorization-number-required": _authorization_number,
    "member-id-pattern": _member_id,
    "modifier-required": _modifier,
    "diagnosis-required": _diagnosis,
    "diagnoses-not-together": _diagnoses_apart,
    "most-units": _units,
    "rendering-provider-required": _rendering,
    "referring-provider-required": _referring,
    "taxonomy-required": _taxonomy,
    "attachment-required": _attachment,
    "timely-filing": _timely,
}
