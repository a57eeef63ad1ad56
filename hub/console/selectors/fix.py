"""The fix of a mapping case: what is missing, what it probably means, who decides, and how far the fix has come."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from exceptions.models import Case
from exceptions.states import CaseState
from hub.console.selectors.people import holders
from hub.core.errors import FailureClass
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata.local_codes import local_name
from hub.masterdata.models import CANONICAL, Domain, Mapping
from hub.masterdata.selectors import canonical_choices, needs_two_people
from hub.masterdata.states import WAITING, MappingState
from hub.masterdata.suggestions import Suggestion, suggest

_UNMAPPED = "unmapped-"


@dataclass(frozen=True, slots=True)
class MissingCode:
    """The local code that a case misses a mapping for."""

    domain: str
    system: str
    facility: str
    local_code: str

    @property
    def domain_name(self) -> str:
        return str(Domain(self.domain).label).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """`mapped` is the approved mapping that the held work is being tried with; `proposals` wait for a decision."""

    missing: MissingCode
    mapped: Mapping | None
    proposals: list[Mapping]
    suggestions: list[Suggestion]
    choices: list[tuple[str, str]]
    two_people: bool
    may_propose: bool
    may_approve: bool
    may_everywhere: bool
    stewards: list[User]

    @property
    def names(self) -> dict[str, str]:
        return dict(self.choices)


def missing_code(case: Case) -> MissingCode | None:
    """What a mapping would fix, or None where the case asks for something else (a fee, a reference entity)."""
    subject = case.subject
    if case.failure_class != FailureClass.MAPPING or not case.code.startswith(_UNMAPPED):
        return None
    if subject.get("domain") not in CANONICAL or not (subject.get("system") and subject.get("local_code")):
        return None
    return MissingCode(subject["domain"], subject["system"], subject.get("facility", ""), subject["local_code"])


def fix_for(who: Who, case: Case) -> Fix | None:
    """Raises nothing for a reader without the right to map: the page then says who can."""
    missing = missing_code(case)
    if missing is None or case.state == CaseState.RESOLVED:
        return None
    may_propose = access.may(who, Permission.PROPOSE_MAPPINGS, missing.facility)
    return Fix(
        missing=missing,
        mapped=_mapped(missing),
        proposals=list(_of_code(missing).filter(state__in=WAITING).order_by("id")),
        suggestions=suggest(
            domain=missing.domain,
            system=missing.system,
            facility=missing.facility,
            local_code=missing.local_code,
            local_name=local_name(missing.domain, missing.system, missing.facility, missing.local_code),
        )
        if may_propose
        else [],
        choices=canonical_choices(missing.domain),
        two_people=needs_two_people(missing.domain),
        may_propose=may_propose,
        may_approve=access.may(who, Permission.APPROVE_MAPPINGS, missing.facility),
        may_everywhere=access.may(who, Permission.APPROVE_MAPPINGS, ""),
        stewards=[] if may_propose else list(holders(Permission.APPROVE_MAPPINGS, missing.facility)[:3]),
    )


def solution(case: Case) -> Mapping | None:
    """The approved mapping that the missing code has by now, on whatever days."""
    missing = missing_code(case)
    return _mapped(missing) if missing else None


def _mapped(missing: MissingCode) -> Mapping | None:
    return _of_code(missing).filter(state=MappingState.APPROVED).order_by("-decided_at").first()


def _of_code(missing: MissingCode) -> QuerySet[Mapping]:
    return Mapping.objects.filter(
        domain=missing.domain,
        system=missing.system,
        facility__in={missing.facility, ""},
        local_code=missing.local_code,
    )
