"""What a denial tells: its family from the payer's codes, and the step of ours that it leads back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.core.money import ZERO
from hub.masterdata.denial_reasons import OTHER_FAMILY
from hub.masterdata.snapshot import Crosswalk
from hub.records.models import Authorization, Claim, ClaimPayment, Coverage
from hub.records.states import AuthorizationStatus, CoverageStatus

#: CARC 16 says only that something is missing; the remark code (RARC) says what, and so what family it is.
_SAYS_WHAT_IS_MISSING = "16"
_REMARKS: Mapping[str, str] = {
    "MA61": "eligibility",  # member number missing or wrong
    "N382": "eligibility",
    "N54": "authorization",  # claim does not agree with what was authorized
    "M62": "authorization",  # authorization number missing or wrong
    "M20": "coding",  # procedure code
    "M51": "coding",
    "M64": "coding",  # diagnosis
    "M76": "coding",
    "MA63": "coding",
}
_AUTHORIZATION, _ELIGIBILITY = "authorization", frozenset({"eligibility", "coverage"})

_OF_AUTHORIZATION: Mapping[str, str] = {
    AuthorizationStatus.DENIED: "authorization denied",
    AuthorizationStatus.REQUESTED: "authorization not decided in time",
    AuthorizationStatus.PENDED: "authorization not decided in time",
    AuthorizationStatus.EXPIRED: "authorization expired",
}
_OF_COVERAGE: Mapping[str, str] = {
    CoverageStatus.ACTIVE: "coverage changed after the check",
    CoverageStatus.INACTIVE: "billed to coverage known inactive",
    CoverageStatus.REJECTED: "eligibility question not answered",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The reason with the most dollars behind it, and what it means for us. `root_cause` has at most 40 characters."""

    group: str
    carc: str
    rarc: str
    family: str
    root_cause: str
    advice: str


def read(payment: ClaimPayment, claim: Claim, crosswalk: Crosswalk) -> Reading:
    """What `payment` says about why the claim was refused, and what our own records say about how that came."""
    largest = _largest(payment.adjustments)
    carc, rarc = str(largest.get("reason", "")), str(next(iter(payment.remark_codes), ""))
    known = crosswalk.denial_reasons.get(carc)
    family = known.family if known else OTHER_FAMILY
    if carc == _SAYS_WHAT_IS_MISSING:
        family = next((_REMARKS[code] for code in payment.remark_codes if code in _REMARKS), family)
    return Reading(
        group=str(largest.get("group", "")),
        carc=carc,
        rarc=rarc,
        family=family,
        root_cause=_learned(family, claim) or (known.root_cause if known else ""),
        advice=known.advice if known else "",
    )


def _largest(adjustments: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The group and reason with the most dollars over claim and lines; the first of equals."""
    sums: dict[tuple[str, str], Decimal] = {}
    for row in adjustments:
        key = (row["group"], row["reason"])
        sums[key] = sums.get(key, ZERO) + abs(Decimal(row["amount"]))
    if not sums:
        return {}
    group, reason = max(sums, key=lambda key: sums[key])
    return {"group": group, "reason": reason}


def _learned(family: str, claim: Claim) -> str:
    """Which of our steps let it come to this, as far as the journey's records tell; empty where they do not."""
    if family == _AUTHORIZATION:
        return _of_authorization(claim)
    return _of_coverage(claim) if family in _ELIGIBILITY else ""


def _of_authorization(claim: Claim) -> str:
    newest = Authorization.objects.filter(journey_id=claim.journey_id).order_by("-occurred_at").first()
    if newest is None:
        return "authorization not requested"
    if newest.status != AuthorizationStatus.APPROVED:
        return _OF_AUTHORIZATION[newest.status]
    sent = claim.authorization_number
    return "authorization does not cover the service" if sent else "authorization number not on the claim"


def _of_coverage(claim: Claim) -> str:
    newest = Coverage.objects.filter(journey_id=claim.journey_id).order_by("-occurred_at").first()
    return _OF_COVERAGE[newest.status] if newest else "eligibility not checked"
