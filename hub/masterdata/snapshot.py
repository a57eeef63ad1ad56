"""The crosswalk and the reference data as they stood at one version, in memory: dictionaries, never queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from hub.core.errors import MappingMissing
from hub.masterdata.decisions import TableInfo, in_force

_Info = TypeVar("_Info")


@dataclass(frozen=True, slots=True)
class FacilityInfo:
    code: str
    name: str
    kind: str
    time_zone: str
    npi: str
    tax_id: str
    address: str
    city: str
    region: str
    postal_code: str
    charge_grace_days: int
    readiness_days: int = 1
    corrected_claims: str = "automatic"


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    code: str
    name: str
    npi: str
    last_name: str
    first_name: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class PayerInfo:
    code: str
    name: str
    payer_class: str
    payer_id: str
    claim_filing_code: str
    appeal_days: int
    timely_filing_days: int
    real_time_system: str = ""
    appeal_decision_days: int = 60


@dataclass(frozen=True, slots=True)
class LocationInfo:
    code: str
    name: str
    facility: str
    place_of_service: str


@dataclass(frozen=True, slots=True)
class AccountInfo:
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class PayerRuleInfo:
    """One companion rule of a payer; an empty payer or facility means every one."""

    code: str
    transaction: str
    payer: str
    facility: str
    kind: str
    parameters: Mapping[str, Any]
    message: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class DenialReasonInfo:
    """What a claim adjustment reason code means for us."""

    carc: str
    family: str
    root_cause: str
    advice: str


@dataclass(frozen=True, slots=True)
class Span:
    """A value that holds on the days from `start` to before `end`; of a mapping, its key and whether it is a rule."""

    start: date
    end: date
    value: str | Decimal
    mapping: int = 0
    is_rule: bool = False


MappingKey = tuple[str, str, str, str]
"""Domain, system, facility (empty: every one), local code; of a rule, what a code must begin with."""
FeeKey = tuple[str, str, str]
"""Service line, visit type, payer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosswalk:
    """All look-ups at version `number`. Pass one object along where a run must see one version throughout.

    `rule_lengths` has, for each domain and system with rules, how long their beginnings are, the longest first.
    """

    number: int
    mappings: Mapping[MappingKey, tuple[Span, ...]]
    fees: Mapping[FeeKey, tuple[Span, ...]]
    cost_centers: Mapping[tuple[str, str], str]
    service_lines: Mapping[str, str]
    facilities: Mapping[str, FacilityInfo]
    providers: Mapping[str, ProviderInfo]
    payers: Mapping[str, PayerInfo]
    locations: Mapping[str, LocationInfo]
    accounts: Mapping[str, AccountInfo]
    payer_rules: tuple[PayerRuleInfo, ...] = ()
    denial_reasons: Mapping[str, DenialReasonInfo] = field(default_factory=dict)
    decision_tables: Mapping[str, tuple[TableInfo, ...]] = field(default_factory=dict)
    rules: Mapping[MappingKey, tuple[Span, ...]] = field(default_factory=dict)
    rule_lengths: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)

    def decision_table(self, code: str, on: date) -> TableInfo | None:
        """The version of a decision table that is in force on `on`."""
        return in_force(self.decision_tables.get(code, ()), on)

    def rules_for(self, transaction: str, payer: str, facility: str, on: date) -> list[PayerRuleInfo]:
        """The payer's rules for a transaction (837P, 837I, 270, 278) on the service date `on`, in code order.

        A rule of 837 holds for both claim forms.
        """
        return [
            rule
            for rule in self.payer_rules
            if transaction.startswith(rule.transaction)
            and rule.payer in ("", payer)
            and rule.facility in ("", facility)
            and rule.start <= on < rule.end
        ]

    def resolve(self, domain: str, system: str, facility: str, local_code: str, on: date) -> str:
        """The canonical code of a local one on the service date `on`. Raises MappingMissing."""
        return str(self.find(domain, system, facility, local_code, on).value)

    def find(self, domain: str, system: str, facility: str, local_code: str, on: date) -> Span:
        """The mapping that goes first, as `precedence` says. Raises MappingMissing."""
        places = (facility, "") if facility else ("",)
        for place in places:
            for span in self.mappings.get((domain, system, place, local_code), ()):
                if span.start <= on < span.end:
                    return span
        for length in self.rule_lengths.get((domain, system), ()):
            if length <= len(local_code):
                for place in places:
                    for span in self.rules.get((domain, system, place, local_code[:length]), ()):
                        if span.start <= on < span.end:
                            return span
        raise missing(domain, system, facility, local_code)

    def knows(self, domain: str, system: str, facility: str, local_code: str) -> bool:
        """Whether a mapping speaks of the code, on whatever days."""
        places = {facility, ""}
        if any((domain, system, place, local_code) in self.mappings for place in places):
            return True
        starts = {local_code[:length] for length in self.rule_lengths.get((domain, system), ())}
        return any((domain, system, place, start) in self.rules for place in places for start in starts)

    def cost_center(self, facility: str, department: str) -> str:
        """Raises MappingMissing where the facility has none for the department."""
        found = self.cost_centers.get((facility, department))
        if found is None:
            raise missing("cost_center", "", facility, department)
        return found

    def service_line_of(self, department: str) -> str:
        """Raises MappingMissing for a department that is none."""
        return _known(self.service_lines, "department", department)

    def expected_amount(self, service_line: str, visit_type: str, payer: str, on: date) -> Decimal:
        """What a visit should bring, in USD, by the fee table of the day. Raises MappingMissing without a row."""
        for span in self.fees.get((service_line, visit_type, payer), ()):
            if span.start <= on < span.end:
                return Decimal(span.value)
        cause = ("fee", service_line, visit_type, payer)
        raise MappingMissing(
            "unmapped-fee",
            f"The fee table has no row for {visit_type} in {service_line} with payer {payer}.",
            cause=cause,
            hint="Add the fee under Master data, Fees; the held work then goes on by itself.",
            subject=dict(zip(("domain", "service_line", "visit_type", "payer"), cause, strict=True)),
        )

    def typical_amount(self, visit_type: str, payer: str, on: date) -> Decimal:
        """What such a visit brings as a rule, whatever the service line: the middle of the fee table's rows; zero
        without any."""
        amounts = sorted(
            Decimal(span.value)
            for (_, kind, whose), spans in self.fees.items()
            if (kind, whose) == (visit_type, payer)
            for span in spans
            if span.start <= on < span.end
        )
        return amounts[len(amounts) // 2] if amounts else Decimal("0.00")

    def facility(self, code: str) -> FacilityInfo:
        return _known(self.facilities, "facility", code)

    def provider(self, code: str) -> ProviderInfo:
        return _known(self.providers, "provider", code)

    def payer(self, code: str) -> PayerInfo:
        return _known(self.payers, "payer", code)

    def location(self, code: str) -> LocationInfo:
        return _known(self.locations, "location", code)

    def account(self, code: str) -> AccountInfo:
        return _known(self.accounts, "account", code)


def _known(entities: Mapping[str, _Info], domain: str, code: str) -> _Info:
    found = entities.get(code)
    if found is None:
        raise unknown(domain, code)
    return found


def missing(domain: str, system: str, facility: str, local_code: str) -> MappingMissing:
    """What a steward mends by mapping one code: equal values are one cause."""
    label = domain.replace("_", " ")
    place = f" at {facility}" if facility else ""
    whose = f" of {system}" if system else ""
    return MappingMissing(
        f"unmapped-{domain}",
        f"The {label} {local_code}{whose}{place} has no canonical code.",
        cause=(domain, system, facility, local_code),
        hint=f"Map the {label} {local_code}; the held work then goes on by itself.",
        subject={"domain": domain, "system": system, "facility": facility, "local_code": local_code},
    )


def unknown(domain: str, code: str) -> MappingMissing:
    """A canonical code that the reference data does not hold."""
    return MappingMissing(
        f"unknown-{domain}",
        f"The reference data holds no {domain.replace('_', ' ')} {code}.",
        cause=(domain, code),
        hint=f"Add it under Master data, or correct the mapping to {code}.",
        subject={"domain": domain, "code": code},
    )
