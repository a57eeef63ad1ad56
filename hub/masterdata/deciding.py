"""What the services of mappings share: claiming a transition, making room, ending, and writing both down.

The caller holds the lock of the crosswalk and has asked for the permission.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F

from hub.core.clock import now
from hub.core.errors import BusinessRefusal
from hub.governance import audit
from hub.governance.access import Actor
from hub.masterdata import changes, errors, selectors
from hub.masterdata.domains import Policy
from hub.masterdata.gaps import Days, new_gaps
from hub.masterdata.models import Gaps, Mapping
from hub.masterdata.ranges import end_of, in_words, start_of
from hub.masterdata.states import WAITING, MappingState


def require_version(mapping: Mapping, version: int | None) -> None:
    """Read the mapping anew. Raises BusinessRefusal where it is no longer the version that the person saw."""
    mapping.refresh_from_db()
    if version is not None and version != mapping.version:
        raise errors.changed_since(mapping, selectors.changes_since(mapping, version))


def asks_for_others(
    mapping: Mapping, actor: Actor, policy: Policy, *, proposed: bool = False
) -> BusinessRefusal | None:
    """Why somebody else has to come first, or instead; None where `actor` may approve what waits.

    `proposed` asks it of what `actor` would propose just now.
    """
    if not proposed and mapping.state not in WAITING:
        return None
    if mapping.proposed_by == actor.username and (policy.two_people or policy.loosened_by == actor.username):
        return errors.second_person_needed(mapping)
    if policy.review and (proposed or mapping.state != MappingState.REVIEWED):
        return errors.review_needed(mapping)
    if policy.review and mapping.reviewed_by == actor.username:
        return errors.reviewer_approves(mapping)
    if policy.only_steward and (policy.steward is None or policy.steward.get_username() != actor.username):
        return errors.owner_needed(mapping, policy)
    return None


def decide(mapping: Mapping, old: Collection[str], new: str, actor: Actor, reason: str) -> None:
    """Claim the transition by a conditional update. Raises BusinessRefusal where someone else came first."""
    waiting = Mapping.objects.filter(pk=mapping.pk, state__in=old)
    moment = now()
    whose = "reviewed" if new == MappingState.REVIEWED else "decided"
    told: dict[str, Any] = {f"{whose}_by": actor.username, f"{whose}_at": moment}
    try:
        with transaction.atomic():
            count = waiting.update(state=new, updated_at=moment, version=F("version") + 1, **told)
    except IntegrityError as error:
        standing = selectors.overlapping(mapping).first()
        if standing is None:
            raise
        raise errors.overlap(mapping, standing) from error
    mapping.refresh_from_db()
    if not count:
        raise errors.changed_meanwhile(mapping)
    changes.keep_history([mapping], actor, reason)


def end(mapping: Mapping, on: date, actor: Actor, reason: str) -> None:
    """Let an approved mapping hold until `on`. Raises ValidationError for a day on which it does not hold."""
    start, until = start_of(mapping.effective), end_of(mapping.effective)
    if (start is not None and on <= start) or (until is not None and on >= until):
        raise ValidationError({"on": f"The mapping holds {in_words(start, until)}: choose a day within."})
    if not Mapping.objects.filter(pk=mapping.pk, state=MappingState.APPROVED).update(
        effective=DateRange(start, on), updated_at=now(), version=F("version") + 1
    ):
        raise errors.changed_meanwhile(mapping)
    mapping.refresh_from_db()
    changes.keep_history([mapping], actor, reason)


def save(mapping: Mapping, fields: Sequence[str], actor: Actor, reason: str) -> None:
    """Write down what was changed of a mapping that the caller read under the lock, as its next version."""
    mapping.version += 1
    mapping.updated_at = now()
    mapping._history_user = actor.user
    mapping._change_reason = reason[: changes.LONGEST_REASON]
    mapping.save(update_fields=[*fields, "version", "updated_at"])


def make_room(mapping: Mapping, actor: Actor) -> None:
    """End the approved mappings that hold on the days of `mapping`, on its first day; retire those it covers.

    Raises BusinessRefusal for one that would go on after it.
    """
    start, until = start_of(mapping.effective), end_of(mapping.effective)
    reason = f"replaced by {mapping.canonical_code}"
    for standing in selectors.overlapping(mapping):
        theirs = end_of(standing.effective)
        if until is not None and (theirs is None or theirs > until):
            raise errors.overlap(mapping, standing)
        before = changes.values(standing)
        begun = start_of(standing.effective)
        if start is not None and (begun is None or begun < start):
            end(standing, start, actor, reason)
        else:
            decide(standing, (MappingState.APPROVED,), MappingState.RETIRED, actor, reason)
        record(standing, actor, "mapping.retire", reason="replaced", before=before)


def require_no_gap(mapping: Mapping, before: Sequence[Days], policy: Policy, *, confirmed: bool) -> None:
    """Raises BusinessRefusal where the change opened days without a meaning, and the domain does not let it."""
    if policy.gaps == Gaps.SHOWN or (policy.gaps == Gaps.CONFIRMED and confirmed):
        return
    if gaps := new_gaps(before, selectors.covered_days(mapping)):
        raise errors.gap(mapping, gaps, may_confirm=policy.gaps == Gaps.CONFIRMED)


def record(mapping: Mapping, actor: Actor, action: str, *, reason: str, before: dict[str, Any] | None = None) -> None:
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
