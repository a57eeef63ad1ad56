"""W4, whose payment it is: the claim by our number, by the payer's, or by what else the remittance says about it.

Payers cut, pad and rewrite claim numbers. Where no number leads to a claim, every claim that could be meant is
scored by what agrees; one that agrees well and clearly better than the next is it, and otherwise a person chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from django.db.models import Min, Q

from hub.core.events.claim import AdjudicationEvent
from hub.core.sealing import open_json
from hub.records.models import Charge, Claim, ClaimPayment
from hub.records.states import ClaimStatus

BY_NUMBER, BY_CONTROL_NUMBER, BY_SCORE, BY_PERSON = "claim number", "control number", "score", "person"

#: What each agreement is worth; house defaults. Amount, day and patient together are enough.
AMOUNT, SERVICE_DATE, PATIENT, MEMBER, NUMBER = 30, 25, 20, 25, 25
ENOUGH = 75
#: How far the best must be ahead of the next.
LEAD = 20
#: Candidates looked at, and those shown to a person.
LOOKED_AT, SHOWN = 50, 5
_WORTH_SHOWING = 30
#: From how many characters on a number that is only the beginning of ours counts as cut off (CLM01 may have 38).
_CUT_OFF = 8
_ALIKE = 0.8
_GONE = (ClaimStatus.BUILT, ClaimStatus.REPLACED, ClaimStatus.VOIDED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that could be meant, and what speaks for it."""

    claim: Claim
    score: int
    agrees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The claim and how it was found, or None with the likeliest candidates."""

    claim: Claim | None
    by: str = ""
    candidates: tuple[Candidate, ...] = ()


def find_claim(payment: ClaimPayment, event: AdjudicationEvent) -> Match:
    """The claim that `payment` is for, as far as it can be told."""
    own = Claim.objects.filter(key=payment.claim_number).first()
    if own is not None:
        return Match(own, BY_NUMBER)
    theirs = _by_control_number(payment)
    if theirs is not None:
        return Match(theirs, BY_CONTROL_NUMBER)
    ranked = candidates(event)
    if ranked and ranked[0].score >= ENOUGH and (len(ranked) == 1 or ranked[0].score - ranked[1].score >= LEAD):
        return Match(ranked[0].claim, BY_SCORE, ranked[:1])
    return Match(None, candidates=tuple(one for one in ranked[:SHOWN] if one.score >= _WORTH_SHOWING))


def candidates(event: AdjudicationEvent) -> tuple[Candidate, ...]:
    """Claims that could be meant, the likeliest first."""
    claims = list(_could_be(event))
    days = _service_days(claims)
    found = [_scored(claim, event, days.get(claim.pk)) for claim in claims]
    return tuple(sorted(found, key=lambda one: (-one.score, one.claim.key)))


def _by_control_number(payment: ClaimPayment) -> Claim | None:
    if not payment.payer_claim_control_number:
        return None
    found = Claim.objects.filter(payer_claim_control_number=payment.payer_claim_control_number)[:2]
    return found[0] if len(found) == 1 else None


def _could_be(event: AdjudicationEvent) -> Iterable[Claim]:
    """Claims to this payer of this amount, and those whose number it could have been made of."""
    number = event.claim_number
    asked = Q(payer=event.payer, amount=abs(event.charge)) | Q(key__in={number.strip(), plain(number)})
    if len(number) >= _CUT_OFF:
        asked |= Q(key__startswith=number)
    rows = Claim.objects.filter(asked).exclude(status__in=_GONE).select_related("encounter")
    return rows.order_by("-id")[:LOOKED_AT]


def _service_days(claims: Iterable[Claim]) -> Mapping[UUID, date]:
    rows = Charge.objects.filter(claim__in=list(claims)).values_list("claim").annotate(day=Min("service_date"))
    return {claim: day for claim, day in rows if claim is not None}


def _scored(claim: Claim, event: AdjudicationEvent, day: date | None) -> Candidate:
    patient: Mapping[str, Any] = open_json(claim.encounter.sealed) if claim.encounter else {}
    agreements = (
        ("amount", AMOUNT, claim.amount == abs(event.charge)),
        ("service date", SERVICE_DATE, day is not None and day == event.service_date),
        ("patient", PATIENT, _same(patient.get("patient_last_name"), event.patient_last_name)),
        ("member", MEMBER, _same(patient.get("member_id"), event.member_id)),
        ("claim number", NUMBER, _alike(claim.key, event.claim_number)),
    )
    holding = [(name, worth) for name, worth, holds in agreements if holds]
    return Candidate(claim, sum(worth for _, worth in holding), tuple(name for name, _ in holding))


def plain(number: str) -> str:
    """A number without what payers add or leave out: case, punctuation and leading zeros."""
    return "".join(character for character in number.upper() if character.isalnum()).lstrip("0")


def _same(ours: object, theirs: str) -> bool:
    return bool(theirs) and isinstance(ours, str) and plain(ours) == plain(theirs)


def _alike(ours: str, theirs: str) -> bool:
    first, second = plain(ours), plain(theirs)
    if not first or not second:
        return False
    if len(second) >= _CUT_OFF and (first.startswith(second) or second.startswith(first)):
        return True
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE
