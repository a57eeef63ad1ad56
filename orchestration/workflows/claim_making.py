"""Claim rows: made, brought up to date until they are sent, and followed by others afterwards, lineage kept.

The first claim of an account has the account as its number (CLM01); the other form of a split account, corrected
claims and claims to the next payer add to it (`docs/decisions/a-claim-sent-again-has-a-number-of-its-own.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from hub.masterdata.crosswalk import snapshot
from hub.records.journeys import link
from hub.records.models import (
    Appointment,
    Authorization,
    Charge,
    Claim,
    ClaimForm,
    ClaimPayment,
    ClaimSequence,
    Encounter,
)
from hub.records.states import AuthorizationStatus, ClaimStatus, EncounterStatus
from orchestration.workflows.claim_charges import by_form, content, total
from orchestration.workflows.claim_receivable import SELF_PAY

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
_SUFFIX = {ClaimForm.INSTITUTIONAL: "-I", ClaimForm.PROFESSIONAL: "-P"}
_ROUND = re.compile(r"-R(\d+)$")
#: A claim in one of these states has another in its place.
OVER = frozenset({ClaimStatus.REPLACED, ClaimStatus.VOIDED})


def billed_encounter(journey_id: UUID) -> Encounter | None:
    """The encounter that the account is billed under: the stay, where a visit led to one, or else the first visit."""
    found = Encounter.objects.filter(journey_id=journey_id).exclude(status=EncounterStatus.CANCELLED)
    return min(found, key=lambda one: (one.encounter_class != "I", one.id), default=None)


def payer_of(encounter: Encounter | None, appointment: Appointment | None) -> str:
    """Who is billed first: as the EHR knows it, else as it was booked, else the patient."""
    return (encounter.payer if encounter else "") or (appointment.payer if appointment else "") or SELF_PAY


def standing_charges(journey_id: UUID) -> list[Charge]:
    return list(Charge.objects.filter(journey_id=journey_id).exclude(status="voided").order_by("key"))


def current_claims(journey_id: UUID, sequence: str = ClaimSequence.PRIMARY) -> dict[ClaimForm, Claim]:
    """The claim of each form that stands for the account's charges now: the newest that no other replaced."""
    found: dict[ClaimForm, Claim] = {}
    for claim in Claim.objects.filter(journey_id=journey_id, sequence_code=sequence).order_by("id"):
        if claim.status not in OVER:
            found[ClaimForm(claim.form)] = claim
    return found


def make_claims(encounter: Encounter, payer: str, at: datetime) -> list[Claim]:
    """The claims of an account whose charges are complete; the caller holds the account.

    One that was made before and is not sent yet is brought up to date; one that was refused on the way is made anew.
    """
    charges = by_form(standing_charges(encounter.journey_id), snapshot())
    current = current_claims(encounter.journey_id)
    claims = []
    for form, rows in charges.items():
        claim = current.get(form)
        if claim is None:
            claim = _new(encounter, payer, at, form, _first_number(encounter, form))
        elif claim.status == ClaimStatus.REJECTED:
            claim = follow(claim, at, frequency=claim.frequency_code)
        claims.append(claim)
        if claim.status == ClaimStatus.BUILT:
            refresh(claim, rows)
    return claims


def follow(earlier: Claim, at: datetime, *, frequency: str) -> Claim:
    """The claim that takes the place of `earlier`, under the next number of its row."""
    number = _next_number(earlier.key)
    claim, _ = Claim.objects.get_or_create(
        key=number,
        defaults={
            **_shared(earlier),
            "occurred_at": at,
            "status": ClaimStatus.BUILT,
            "frequency_code": frequency,
            "replaces": earlier,
        },
    )
    link(earlier.journey_id, "claim", number)
    return claim


def to_next_payer(primary: Claim, payer: str, at: datetime) -> Claim:
    """The claim to the payer that comes after the one that decided `primary`."""
    number = f"{primary.key}-S"
    claim, _ = Claim.objects.get_or_create(
        key=number,
        defaults={
            **_shared(primary),
            "occurred_at": at,
            "status": ClaimStatus.BUILT,
            "payer": payer,
            "sequence_code": ClaimSequence.SECONDARY,
            "follows": primary,
            "payer_claim_control_number": "",
        },
    )
    link(primary.journey_id, "claim", number)
    return claim


