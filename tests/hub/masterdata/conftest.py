"""A small group: two clinics, two departments, one payer of each class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from hub.masterdata.models import (
    Account,
    CostCenter,
    Department,
    Facility,
    Fee,
    Location,
    Mapping,
    Payer,
    Provider,
    ServiceLine,
)
from hub.masterdata.states import MappingState

NEW_YEAR = date(2026, 1, 1)


@dataclass(frozen=True)
class Group:
    heart: ServiceLine
    cardiology: Department
    therapy: Department
    clinic: Facility
    other_clinic: Facility
    payer: Payer


def mapping(
    local_code: str,
    canonical_code: str,
    *,
    domain: str = "department",
    system: str = "scheduling",
    facility: str = "C01",
    effective: tuple[date | None, date | None] = (NEW_YEAR, None),
    state: str = MappingState.APPROVED,
    proposed_by: str = "",
) -> Mapping:
    return Mapping.objects.create(
        domain=domain,
        system=system,
        facility=facility,
        local_code=local_code,
        canonical_code=canonical_code,
        effective=effective,
        state=state,
        proposed_by=proposed_by,
    )


@pytest.fixture
def group(db: None) -> Group:
    heart = ServiceLine.objects.create(code="HEART", name="Heart and vascular")
    rehab = ServiceLine.objects.create(code="REHAB", name="Rehabilitation")
    cardiology = Department.objects.create(code="CARD", name="Cardiology", service_line=heart)
    therapy = Department.objects.create(code="PHYS", name="Physical therapy", service_line=rehab)
    clinic = Facility.objects.create(code="C01", name="Northlake Clinic 01", kind="clinic", npi="1234567893")
    other = Facility.objects.create(code="C02", name="Northlake Clinic 02", kind="clinic")
    CostCenter.objects.create(code="CC-C01-CARD", name="C01 cardiology", facility=clinic, department=cardiology)
    Location.objects.create(code="C01-MAIN", name="C01 main", facility=clinic)
    Provider.objects.create(code="P1", name="Ann Lee", npi="1234567893", last_name="Lee", first_name="Ann")
    Account.objects.create(code="1010", name="Cash clearing", kind="asset")
    payer = Payer.objects.create(code="AETNA", name="Aetna", payer_class="commercial", payer_id="60054")
    Fee.objects.create(
        service_line=heart, visit_type="office", payer=payer, amount="180.00", effective=(NEW_YEAR, date(2026, 7, 1))
    )
    Fee.objects.create(
        service_line=heart, visit_type="office", payer=payer, amount="195.50", effective=(date(2026, 7, 1), None)
    )
    return Group(heart, cardiology, therapy, clinic, other, payer)
