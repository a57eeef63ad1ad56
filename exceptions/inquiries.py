"""Asking again from a case: the payer about coverage, authorization or a claim; or a claim made anew and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from exceptions import counting, releases
from exceptions.acts import audited, note, require_open, require_unchanged
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case
from exceptions.queue import cases_move
from exceptions.releases import held_members
from exceptions.states import CASE_OPEN, CaseState, MemberState, NoteKind
from hub.core.clock import now
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission
from orchestration.services import replay_run


@dataclass(frozen=True, slots=True)
class Again:
    """What the button says and does. `from_step` is where the run begins anew; empty: it tries its step again."""

    label: str
    question: str
    said: str
    from_step: str = ""


_COVERAGE = Again(
    "Ask the payer again",
    "The payer is asked once more whether it covers the patient (270), with the registration as it now stands.",
    "The payer is asked again; the answer ends the case, or comes back to it.",
)
_NEW_REQUEST = Again(
    "Request again",
    "A new request for authorization (278) goes to the payer, under a new number of ours.",
    "A new request is on its way.",
    from_step="request",
)
BY_CODE: Mapping[str, Again] = {
    "eligibility-not-answered": _COVERAGE,
    "eligibility-rejected": _COVERAGE,
    "coverage-inactive": _COVERAGE,
    "authorization-late": Again(
        "Ask the payer again",
        "The payer is asked once more where the request for authorization stands (278).",
        "The payer is asked again; its decision is taken up by itself.",
    ),
    "authorization-denied": _NEW_REQUEST,
    "authorization-other-days": _NEW_REQUEST,
    "claim-not-decided": Again(
        "Ask the payer again",
        "The payer is asked once more where the claim stands (276).",
        "The payer is asked again; what it says comes into the case.",
    ),
    "claim-rejected": Again(
        "Make it again and send",
        "A claim of the next number is made from the records as they stand now, and sent in the place of the rejected.",
        "A claim of the next number is on its way.",
        from_step="claim",
    ),
}


def again_for(case: Case) -> Again | None:
    """What may be asked again in this case."""
    if case.state not in CASE_OPEN or case.state == CaseState.RELEASING:
        return None
    return BY_CODE.get(case.code)


@transaction.atomic
def ask_again(*, case_id: UUID, actor: Actor, reason: str = "", version: int | None = None) -> Again:
    """Raises NotAllowedNow where the case holds nothing that could be asked."""
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_open(case)
    require_unchanged(case, version)
    again = again_for(case)
    members = list(held_members(case).filter(kind=Held.RUN.value).values_list("pk", "ref"))
    if again is None or not members:
        raise NotAllowedNow("nothing-to-ask", "The case has moved on; there is nothing to ask again.")
    if again.from_step:
        for member_id, run_id in members:
            replay_run(run_id, again.from_step)
            held_members(case).filter(pk=member_id).update(state=MemberState.RELEASED, released_at=now())
        # What comes back is counted in again, so what goes is counted out.
        counting.set_counts(case)
    else:
        releases.let_go(case, held_members(case))
    case.version += 1
    case.save(update_fields=["version"])
    note(case, actor, NoteKind.RELEASED, f"{again.label}. {reason}".strip())
    cases_move()
    audited(case, actor, "case.ask_again", reason=reason, after={"runs": [str(run_id) for _, run_id in members]})
    return again
