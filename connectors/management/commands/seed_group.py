"""`manage.py seed_group`: the sandbox group's reference data, fees and crosswalk.

Adds what is missing and changes nothing that is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from connectors.sandbox import chart, group
from hub.governance.access import Actor
from hub.masterdata import seed
from hub.masterdata.decisions import LATE_ADJUSTMENT
from hub.masterdata.first_policies import FIRST_POLICIES
from hub.masterdata.first_rules import LATE_ADJUSTMENTS
from hub.masterdata.models import (
    Account,
    CostCenter,
    Department,
    Facility,
    Location,
    Payer,
    Provider,
    ServiceLine,
)


class Command(BaseCommand):
    help = "Load the sandbox group's reference data, fees and crosswalk; what is there already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = seed.load(name=chart.ENTERPRISE, parts=PARTS, actor=Actor.command())
        made = ", ".join(f"{number} {label}" for label, number in counts.items() if number)
        self.stdout.write(f"{chart.ENTERPRISE}: {made or 'nothing was missing'}")


def _facilities() -> int:
    return seed.add_missing(
        Facility,
        (
            {
                "code": facility.code,
                "name": facility.name,
                "kind": facility.kind,
                "time_zone": facility.time_zone,
                "npi": facility.npi,
                "tax_id": facility.tax_id,
                "address": facility.address,
                "city": facility.city,
                "region": facility.region,
                "postal_code": facility.postal_code,
            }
            for facility in group.FACILITIES
        ),
    )


def _service_lines() -> int:
    return seed.add_missing(ServiceLine, ({"code": code, "name": name} for code, name in group.SERVICE_LINES.items()))


def _departments() -> int:
    lines = seed.by_code(ServiceLine)
    return seed.add_missing(
        Department,
        ({"code": one.code, "name": one.name, "service_line": lines[one.service_line]} for one in group.DEPARTMENTS),
    )


def _cost_centers() -> int:
    facilities, departments = seed.by_code(Facility), seed.by_code(Department)
    rows = []
    for code, name in chart.COST_CENTERS.items():
        _, facility, department = code.split("-")
        rows.append(
            {
                "code": code,
                "name": name,
                "facility": facilities[facility],
                "department": departments[department],
            }
        )
    return seed.add_missing(CostCenter, rows)


def _locations() -> int:
    facilities = seed.by_code(Facility)
    return seed.add_missing(
        Location,
        (
            {
                "code": one.code,
                "name": one.name,
                "facility": facilities[one.facility],
                "place_of_service": one.place_of_service,
            }
            for one in group.LOCATIONS
        ),
    )


def _providers() -> int:
    return seed.add_missing(
        Provider,
        (
            {
                "code": one.code,
                "name": one.name,
                "npi": one.npi,
                "first_name": one.first_name,
                "last_name": one.last_name,
                "taxonomy": one.taxonomy,
            }
            for one in group.PROVIDERS
        ),
    )


def _payers() -> int:
    return seed.add_missing(
        Payer,
        (
            {
                "code": one.code,
                "name": one.name,
                "payer_class": one.payer_class,
                "payer_id": one.payer_id,
                "claim_filing_code": one.filing_code,
                "appeal_days": one.appeal_days,
                "timely_filing_days": one.timely_filing_days,
                "real_time_system": one.real_time_system,
            }
            for one in group.PAYERS
        ),
    )


def _accounts() -> int:
    return seed.add_missing(Account, ({"code": one.code, "name": one.name, "kind": one.kind} for one in chart.ACCOUNTS))


def _fees() -> int:
    rows = ((one.service_line, one.visit_type, one.payer, one.amount) for one in group.FEES)
    return seed.add_missing_fees(rows, since=group.SINCE)


def _payer_rules() -> int:
    return seed.add_missing_payer_rules(
        (
            {
                "code": one.code,
                "payer": one.payer,
                "transaction": one.transaction,
                "kind": one.kind,
                "parameters": {name: list(values) for name, values in one.parameters.items()},
                "message": one.message,
            }
            for one in group.PAYER_RULES
        ),
        since=group.SINCE,
    )


def _mappings() -> int:
    rows = ((one.domain, one.system, one.facility, one.local, one.canonical) for one in group.mapped_codes())
    return seed.add_missing_mappings(rows, since=group.SINCE, by="first load")


def _policies() -> int:
    return seed.add_missing_policies(FIRST_POLICIES)


def _decision_tables() -> int:
    return seed.add_missing_table(
        code=LATE_ADJUSTMENT,
        name="Late payer adjustments",
        rows=LATE_ADJUSTMENTS,
        since=group.SINCE,
        by="first load",
    )


PARTS: tuple[tuple[str, Callable[[], int]], ...] = (
    ("facilities", _facilities),
    ("service lines", _service_lines),
    ("departments", _departments),
    ("cost centers", _cost_centers),
    ("locations", _locations),
    ("providers", _providers),
    ("payers", _payers),
    ("accounts", _accounts),
    ("fees", _fees),
    ("payer rules", _payer_rules),
    ("mappings", _mappings),
    ("domain policies", _policies),
    ("denial reasons", seed.add_missing_denial_reasons),
    ("rows of decision tables", _decision_tables),
)
