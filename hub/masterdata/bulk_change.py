"""One change of many mappings: what they mean from a day on, when they end, or who answers for them. All or nothing.

The preview does the change and takes it back, so that it says exactly what the services would do and refuse. Applying
asks that each mapping is still the version that the preview was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Versions
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from hub.core.errors import BusinessRefusal, Failure
from hub.governance import audit
from hub.governance.access import Actor, require
from hub.governance.roles import Permission
from hub.masterdata import changes, services
from hub.masterdata.deciding import record, require_version, save
from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.states import WAITING, MappingState
from hub.ui.format import when_text

#: More at once would hold up everybody else's decisions for seconds. House default.
MOST = 200


class What(StrEnum):
    MEANING = "meaning"
    END = "end"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`on` is the first day of the new meaning, or the first day on which the mappings no longer hold."""

    what: What
    canonical_code: str = ""
    on: date | None = None
    owner: str = ""
    leave_gap: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What the change does to one mapping, or why it cannot be."""

    mapping: Mapping
    outcome: str
    fault: str = ""


def preview(*, ids: Sequence[int], wanted: Wanted, actor: Actor) -> list[Line]:
    """A line for each mapping, in the order of their keys. Nothing is changed."""
    require(actor, Permission.PROPOSE_MAPPINGS)
    with transaction.atomic():
        changes.lock_crosswalk()
        lines = [_tried(mapping, wanted, actor) for mapping in _chosen(ids)]
        transaction.set_rollback(True)
    return lines


@transaction.atomic
def apply(*, ids: Sequence[int], wanted: Wanted, versions: Versions[int, int], actor: Actor, reason: str) -> list[Line]:
    """Change all of them; each is audited, and the whole once more.

    Raises BusinessRefusal where one cannot be changed or is no longer the version that the person saw: none is then.
    """
    require(actor, Permission.PROPOSE_MAPPINGS)
    changes.lock_crosswalk()
    lines = []
    for mapping in _chosen(ids):
        require_version(mapping, versions.get(mapping.pk))
        outcome = _DO[wanted.what](mapping, wanted, actor, reason)
        lines.append(Line(mapping, outcome))
    if len(lines) != len(set(ids)):
        raise BusinessRefusal("mappings-gone", "Some of the mappings are no longer there.", hint="Choose them again.")
    audit.record(
        actor=actor,
        action="mapping.bulk",
        object_kind="mappings",
        object_id=str(len(lines)),
        reason=reason,
        after={
            "what": wanted.what,
            "canonical_code": wanted.canonical_code,
            "on": wanted.on,
            "owner": wanted.owner,
            "mappings": [line.mapping.pk for line in lines],
        },
    )
    return lines


def _chosen(ids: Sequence[int]) -> list[Mapping]:
    if len(set(ids)) > MOST:
        raise BusinessRefusal("too-many-mappings", f"{MOST} mappings at a time are the most.", hint="Choose fewer.")
    return list(Mapping.objects.filter(pk__in=ids).order_by("pk"))


def _tried(mapping: Mapping, wanted: Wanted, actor: Actor) -> Line:
    seen = Mapping.objects.get(pk=mapping.pk)
    try:
        with transaction.atomic():
            return Line(seen, _DO[wanted.what](mapping, wanted, actor, "preview"))
    except ValidationError as error:
        return Line(seen, "", " ".join(error.messages))
    except Failure as error:
        return Line(seen, "", f"{error.message} {error.hint}".strip())
    except PermissionDenied as error:
        return Line(seen, "", str(error))


def _new_meaning(mapping: Mapping, wanted: Wanted, actor: Actor, reason: str) -> str:
    """Another mapping takes over on that day, as a person would propose it; history stands."""
    if mapping.canonical_code == wanted.canonical_code:
        raise ValidationError(f"It means {wanted.canonical_code} already.")
    if mapping.state in WAITING:
        services.amend_proposal(
            mapping=mapping, actor=actor, canonical_code=wanted.canonical_code, reason=reason, note=mapping.note,
            effective_from=start_of(mapping.effective), effective_until=end_of(mapping.effective),
        )  # fmt: skip
        return f"The proposal says {wanted.canonical_code}."
    _require_approved(mapping)
    start, until = start_of(mapping.effective), end_of(mapping.effective)
    if wanted.on is None or (start is not None and wanted.on <= start) or (until is not None and wanted.on >= until):
        raise ValidationError("Choose a day within the days on which it holds.")
    made = services.propose_and_approve(
        actor=actor, reason=reason, replace=True, leave_gap=wanted.leave_gap, domain=mapping.domain,
        system=mapping.system, facility=mapping.facility, match=mapping.match, local_code=mapping.local_code,
        canonical_code=wanted.canonical_code, effective_from=wanted.on, effective_until=until, note=mapping.note,
        owner=mapping.owner,
    )  # fmt: skip
    if made.state in WAITING:
        return f"{wanted.canonical_code} from {when_text(wanted.on)} on is proposed; somebody else decides."
    return f"{mapping.canonical_code} until {when_text(wanted.on)}, {wanted.canonical_code} from then on."


def _end(mapping: Mapping, wanted: Wanted, actor: Actor, reason: str) -> str:
    _require_approved(mapping)
    if wanted.on is None:
        raise ValidationError("Choose the day on which it no longer holds.")
    services.retire_mapping(mapping=mapping, actor=actor, reason=reason, on=wanted.on, leave_gap=wanted.leave_gap)
    return f"It ends on {when_text(wanted.on)}."


def _owner(mapping: Mapping, wanted: Wanted, actor: Actor, reason: str) -> str:
    require(actor, Permission.PROPOSE_MAPPINGS, mapping.facility)
    before = changes.values(mapping)
    mapping.owner = wanted.owner.strip()
    save(mapping, ("owner",), actor, reason)
    record(mapping, actor, "mapping.owner", reason=reason, before=before)
    return f"{wanted.owner} answers for it." if wanted.owner else "The domain's owner answers for it."


def _require_approved(mapping: Mapping) -> None:
    if mapping.state != MappingState.APPROVED:
        raise ValidationError(f"It is {mapping.get_state_display().lower()}: only what is approved can be changed so.")


_DO: dict[What, Callable[[Mapping, Wanted, Actor, str], str]] = {
    What.MEANING: _new_meaning,
    What.END: _end,
    What.OWNER: _owner,
}
