"""Cases that belong together without being one: related, caused by another, or a duplicate of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from exceptions.acts import audited, note
from exceptions.errors import NotAllowedNow
from exceptions.models import Case, CaseLink
from exceptions.selectors import cases
from exceptions.states import LinkKind, NoteKind
from hub.governance import access
from hub.governance.access import Actor, Who
from hub.governance.roles import Permission

#: How a link reads from the other side.
_BACKWARDS = {
    LinkKind.RELATED: "Related to",
    LinkKind.CAUSED_BY: "Cause of",
    LinkKind.DUPLICATE: "Has as duplicate",
}


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as one of its two cases shows it."""

    link: CaseLink
    label: str
    case: Case


def links_of(who: Who, case: Case) -> list[Linked]:
    """From both sides, oldest first; links to cases that `who` may not see are left out."""
    rows = CaseLink.objects.filter(Q(case=case) | Q(other=case)).select_related("case__owner", "other__owner")
    found = [
        Linked(row, LinkKind(row.kind).label, row.other)
        if row.case_id == case.pk
        else Linked(row, _BACKWARDS[LinkKind(row.kind)], row.case)
        for row in rows
    ]
    if not found:
        return []
    seen = set(cases(who).filter(pk__in=[one.case.pk for one in found]).values_list("pk", flat=True))
    return [one for one in found if one.case.pk in seen]


@transaction.atomic
def link(*, case_id: UUID, other_id: UUID, kind: LinkKind, actor: Actor) -> CaseLink:
    """Say what `case` is to `other`. Whoever links may work the one and see the other."""
    case, other = Case.objects.get(pk=case_id), Case.objects.get(pk=other_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    access.require(actor, Permission.VIEW_CASES, other.facility or None)
    if case == other:
        raise NotAllowedNow("same-case", "A case cannot be linked to itself.")
    # What is related is so both ways, and kept once.
    if kind is LinkKind.RELATED and other.pk < case.pk:
        first, second = other, case
    else:
        first, second = case, other
    made, new = CaseLink.objects.get_or_create(
        case=first, other=second, kind=kind, defaults={"added_by": actor.username}
    )
    if not new:
        raise NotAllowedNow("linked-already", f"It is linked to case {other.number} in this way already.")
    note(case, actor, NoteKind.LINKED, f"{LinkKind(kind).label} case {other.number}.")
    note(other, actor, NoteKind.LINKED, f"{_BACKWARDS[kind]} case {case.number}.")
    audited(case, actor, "case.link", after={"other": str(other.pk), "kind": kind.value})
    return made


@transaction.atomic
def unlink(*, link_id: int, actor: Actor) -> None:
    """Take a link away; from either side, by whoever may work that case."""
    found = CaseLink.objects.select_related("case", "other").select_for_update(of=("self",)).get(pk=link_id)
    case, other = found.case, found.other
    if not access.may(actor, Permission.WORK_CASES, case.facility):
        case, other = other, case
    access.require(actor, Permission.WORK_CASES, case.facility)
    before = {"other": str(other.pk), "kind": found.kind}
    found.delete()
    note(case, actor, NoteKind.LINKED, f"No longer linked to case {other.number}.")
    note(other, actor, NoteKind.LINKED, f"No longer linked to case {case.number}.")
    audited(case, actor, "case.unlink", before=before)
