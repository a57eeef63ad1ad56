"""What a case of cash or denials asks a person to decide, and what there is to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from exceptions.decisions import UNMATCHED_CODE
from exceptions.models import Case
from exceptions.states import CASE_OPEN, CaseState
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import Claim, ClaimPayment, Denial
from orchestration.workflows.late_adjustment import NO_RULE_CODE, REVIEW_CODE


@dataclass(frozen=True, slots=True)
class Offer:
    """A claim that the payment could be for, and how much speaks for it (0 to 125)."""

    claim: Claim
    score: int


def offers(who: Who, case: Case) -> list[Offer] | None:
    """The claims that an unmatched payment could be for, those of the reader; None where the case asks for none."""
    if case.code != UNMATCHED_CODE or not _to_decide(who, case):
        return None
    scores = dict(item.split("=") for item in case.subject.get("candidates", "").split(",") if "=" in item)
    claims = Claim.objects.filter(pk__in=list(scores)).select_related("encounter")
    seen = access.scoped(claims, who, Permission.VIEW_JOURNEYS)
    return sorted((Offer(claim, int(scores[str(claim.pk)])) for claim in seen), key=lambda one: -one.score)


def payment_of(case: Case) -> ClaimPayment | None:
    """The payment that an unmatched case is about."""
    found = ClaimPayment.objects.filter(pk=case.subject.get("payment")) if case.subject.get("payment") else None
    return found.select_related("remittance").first() if found is not None else None


def asks_about_adjustment(who: Who, case: Case) -> bool:
    return case.code in {NO_RULE_CODE, REVIEW_CODE} and _to_decide(who, case)


def denial_of(case: Case) -> Denial | None:
    """The denial that a case follows."""
    number = case.subject.get("denial")
    return Denial.objects.filter(pk=number).select_related("claim").first() if number else None


def _to_decide(who: Who, case: Case) -> bool:
    waiting = case.state in CASE_OPEN and case.state != CaseState.RELEASING
    return waiting and access.may(who, Permission.WORK_CASES, case.facility)
