"""Letting go of what cases hold: in parts, at a rate where one is set, and by itself once a missing code is mapped.

A case that releases stays in `releasing`. A member that comes back from a release is held again and keeps the time
of that release: the part-by-part release passes it over, so a fix that was none ends instead of going in circles.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from exceptions.locks import case_for_change, free_members, free_work, releasing_case
from exceptions.models import Case, Member, Note, Recount
from exceptions.queue import cases_move, cases_release
from exceptions.states import CaseState, MemberState, NoteKind
from exceptions.triage import HUB
from hub.core.clock import machine_now, now
from hub.core.errors import FailureClass, MappingMissing
from hub.core.parking import Held
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import Crosswalk
from orchestration.services import retry_messages, retry_runs

#: Members released in one transaction: small enough that no row is held for long.
PART = 500
#: How long one part of a throttled release lasts.
_STEP = timedelta(seconds=1)


def begin(case: Case, *, rate: int = 0) -> int:
    """Set a locked case releasing; returns how many members it is about to let go. The caller saves nothing more.

    Members that came back from an earlier release are tried again as well. `rate` is members a second; 0: no limit.
    """
    waiting = held_members(case)
    came_back = free_members(waiting.filter(released_at__isnull=False))
    Member.objects.filter(id__in=[member.id for member in came_back]).update(released_at=None)
    case.state, case.release_rate, case.release_due_at = CaseState.RELEASING, rate, None
    case.version += 1
    case.save(update_fields=["state", "release_rate", "release_due_at", "version", "tried_version"])
    cases_release()
    return waiting.count()


def release_due() -> None:
    """Release the next part of every case whose turn it is."""
    due = Case.objects.filter(Q(release_due_at=None) | Q(release_due_at__lte=machine_now()), state=CaseState.RELEASING)
    for case_id in list(due.order_by("-priority").values_list("id", flat=True)):
        while release_part(case_id):
            pass
    cases_move()


@transaction.atomic
def release_part(case_id: UUID) -> bool:
    """Let go of the case's oldest members; whether the next part may follow at once."""
    case = releasing_case(case_id)
    if case is None:
        return False
    rate = case.release_rate
    limit = min(rate, PART) if rate else PART
    released = let_go(case, held_members(case).filter(released_at=None), limit)
    if rate:
        case.release_due_at = machine_now() + _STEP * (limit / rate)
        case.save(update_fields=["release_due_at"])
    return released == limit and not rate


def held_members(case: Case) -> QuerySet[Member]:
    return Member.objects.filter(case=case, state=MemberState.HELD)


def let_go(case: Case, members: QuerySet[Member], limit: int | None = None) -> int:
    """Release members of a locked case and try again what they stand for; returns how many.

    What somebody is working on just now is left for the next time.
    """
    free = free_members(members, limit)
    work = free_work(free)
    going = [member for member in free if member.ref in work]
    if not going:
        return 0
    Member.objects.filter(id__in=[member.id for member in going]).update(state=MemberState.RELEASED, released_at=now())
    Recount.objects.create(case=case)
    retry_messages([member.ref for member in going if member.kind == Held.MESSAGE])
    retry_runs([member.ref for member in going if member.kind == Held.RUN])
    return len(going)


def release_mapped() -> None:
    """Release the mapping cases whose missing code has been mapped since they were last tried."""
    waiting = Case.objects.filter(
        failure_class=FailureClass.MAPPING.value, state__in=(CaseState.OPEN, CaseState.IN_PROGRESS)
    )
    if not waiting.exists():
        return
    crosswalk = snapshot(fresh=True)
    untried = waiting.filter(Q(tried_version=None) | Q(tried_version__lt=crosswalk.number))
    for case in untried.order_by("id").iterator():
        if is_known(crosswalk, case.subject):
            _release_mapped(case.id, crosswalk.number)


@transaction.atomic
def _release_mapped(case_id: UUID, version: int) -> None:
    case = case_for_change(case_id)
    if case.state not in {CaseState.OPEN, CaseState.IN_PROGRESS}:
        return
    case.tried_version = version
    count = begin(case)
    Note.objects.create(
        case=case, author=HUB, kind=NoteKind.RELEASED, text=f"The code is known now: {count} held released."
    )


def is_known(crosswalk: Crosswalk, subject: dict[str, str]) -> bool:
    """Whether the crosswalk has what a mapping case misses, for any day: the held work knows its own days."""
    domain = subject.get("domain", "")
    if domain == "decision":
        versions = (table.version for table in crosswalk.decision_tables.get(subject["table"], ()))
        return max(versions, default=0) > int(subject["version"])
    if domain == "fee":
        return (subject["service_line"], subject["visit_type"], subject["payer"]) in crosswalk.fees
    if "code" in subject:
        return _is_reference(crosswalk, domain, subject["code"])
    system, facility, local = (subject.get(name, "") for name in ("system", "facility", "local_code"))
    if domain == "cost_center" and not system:
        return (facility, local) in crosswalk.cost_centers
    return crosswalk.knows(domain, system, facility, local)


def _is_reference(crosswalk: Crosswalk, domain: str, code: str) -> bool:
    if domain == "department":
        return code in crosswalk.service_lines
    look_up = {
        "facility": crosswalk.facility,
        "provider": crosswalk.provider,
        "payer": crosswalk.payer,
        "location": crosswalk.location,
        "account": crosswalk.account,
    }.get(domain)
    try:
        return look_up is not None and bool(look_up(code))
    except MappingMissing:
        return False
