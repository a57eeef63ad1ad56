"""The life of a mapping: proposed, approved or rejected, retired. Permission, change and audit in one place.

Each service is one transaction. The database refuses overlapping approved mappings whatever writes them; here the
refusal gets its words.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from hub.core.clock import now
from hub.governance import audit
from hub.governance.access import Actor, require
from hub.governance.roles import Permission
from hub.masterdata import changes, errors, selectors
from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, in_words, start_of
from hub.masterdata.states import MappingState
from hub.masterdata.validation import clean_mapping


@transaction.atomic
def propose_mapping(
    *,
    domain: str,
    system: str,
    facility: str,
    local_code: str,
    canonical_code: str,
    actor: Actor,
    effective_from: date | None = None,
    effective_until: date | None = None,
    note: str = "",
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
            local_code=local_code,
            canonical_code=canonical_code,
            effective=DateRange(effective_from, effective_until),
            note=note,
            proposed_by=actor.username,
        )
    )
    changes.lock_crosswalk()
    if twin := selectors.same_proposal(mapping):
        raise errors.ProposedAlready(twin)
    if standing := selectors.overlapping(mapping).filter(canonical_code=mapping.canonical_code).first():
        raise errors.overlap(mapping, standing)
    mapping._history_user = actor.user
    mapping.save(force_insert=True)
    _record(mapping, actor, "mapping.propose", reason=note)
    return mapping


@transaction.atomic
def approve_mapping(*, mapping: Mapping, actor: Actor, reason: str = "", replace: bool = False) -> Mapping:
    """Put a proposal into effect and let the work that waits for it go on.

    `replace` ends the mappings in its way on its first day. Raises BusinessRefusal where the proposal was decided
    meanwhile, where the domain asks for a second person, and where the code already means something on its days.
    """
    require(actor, Permission.APPROVE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    mapping.refresh_from_db()
    if mapping.proposed_by == actor.username and selectors.needs_two_people(mapping.domain):
        raise errors.second_person_needed(mapping)
    if replace:
        make_room(mapping, actor)
    _decide(mapping, MappingState.PROPOSED, MappingState.APPROVED, actor, reason)
    _record(mapping, actor, "mapping.approve", reason=reason, before={"state": MappingState.PROPOSED})
    changes.announce()
    return mapping


@transaction.atomic
def reject_mapping(*, mapping: Mapping, actor: Actor, reason: str) -> Mapping:
    """Turn a proposal down. Whoever proposed it may withdraw it."""
    own = mapping.proposed_by == actor.username
    require(actor, Permission.PROPOSE_MAPPINGS if own else Permission.APPROVE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    _decide(mapping, MappingState.PROPOSED, MappingState.REJECTED, actor, reason)
    _record(mapping, actor, "mapping.reject", reason=reason, before={"state": MappingState.PROPOSED})
    return mapping


@transaction.atomic
def retire_mapping(*, mapping: Mapping, actor: Actor, reason: str, on: date | None = None) -> Mapping:
    """End a mapping. From `on` it no longer holds, and earlier service dates still resolve by it.

    Without `on` it was a mistake: it resolves for no day at all.
    """
    require(actor, Permission.APPROVE_MAPPINGS, mapping.facility)
    changes.lock_crosswalk()
    mapping.refresh_from_db()
    before = changes.values(mapping)
    if on is None:
        _decide(mapping, MappingState.APPROVED, MappingState.RETIRED, actor, reason)
    else:
        _end(mapping, on, actor, reason)
    _record(mapping, actor, "mapping.retire", reason=reason, before=before)
    changes.announce()
    return mapping


@transaction.atomic
def propose_and_approve(*, actor: Actor, reason: str = "", replace: bool = False, **values: Any) -> Mapping:
    """Propose and, where the domain needs one person only, approve at once: the fix inside a case.

    In a domain of two people the answer is the proposal, still waiting; its `state` says which. A like proposal that
    waits already is the one that is approved.
    """
    try:
        mapping = propose_mapping(actor=actor, **values)
    except errors.ProposedAlready as already:
        mapping = already.mapping
    if selectors.needs_two_people(mapping.domain) and mapping.proposed_by == actor.username:
        return mapping
    return approve_mapping(mapping=mapping, actor=actor, reason=reason, replace=replace)


def make_room(mapping: Mapping, actor: Actor) -> None:
    """End the approved mappings that hold on the days of `mapping`, on its first day; retire those it covers.

    Raises BusinessRefusal for one that would go on after it.
    """
    start, end = start_of(mapping.effective), end_of(mapping.effective)
    for standing in selectors.overlapping(mapping):
        theirs = end_of(standing.effective)
        if end is not None and (theirs is None or theirs > end):
            raise errors.overlap(mapping, standing)
        before = changes.values(standing)
        begun = start_of(standing.effective)
        if start is not None and (begun is None or begun < start):
            _end(standing, start, actor, f"replaced by {mapping.canonical_code}")
        else:
            _decide(
                standing, MappingState.APPROVED, MappingState.RETIRED, actor, f"replaced by {mapping.canonical_code}"
            )
        _record(standing, actor, "mapping.retire", reason="replaced", before=before)


def _decide(mapping: Mapping, old: str, new: str, actor: Actor, reason: str) -> None:
    """Claim the transition by a conditional update. Raises BusinessRefusal where someone else came first."""
    waiting = Mapping.objects.filter(pk=mapping.pk, state=old)
    moment = now()
    try:
        with transaction.atomic():
            count = waiting.update(state=new, decided_by=actor.username, decided_at=moment, updated_at=moment)
    except IntegrityError as error:
        standing = selectors.overlapping(mapping).first()
        if standing is None:
            raise
        raise errors.overlap(mapping, standing) from error
    mapping.refresh_from_db()
    if not count:
        raise errors.changed_meanwhile(mapping)
    changes.keep_history([mapping], actor, reason)


def _end(mapping: Mapping, on: date, actor: Actor, reason: str) -> None:
    start, end = start_of(mapping.effective), end_of(mapping.effective)
    if (start is not None and on <= start) or (end is not None and on >= end):
        raise ValidationError({"on": f"The mapping holds {in_words(start, end)}: choose a day within."})
    if not Mapping.objects.filter(pk=mapping.pk, state=MappingState.APPROVED).update(
        effective=DateRange(start, on), updated_at=now()
    ):
        raise errors.changed_meanwhile(mapping)
    mapping.refresh_from_db()
    changes.keep_history([mapping], actor, reason)


def _record(mapping: Mapping, actor: Actor, action: str, *, reason: str, before: dict[str, Any] | None = None) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_kind="mapping",
        object_id=str(mapping.pk),
        facility=mapping.facility,
        reason=reason,
        before=before,
        after=changes.values(mapping),
    )
