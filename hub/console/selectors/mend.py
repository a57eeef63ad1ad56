"""What a case offers to put right, to whom: the correction, the numbers that are missing, what waits for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q

from connectors.models import System
from connectors.selectors import read_body
from exceptions import brought, closed_periods, returns, write_offs
from exceptions.closed_periods import Late
from exceptions.correctable import Target, target_of
from exceptions.models import Case
from exceptions.states import CASE_OPEN, CaseState
from hub.core.amending import value_at
from hub.core.errors import Failure
from hub.core.masking import HIDDEN
from hub.core.sealing import open_json
from hub.governance import access, approvals
from hub.governance.access import Who, name_of
from hub.governance.models import Approval
from hub.governance.roles import Permission
from hub.governance.states import ApprovalKind
from hub.records.models import Appointment, Encounter, Event
from hub.ui.format import money_text
from orchestration.corrected import changes_of
from orchestration.correcting import corrections_of as corrections_of_refs
from orchestration.correction_models import Correction, Returned


@dataclass(frozen=True, slots=True)
class Correcting:
    """A correction that may be made: whose word it is, and for each field whether something stands there."""

    target: Target
    owner: str
    standing: Sequence[tuple[str, str]]

    @property
    def takes_two(self) -> bool:
        return all(field.two_people for field in self.target.fields)


def correcting(who: Who, case: Case) -> Correcting | None:
    """None where nothing may be put right, or not by `who`."""
    if not _is_workable(who, case):
        return None
    target = target_of(case)
    if target is None:
        return None
    owner = System.objects.filter(code=target.owner).values_list("name", flat=True).first() or target.owner
    return Correcting(target, owner, [(field.label, _standing(target, field.name)) for field in target.fields])


def _standing(target: Target, name: str) -> str:
    """Whether something stands there, and nothing of what it is."""
    row = target.row
    if isinstance(row, Encounter | Appointment):
        found = str(open_json(row.sealed).get(name) or "")
    elif name.startswith("/") or "-" in name:
        try:
            found = changes_of(row.pk).get(name, "") or value_at(read_body(row), name)  # type: ignore[arg-type]
        except Failure:
            found = ""
    else:
        found = str(getattr(row, name, "") or "")
    return HIDDEN if found else "nothing"


def wants_attachment(who: Who, case: Case) -> bool:
    return _is_workable(who, case) and brought.wants_attachment(case)


def wants_authorization(who: Who, case: Case) -> bool:
    return _is_workable(who, case) and brought.wants_authorization(case)


def late(who: Who, case: Case) -> Late | None:
    """The entries that `who` may have posted in another period."""
    if not access.may(who, Permission.POST_LATE, case.facility or None):
        return None
    found = closed_periods.late_entries(who, case)
    return found if found is not None and found.entries else None


def may_return(who: Who, case: Case) -> bool:
    return _is_workable(who, case) and returns.may_return(case)


def write_off_label(who: Who, case: Case) -> str:
    """What the button says: at once within one's limit, asked for beyond it; empty where there is nothing."""
    amount = write_offs.amount_of(case) if _is_workable(who, case) else None
    if amount is None:
        return ""
    return "Write off" if amount <= write_offs.limit_of(who, case) else "Ask to write off"


def write_off_words(who: Who, case: Case) -> str:
    amount, limit = write_offs.amount_of(case), write_offs.limit_of(who, case)
    if amount is None:
        return ""
    if amount <= limit:
        return f"{money_text(amount)} is given up and posted at once. Alone you may give up {money_text(limit)}."
    return f"{money_text(amount)} is beyond your {money_text(limit)}: somebody else decides about it here."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in the case, and what the reader may do about it."""

    approval: Approval
    may_decide: bool
    own: bool

    @property
    def by(self) -> str:
        """The name of whoever asked."""
        user = User.objects.filter(username=self.approval.asked_by).first()
        return name_of(user) if user else self.approval.asked_by

    @property
    def is_correction(self) -> bool:
        return self.approval.kind == ApprovalKind.CORRECTION

    @property
    def what(self) -> str:
        if self.is_correction:
            return f"correct {', '.join(self.approval.subject.get('fields', []))}"
        return f"write off {money_text(self.approval.amount)}"


def asked(who: Who, case: Case) -> list[Asked]:
    """What waits for a decision in this case, oldest first."""
    name = getattr(who, "username", "")
    return [
        Asked(
            row,
            may_decide=row.asked_by != name
            and access.may(who, approvals.DECIDED_WITH[ApprovalKind(row.kind)], case.facility),
            own=row.asked_by == name,
        )
        for row in approvals.asked("case", str(case.pk))
    ]


def corrections_of(case: Case) -> list[Correction]:
    return list(Correction.objects.filter(case_number=case.number).defer("sealed").order_by("id"))


def returned_of(case: Case) -> list[Returned]:
    return returns.returned_of(case)


def corrections_of_message(message_id: UUID) -> list[Correction]:
    return corrections_of_refs([message_id])


def corrections_by_event(events: Sequence[Event]) -> dict[UUID, Correction]:
    """Who put right what, by the event that it became. Asks nothing where nothing was put right."""
    mine = [event.pk for event in events if event.type.endswith(".corrected")]
    if not mine:
        return {}
    rows = Correction.objects.filter(event_id__in=mine).defer("sealed")
    return {row.event_id: row for row in rows if row.event_id is not None}


def returns_of_message(message_id: UUID) -> list[Returned]:
    return list(Returned.objects.filter(Q(message_id=message_id) | Q(corrected_by=message_id)).order_by("-id")[:5])


def _is_workable(who: Who, case: Case) -> bool:
    waiting = case.state in CASE_OPEN and case.state != CaseState.RELEASING
    return waiting and access.may(who, Permission.WORK_CASES, case.facility)
