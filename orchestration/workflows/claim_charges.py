"""Which charges of an account go on which claim, whether they are all there, and whether any is there twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from hub.core.money import ZERO
from hub.masterdata.snapshot import Crosswalk
from hub.records.models import Charge, ClaimForm, PerformedProcedure

#: CPT modifier 26: the physician's part of a service whose technical part the hospital charges.
PROFESSIONAL_COMPONENT = "26"


def form_of(charge: Charge, crosswalk: Crosswalk) -> ClaimForm:
    """A hospital bills its facility charges on an institutional claim and its physicians' parts on a professional
    one; everybody else bills professional claims."""
    if crosswalk.facility(charge.facility).kind != "hospital" or PROFESSIONAL_COMPONENT in charge.modifiers:
        return ClaimForm.PROFESSIONAL
    return ClaimForm.INSTITUTIONAL


def by_form(charges: Iterable[Charge], crosswalk: Crosswalk) -> dict[ClaimForm, list[Charge]]:
    """The charges of each claim, institutional first; a form without a charge is not among them."""
    groups: dict[ClaimForm, list[Charge]] = {ClaimForm.INSTITUTIONAL: [], ClaimForm.PROFESSIONAL: []}
    for charge in charges:
        groups[form_of(charge, crosswalk)].append(charge)
    return {form: rows for form, rows in groups.items() if rows}


def total(charges: Iterable[Charge]) -> Decimal:
    return sum((charge.amount for charge in charges), ZERO)


def content(charges: Iterable[Charge]) -> str:
    """A digest of what a claim says of these charges: another one means that the claim is to be corrected."""
    lines = sorted(
        f"{charge.key}|{charge.procedure_code}|{','.join(charge.modifiers)}|{charge.units.normalize():f}|"
        f"{charge.amount:.2f}|{charge.service_date}"
        for charge in charges
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def doubled(charges: Sequence[Charge]) -> list[Charge]:
    """Charges entered again: same visit, service, day, modifiers, units and amount. The first of each is not told.

    What was truly done twice carries a modifier that says so (76, 77, 59).
    """
    seen: set[tuple[object, ...]] = set()
    again: list[Charge] = []
    for charge in charges:
        mark = (
            charge.visit_number, charge.procedure_code, charge.service_date, tuple(charge.modifiers), charge.units,
            charge.amount,
        )  # fmt: skip
        if mark in seen:
            again.append(charge)
        seen.add(mark)
    return again


def uncharged(journey_id: UUID, charges: Iterable[Charge]) -> dict[str, Decimal]:
    """Units of each procedure that laboratory or radiology performed and nobody charged."""
    missing: dict[str, Decimal] = defaultdict(Decimal)
    for code, units in PerformedProcedure.objects.filter(journey_id=journey_id).values_list("procedure_code", "units"):
        missing[code] += units
    if not missing:
        return {}
    charged = _units(charges)
    left = {code: units - charged.get(code, ZERO) for code, units in missing.items()}
    return {code: units for code, units in left.items() if units > ZERO}


def _units(charges: Iterable[Charge]) -> dict[str, Decimal]:
    units: dict[str, Decimal] = defaultdict(Decimal)
    for charge in charges:
        # The physician's reading is charged beside what was performed, not for it.
        if PROFESSIONAL_COMPONENT not in charge.modifiers:
            units[charge.procedure_code] += charge.units
    return units


def worth(missing: Mapping[str, Decimal], payer: str, on: date, crosswalk: Crosswalk) -> Decimal:
    """What such procedures bring as a rule, by the fee table of the day."""
    return sum(
        (crosswalk.typical_amount(_visit_type(code), payer, on) * units for code, units in missing.items()), ZERO
    )


def _visit_type(code: str) -> str:
    """CPT: radiology is 7xxxx, pathology and laboratory 8xxxx."""
    return {"7": "imaging", "8": "lab"}.get(code[:1], "procedure")
