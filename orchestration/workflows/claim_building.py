"""From an encounter and its charges to a typed professional claim (837P)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.formats.x12 import (
    Address,
    BillingProvider,
    ClaimLine,
    ClaimProvider,
    Diagnosis,
    Procedure,
    ProfessionalClaim,
    Subscriber,
)
from connectors.formats.x12 import Payer as X12Payer
from hub.core.errors import BusinessRefusal
from hub.core.money import ZERO
from hub.core.sealing import open_json
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import Crosswalk
from hub.records.models import Charge, Claim, Encounter

#: An 837P claim carries at most this many diagnoses, and a line points at four of them.
_MOST_DIAGNOSES = 12
_MOST_POINTERS = 4
_REQUIRED = {
    "patient_last_name": "patient last name (PID-5)",
    "patient_first_name": "patient first name (PID-5)",
    "patient_birth_date": "birth date (PID-7)",
    "member_id": "member id (IN1-36)",
    "diagnoses": "a diagnosis (DG1-3)",
}


def build(claim: Claim, encounter: Encounter, charges: Sequence[Charge]) -> ProfessionalClaim:
    """The claim that goes to the payer. Raises BusinessRefusal naming what is missing, never its value."""
    crosswalk = snapshot()
    person = _person(encounter, charges)
    diagnoses = [str(code) for code in person["diagnoses"]][:_MOST_DIAGNOSES]
    place = _place_of_service(crosswalk, encounter)
    return ProfessionalClaim(
        account_number=claim.key,
        charge=sum((charge.amount for charge in charges), ZERO),
        billing=_billing(crosswalk, claim.facility),
        subscriber=_subscriber(crosswalk, claim.payer, person),
        payer=_payer(crosswalk, claim.payer),
        lines=tuple(_line(charge, diagnoses, place) for charge in charges),
        diagnoses=tuple(
            Diagnosis(code.replace(".", ""), "ABF" if index else "ABK") for index, code in enumerate(diagnoses)
        ),
        place_of_service=place,
        frequency_code=claim.frequency_code,
        rendering=_rendering(crosswalk, encounter.provider or charges[0].provider),
    )


def _person(encounter: Encounter, charges: Sequence[Charge]) -> dict[str, Any]:
    person: dict[str, Any] = open_json(encounter.sealed)
    coded = [code for charge in charges for code in open_json(charge.sealed).get("diagnoses", ())]
    person["diagnoses"] = list(dict.fromkeys([*person.get("diagnoses", ()), *coded]))
    missing = [words for name, words in _REQUIRED.items() if not person.get(name)]
    if missing:
        raise BusinessRefusal(
            "claim-incomplete",
            f"The claim cannot be made yet: {', '.join(missing)} missing.",
            cause=(str(encounter.journey_id),),
            hint="Complete the registration in the EHR; its update (ADT A08) is taken in, then retry.",
            subject={"missing": ", ".join(missing)},
        )
    return person


def _billing(crosswalk: Crosswalk, facility: str) -> BillingProvider:
    info = crosswalk.facility(facility)
    return BillingProvider(
        name=info.name,
        npi=info.npi,
        tax_id=info.tax_id.replace("-", ""),
        address=Address(info.address, info.city, info.region, info.postal_code),
    )


def _subscriber(crosswalk: Crosswalk, payer: str, person: dict[str, Any]) -> Subscriber:
    return Subscriber(
        last=person["patient_last_name"],
        first=person["patient_first_name"],
        member_id=person["member_id"],
        filing_indicator=crosswalk.payer(payer).claim_filing_code,
        birth_date=date.fromisoformat(person["patient_birth_date"]),
        gender=person.get("patient_sex", "U"),
        address=Address(
            person.get("patient_street") or "UNKNOWN",
            person.get("patient_city") or "UNKNOWN",
            person.get("patient_state") or "IL",
            person.get("patient_postal_code") or "60601",
        ),
    )


def _payer(crosswalk: Crosswalk, payer: str) -> X12Payer:
    info = crosswalk.payer(payer)
    return X12Payer(name=info.name, identifier=info.payer_id)


def _rendering(crosswalk: Crosswalk, provider: str) -> ClaimProvider | None:
    if not provider:
        return None
    info = crosswalk.provider(provider)
    return ClaimProvider(last=info.last_name, first=info.first_name, npi=info.npi, taxonomy=info.taxonomy)


def _place_of_service(crosswalk: Crosswalk, encounter: Encounter) -> str:
    if encounter.location:
        return crosswalk.location(encounter.location).place_of_service
    return "11" if crosswalk.facility(encounter.facility).kind == "clinic" else "22"


def _line(charge: Charge, diagnoses: Sequence[str], place: str) -> ClaimLine:
    own = [str(code) for code in open_json(charge.sealed).get("diagnoses", ())]
    pointers = tuple(diagnoses.index(code) + 1 for code in own if code in diagnoses)[:_MOST_POINTERS]
    return ClaimLine(
        procedure=Procedure("HC", charge.procedure_code, tuple(charge.modifiers)),
        charge=charge.amount,
        units=charge.units if charge.units % 1 else Decimal(int(charge.units)),
        service_date=charge.service_date,
        place_of_service=place,
        diagnosis_pointers=pointers or (1,),
        control_number=str(charge.pk).replace("-", "")[:30],
    )
