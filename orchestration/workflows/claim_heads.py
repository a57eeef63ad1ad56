"""What professional and institutional claims share: who is billed, by whom, for whom, and what other payers decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from connectors.formats.x12 import (
    Address,
    Attachment,
    BillingProvider,
    ClaimProvider,
    OtherCoverage,
    Subscriber,
)
from connectors.formats.x12 import Payer as X12Payer
from hub.core.errors import BusinessRefusal
from hub.core.sealing import open_json
from hub.masterdata.snapshot import Crosswalk
from hub.records.models import Charge, Claim, ClaimSequence, Coding, Encounter, Order
from orchestration.workflows.claim_charges import total
from orchestration.workflows.claim_making import ORIGINAL

_NO_PLUS_FOUR = "9998"
_REQUIRED = {
    "patient_last_name": "patient last name (PID-5)",
    "patient_first_name": "patient first name (PID-5)",
    "patient_birth_date": "birth date (PID-7)",
}


@dataclass(frozen=True)
class Bill:
    """What one claim is made of. `decided` is what the payer before this one decided, where there is one."""

    claim: Claim
    encounter: Encounter
    charges: Sequence[Charge]
    crosswalk: Crosswalk
    coding: Coding | None = None
    decided: OtherCoverage | None = None

    @cached_property
    def person(self) -> dict[str, Any]:
        """Demographics and coverage numbers. Raises BusinessRefusal naming what is missing, never a value."""
        person: dict[str, Any] = open_json(self.encounter.sealed)
        missing = [words for name, words in _REQUIRED.items() if not person.get(name)]
        if not self.member_id_in(person):
            missing.append("member id (IN1-36)")
        if not self.diagnoses:
            missing.append("a diagnosis (DG1-3)")
        if self.claim.frequency_code != ORIGINAL and not self.replaced_number:
            missing.append("the payer's number of the claim that this one replaces (277CA or 835)")
        if missing:
            raise self._incomplete(missing)
        return person

    @cached_property
    def coded(self) -> dict[str, Any]:
        """The final codes of the visit; empty where it is not coded separately."""
        return open_json(self.coding.sealed) if self.coding is not None else {}

    @cached_property
    def line_diagnoses(self) -> list[list[str]]:
        """The diagnoses of each charge, in order."""
        return [[str(code) for code in open_json(charge.sealed).get("diagnoses", ())] for charge in self.charges]

    @cached_property
    def diagnoses(self) -> list[str]:
        """ICD-10-CM, the principal one first: as coded, else as registered and charged."""
        final = [str(code) for code in self.coded.get("diagnoses", ())]
        if final:
            return final
        registered = [str(code) for code in open_json(self.encounter.sealed).get("diagnoses", ())]
        return list(dict.fromkeys([*registered, *(code for codes in self.line_diagnoses for code in codes)]))

    @property
    def replaced_number(self) -> str:
        """The payer's number of the claim that this one corrects or voids (REF F8)."""
        earlier = self.claim.replaces
        while earlier is not None and not earlier.payer_claim_control_number:
            earlier = earlier.replaces  # one that was refused on the way never got a number
        return earlier.payer_claim_control_number if earlier is not None else ""

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of service, where the facility is."""
        served = [charge.service_date for charge in self.charges]
        first, last = self.local(self.encounter.started_at), self.local(self.encounter.ended_at)
        return (
            min(served) if first is None else min([first.date(), *served]),
            max(served) if last is None else max([last.date(), *served]),
        )

    def local(self, moment: datetime | None) -> datetime | None:
        zone = self.crosswalk.facility(self.claim.facility).time_zone
        return moment.astimezone(ZoneInfo(zone)) if moment is not None else None

    def member_id_in(self, person: dict[str, Any]) -> str:
        name = "member_id" if self.claim.sequence_code == ClaimSequence.PRIMARY else "secondary_member_id"
        return str(person.get(name, ""))

    def _incomplete(self, missing: Sequence[str]) -> BusinessRefusal:
        words = ", ".join(missing)
        return BusinessRefusal(
            "claim-incomplete",
            f"The claim cannot be made yet: {words} missing.",
            cause=(str(self.claim.journey_id), self.claim.key),
            hint="Complete the registration in the EHR; its update (ADT A08) is taken in, then retry.",
            subject={"missing": words, "claim": self.claim.key},
        )


def head(bill: Bill) -> dict[str, Any]:
    """The fields of `ClaimHead` but for its diagnoses."""
    claim = bill.claim
    attachment = claim.attachment_control_number
    return {
        "account_number": claim.key,
        "charge": total(bill.charges),
        "billing": _billing(bill.crosswalk, claim.facility),
        "subscriber": subscriber(bill, claim.payer, claim.sequence_code, bill.member_id_in(bill.person)),
        "payer": payer(bill.crosswalk, claim.payer),
        "frequency_code": claim.frequency_code,
        "original_claim_number": bill.replaced_number if claim.frequency_code != ORIGINAL else "",
        "prior_authorization": claim.authorization_number,
        "attachments": (Attachment(control_number=attachment),) if attachment else (),
        "other_coverages": (bill.decided,) if bill.decided is not None else (),
        "referring": provider(bill.crosswalk, _referring(claim)),
    }


def subscriber(bill: Bill, payer_code: str, responsibility: str, member_id: str) -> Subscriber:
    person = bill.person
    return Subscriber(
        last=person["patient_last_name"],
        first=person["patient_first_name"],
        member_id=member_id,
        payer_responsibility=responsibility,
        filing_indicator=bill.crosswalk.payer(payer_code).claim_filing_code,
        birth_date=date.fromisoformat(person["patient_birth_date"]),
        gender=person.get("patient_sex", "U"),
        address=Address(
            person.get("patient_street") or "UNKNOWN",
            person.get("patient_city") or "UNKNOWN",
            person.get("patient_state") or "IL",
            person.get("patient_postal_code") or "60601",
        ),
    )


def payer(crosswalk: Crosswalk, code: str) -> X12Payer:
    info = crosswalk.payer(code)
    return X12Payer(name=info.name, identifier=info.payer_id)


def provider(crosswalk: Crosswalk, code: str) -> ClaimProvider | None:
    if not code:
        return None
    info = crosswalk.provider(code)
    return ClaimProvider(last=info.last_name, first=info.first_name, npi=info.npi, taxonomy=info.taxonomy)


def _billing(crosswalk: Crosswalk, facility: str) -> BillingProvider:
    info = crosswalk.facility(facility)
    return BillingProvider(
        name=info.name,
        npi=info.npi,
        tax_id=info.tax_id.replace("-", ""),
        address=Address(info.address, info.city, info.region, _whole_postal_code(info.postal_code)),
    )


def _whole_postal_code(code: str) -> str:
    """N403 of the billing provider has nine digits (X222 and X223, 2010AA); 9998 where the last four are not known."""
    digits = code.replace("-", "")
    return f"{digits}{_NO_PLUS_FOUR}" if len(digits) == 5 else digits


def _referring(claim: Claim) -> str:
    """Who ordered what was done."""
    orders = Order.objects.filter(journey_id=claim.journey_id, status="placed").exclude(provider="")
    return orders.order_by("id").values_list("provider", flat=True).first() or ""


def line_number(charge: Charge) -> str:
    """REF 6R: comes back with the line in the 835."""
    return str(charge.pk).replace("-", "")[:30]


def line_units(charge: Charge) -> Decimal:
    """Whole units without a fraction."""
    return charge.units if charge.units % 1 else Decimal(int(charge.units))
