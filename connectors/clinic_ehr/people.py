"""The patient and how they are insured, as events carry them."""

from __future__ import annotations

from datetime import date
from typing import Any

from connectors.clinic_ehr.parts import Parts, number_of

_SEX = {"male": "M", "female": "F"}
# HumanName.use, the one to bill under first.
_NAMES = ("official", "usual", None)


def demographics(patient: Any) -> dict[str, Any]:
    """Name, birth date, sex and number; empty without a patient."""
    if patient is None:
        return {}
    name = _name(patient)
    born = patient.birthDate
    return {
        "patient_number": number_of(patient, "MR"),
        "patient_last_name": (name.family if name else None) or "",
        "patient_first_name": " ".join((name.given if name else None) or ())[:60],
        # A year, or a year and month, is no birth date that a payer takes.
        "patient_birth_date": born if isinstance(born, date) else None,
        "patient_sex": _SEX.get(patient.gender or "", "U"),
    }


def address(patient: Any) -> dict[str, Any]:
    """Where the patient lives now; empty where it is not said."""
    known = [one for one in (getattr(patient, "address", None) or ()) if one.use not in ("old", "temp", "billing")]
    if not known:
        return {}
    [home, *_] = sorted(known, key=lambda one: one.use != "home")
    return {
        "patient_street": " ".join(home.line or ()),
        "patient_city": home.city or "",
        "patient_state": home.state or "",
        "patient_postal_code": home.postalCode or "",
    }


def insurance(parts: Parts, patient: Any) -> list[tuple[str, str]]:
    """(payer, member number) of each active coverage, the primary one first."""
    return [(parts.payer(one), _member(one)) for one in parts.coverages(patient)]


def _member(coverage: Any) -> str:
    return str(coverage.subscriberId or number_of(coverage, "MB"))


def _name(patient: Any) -> Any:
    names = [one for one in (patient.name or ()) if one.family]
    for use in _NAMES:
        for one in names:
            if one.use == use:
                return one
    return names[0] if names else None
