"""What each of the sandbox's payers knows of the cast: who is covered, for how much, and what it allows.

The same question always has the same answer. What goes wrong on purpose is here: `UNCOVERED`, `UNKNOWN`, `DENIED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache

from connectors.sandbox import group
from connectors.sandbox.cast import Course, Visit, visits

#: Payers that want to be asked before procedures and imaging; government plans of the group do not.
ASK_FIRST = frozenset({"AETNA", "BCBS", "UHC"})
ASKED_ABOUT = frozenset({"procedure", "imaging"})
#: The payer that does not decide at once, and how long it takes.
SLOW_REVIEWER = "UHC"
REVIEW_TAKES = timedelta(hours=2)
#: How long a payer works on a claim before it knows what it pays.
CLAIM_TAKES = timedelta(days=9)

_COPAY = {"commercial": Decimal("25"), "government": Decimal("0")}
_COINSURANCE = {"commercial": Decimal("0.2"), "government": Decimal("0.1")}
_DEDUCTIBLE_LEFT = (Decimal("0"), Decimal("50"), Decimal("350"))


@dataclass(frozen=True, slots=True)
class Standing:
    """One member's coverage. `authorization` is what the payer says of the visit that the member comes for."""

    active: bool
    plan: str
    copay: Decimal
    coinsurance: Decimal
    deductible_left: Decimal
    authorization: bool


@cache
def members() -> Mapping[str, Visit]:
    """Who comes, by the member id under which their first payer knows them."""
    return {visit.patient.member_id: visit for visit in visits() if visit.patient.member_id}


@cache
def secondary_members() -> Mapping[str, Visit]:
    """Who comes, by the member id of their second coverage."""
    return {
        visit.patient.secondary_member_id: visit for visit in visits() if visit.patient.secondary_member_id
    }  # fmt: skip


def _first(*, payer: str, visit_types: frozenset[str], skip: int = 0) -> Visit:
    found = [
        visit
        for visit in visits()
        if visit.payer == payer and visit.visit_type in visit_types and visit.course is Course.KEPT
    ]
    return found[skip]


@cache
def uncovered() -> Visit:
    """Whose coverage ended."""
    return _first(payer="MEDICAID", visit_types=frozenset({"office"}), skip=1)


@cache
def unknown() -> Visit:
    """Whom the payer does not find under this member id."""
    return _first(payer="BCBS", visit_types=frozenset({"office"}), skip=1)


@cache
def denied() -> Visit:
    """What the payer does not allow."""
    return _first(payer="BCBS", visit_types=ASKED_ABOUT, skip=1)


def standing(member_id: str, payer: group.Payer) -> Standing | None:
    """The coverage of a member; None for one that this payer does not know."""
    visit = members().get(member_id)
    if visit is not None and visit.payer == payer.code and visit != unknown():
        return _standing(visit, payer)
    other = secondary_members().get(member_id)
    return _standing(other, payer) if other is not None and other.patient.secondary_payer == payer.code else None


def _standing(visit: Visit, payer: group.Payer) -> Standing:
    return Standing(
        active=visit != uncovered(),
        plan=f"{payer.name} {'Choice' if payer.payer_class == 'commercial' else 'Standard'}",
        copay=_COPAY[payer.payer_class],
        coinsurance=_COINSURANCE[payer.payer_class],
        deductible_left=_DEDUCTIBLE_LEFT[int(visit.account[1:]) % len(_DEDUCTIBLE_LEFT)],
        authorization=payer.code in ASK_FIRST and visit.visit_type in ASKED_ABOUT,
    )


def allowed(member_id: str) -> bool:
    """Whether the payer certifies what this member's visit needs."""
    return members().get(member_id) != denied()


def review_takes(payer: group.Payer, *, expedited: bool) -> timedelta:
    """How long this payer thinks about a request; nobody lets an urgent one wait as long."""
    if payer.code != SLOW_REVIEWER:
        return timedelta(0)
    return REVIEW_TAKES / 4 if expedited else REVIEW_TAKES
