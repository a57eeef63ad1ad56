"""The life of a mapping: proposed, reviewed, approved or turned down, retired. Permission, change and audit in one.

Each service is one transaction. The database refuses overlapping approved mappings whatever writes them; here the
refusal gets its words. `version` is the one that the person saw: where the mapping changed since, nothing is done and
the refusal says what changed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from hub.governance.access import Actor, require
from hub.governance.roles import Permission
from hub.masterdata import changes, errors, selectors
from hub.masterdata.deciding import (
    asks_for_others,
    decide,
    end,
    make_room,
    record,
    require_no_gap,
    require_version,
    save,
)
from hub.masterdata.domains import Policy, policy_of
from hub.masterdata.models import Mapping, Match
from hub.masterdata.states import WAITING, MappingState
from hub.masterdata.validation import clean_mapping

_SAYS = ("match", "local_code", "canonical_code", "effective", "note")


@transaction.atomic
def propose_mapping(
    *,
    domain: str,
    system: str,
    facility: str,
    local_code: str,
    canonical_code: str,
    actor: Actor,
    match: str = Match.EXACT,
    effective_from: date | None = None,
    effective_until: date | None = None,
    note: str = "",
    owner: str = "",
) -> Mapping:
    """Ask for a mapping; another step approves it. `effective_until` is the first day it no longer holds.

    Raises ValidationError by field for values that cannot be, and BusinessRefusal for a proposal made already.
    """
    require(actor, Permission.PROPOSE_MAPPINGS, facility)
    mapping = clean_mapping(
        Mapping(
            domain=domain,
            system=system,
            facility=facility,
            match=match,
            local_code=local_code,
            canonical_code=canonical_code,
            effective=_days(effective_from, effective_until),
            note=note,
            owner=owner,
            proposed_by=actor.username,
        )
    )
    changes.lock_crosswalk()
    _require_news(mapping)
    mapping._history_user = actor.user
    mapping.save(force_insert=True)
    record(mapping, actor, "mapping.propose", reason=note)
    return mapping


@transaction.atomic
def amend_proposal(
    *,
    mapping: Mapping,
    actor: Actor,
    canonical_code: str,
    effective_from: date | None,
    effective_until: date | None,
    note: str,
    reason: str = "",
    version: int | None = None,
) -> Mapping:
    """Change what a waiting proposal says. Whoever amends it has proposed it from then on, and a review starts anew."""
    require(actor, Permission.PROPOSE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    require_version(mapping, version)
    if mapping.state not in WAITING:
        raise errors.changed_meanwhile(mapping)
    before = changes.values(mapping)
    mapping.canonical_code, mapping.note = canonical_code, note
    mapping.effective = _days(effective_from, effective_until)
    _require_news(clean_mapping(mapping))
    mapping.state = MappingState.PROPOSED
    mapping.proposed_by, mapping.reviewed_by, mapping.reviewed_at = actor.username, "", None
    save(mapping, (*_SAYS, "state", "proposed_by", "reviewed_by", "reviewed_at"), actor, reason)
    record(mapping, actor, "mapping.amend", reason=reason, before=before)
    return mapping


@transaction.atomic
def review_mapping(*, mapping: Mapping, actor: Actor, reason: str = "", version: int | None = None) -> Mapping:
    """Say that a proposal is right, before somebody else approves it. Nobody reviews what they proposed."""
    require(actor, Permission.PROPOSE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    require_version(mapping, version)
    if mapping.proposed_by == actor.username:
        raise errors.own_review(mapping)
    decide(mapping, (MappingState.PROPOSED,), MappingState.REVIEWED, actor, reason)
    record(mapping, actor, "mapping.review", reason=reason, before={"state": MappingState.PROPOSED})
    return mapping


@transaction.atomic
def approve_mapping(
    *,
    mapping: Mapping,
    actor: Actor,
    reason: str = "",
    replace: bool = False,
    leave_gap: bool = False,
    version: int | None = None,
) -> Mapping:
    """Put a proposal into effect and let the work that waits for it go on.

    `replace` ends the mappings in its way on its first day; `leave_gap` confirms days without a meaning where the
    domain asks for that. Raises BusinessRefusal where the proposal was decided meanwhile, where the domain's policy
    asks for a review, a second person or its owner, and where the code already means something on its days.
    """
    require(actor, Permission.APPROVE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    require_version(mapping, version)
    policy, state = policy_of(mapping.domain), mapping.state
    _require_decider(mapping, actor, policy)
    before = selectors.covered_days(mapping)
    if replace:
        make_room(mapping, actor)
    decide(mapping, WAITING, MappingState.APPROVED, actor, reason)
    require_no_gap(mapping, before, policy, confirmed=leave_gap)
    record(mapping, actor, "mapping.approve", reason=reason, before={"state": state})
    changes.announce()
    return mapping


@transaction.atomic
def reject_mapping(*, mapping: Mapping, actor: Actor, reason: str, version: int | None = None) -> Mapping:
    """Turn a proposal down. Whoever proposed it may withdraw it."""
    own = mapping.proposed_by == actor.username
    require(actor, Permission.PROPOSE_MAPPINGS if own else Permission.APPROVE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    require_version(mapping, version)
    state = mapping.state
    decide(mapping, WAITING, MappingState.REJECTED, actor, reason)
    record(mapping, actor, "mapping.withdraw" if own else "mapping.reject", reason=reason, before={"state": state})
    return mapping


@transaction.atomic
def retire_mapping(
    *,
    mapping: Mapping,
    actor: Actor,
    reason: str,
    on: date | None = None,
    leave_gap: bool = False,
    version: int | None = None,
) -> Mapping:
    """End a mapping. From `on` it no longer holds, and earlier service dates still resolve by it.

    Without `on` it was a mistake: it resolves for no day at all.
    """
    require(actor, Permission.APPROVE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    require_version(mapping, version)
    policy = policy_of(mapping.domain)
    before, covered = changes.values(mapping), selectors.covered_days(mapping)
    if on is None:
        decide(mapping, (MappingState.APPROVED,), MappingState.RETIRED, actor, reason)
    else:
        end(mapping, on, actor, reason)
    require_no_gap(mapping, covered, policy, confirmed=leave_gap)
    record(mapping, actor, "mapping.retire", reason=reason, before=before)
    changes.announce()
    return mapping


@transaction.atomic
def propose_and_approve(
    *, actor: Actor, reason: str = "", replace: bool = False, leave_gap: bool = False, **values: Any
) -> Mapping:
    """Propose and, where the domain lets one person decide, approve at once: the fix inside a case.

    Else the answer is the proposal, still waiting; its `state` says which. A like proposal that waits already is the
    one that is approved.
    """
    try:
        mapping = propose_mapping(actor=actor, **values)
    except errors.ProposedAlready as already:
        mapping = already.mapping
    if asks_for_others(mapping, actor, policy_of(mapping.domain)) is not None:
        return mapping
    return approve_mapping(mapping=mapping, actor=actor, reason=reason, replace=replace, leave_gap=leave_gap)


def _require_decider(mapping: Mapping, actor: Actor, policy: Policy) -> None:
    if refusal := asks_for_others(mapping, actor, policy):
        raise refusal


def _require_news(mapping: Mapping) -> None:
    if twin := selectors.same_proposal(mapping):
        raise errors.ProposedAlready(twin)
    if standing := selectors.overlapping(mapping).filter(canonical_code=mapping.canonical_code).first():
        raise errors.overlap(mapping, standing)


def _days(start: date | None, until: date | None) -> DateRange:
    """PostgreSQL's range type lets no range run backwards exist: an empty one is refused in words."""
    return DateRange(start, start if start and until and until < start else until)