def refresh(claim: Claim, charges: Sequence[Charge]) -> None:
    """Bring a claim that is not sent yet up to what stands: its charges, amount and authorization."""
    if claim.frequency_code == VOID:
        claim.content = content(())
    elif claim.follows is None:
        claim.amount, claim.content = total(charges), content(charges)
        Charge.objects.filter(pk__in=[charge.pk for charge in charges]).update(claim=claim)
    claim.authorization_number = authorization_number(claim, charges)
    claim.save(update_fields=["amount", "content", "authorization_number"])


def charges_of(claim: Claim) -> list[Charge]:
    """What a claim that is about to be sent says: the charges of its form, or of the claim that it takes back."""
    if claim.frequency_code == VOID:
        return _taken_back(claim)
    if claim.follows is not None:
        return list(Charge.objects.filter(claim=claim.follows).order_by("key"))
    return by_form(standing_charges(claim.journey_id), snapshot()).get(ClaimForm(claim.form), [])


def is_decided(claim: Claim) -> bool:
    """Whether a remittance has decided the claim, posted or not: its status follows when it is posted."""
    return ClaimPayment.objects.filter(Q(claim=claim) | Q(claim_number=claim.key)).exists()


def _taken_back(claim: Claim) -> list[Charge]:
    """The charges of the claim that a void takes back: a void that was refused before it has none of its own."""
    earlier, charges = claim.replaces, list[Charge]()
    while earlier is not None and not charges:
        charges = list(Charge.objects.filter(claim=earlier).order_by("key"))
        earlier = earlier.replaces
    return charges


def authorization_number(claim: Claim, charges: Iterable[Charge]) -> str:
    """The certification number under which the payer approved these services (REF G1); empty without one."""
    codes = {charge.procedure_code for charge in charges}
    approved = Authorization.objects.filter(
        journey_id=claim.journey_id, payer__in=("", claim.payer), status=AuthorizationStatus.APPROVED
    )
    numbers = [
        one.certification_number
        for one in approved.order_by("decided_at", "id")
        if one.certification_number and (not one.procedure_codes or codes & set(one.procedure_codes))
    ]
    return numbers[-1] if numbers else ""


def _new(encounter: Encounter, payer: str, at: datetime, form: ClaimForm, number: str) -> Claim:
    department = encounter.department or standing_charges(encounter.journey_id)[0].department
    claim, _ = Claim.objects.get_or_create(
        key=number,
        defaults={
            "system": "billing",
            "facility": encounter.facility,
            "journey_id": encounter.journey_id,
            "account_number": encounter.account_number,
            "occurred_at": at,
            "status": ClaimStatus.BUILT,
            "payer": payer,
            "form": form,
            "amount": 0,
            "encounter": encounter,
            "service_line": snapshot().service_line_of(department),
            "cost_center": snapshot().cost_center(encounter.facility, department),
        },
    )
    link(encounter.journey_id, "claim", number)
    return claim


def _shared(claim: Claim) -> dict[str, object]:
    """What a claim has in common with those that follow it."""
    names = (
        "system", "facility", "journey_id", "account_number", "payer", "form", "sequence_code", "follows", "amount",
        "encounter", "service_line", "cost_center", "attachment_control_number", "content",
    )  # fmt: skip
    return {name: getattr(claim, name) for name in names}


def _first_number(encounter: Encounter, form: ClaimForm) -> str:
    """The account's own number for its first claim; the other form of a split account adds a letter."""
    number = encounter.account_number or encounter.visit_number
    return f"{number}{_SUFFIX[form]}" if Claim.objects.filter(key=number).exists() else number


def _next_number(number: str) -> str:
    """A1, A1-R2, A1-R3 …"""
    found = _ROUND.search(number)
    root = number[: found.start()] if found else number
    return f"{root}-R{int(found.group(1)) + 1 if found else 2}"
