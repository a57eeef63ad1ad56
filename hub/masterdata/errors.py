"""What stands in the way of a change of the crosswalk, in words for the person who made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.core.errors import BusinessRefusal
from hub.governance.access import name_of
from hub.masterdata.gaps import Days, gaps_in_words
from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, in_words, start_of

if TYPE_CHECKING:
    from hub.masterdata.domains import Policy
    from hub.masterdata.selectors import HistoryEntry


class ProposedAlready(BusinessRefusal):
    """The same mapping was proposed already and waits for a decision."""

    def __init__(self, mapping: Mapping) -> None:
        super().__init__(
            "mapping-proposed-already",
            f"{mapping.proposed_by or 'Somebody'} proposed the same mapping already; it waits for a decision.",
            cause=(str(mapping.pk),),
            hint="Approve or reject that one.",
            subject={"mapping": str(mapping.pk)},
        )
        self.mapping = mapping


def changed_meanwhile(mapping: Mapping) -> BusinessRefusal:
    return BusinessRefusal(
        "mapping-changed-meanwhile",
        f"Somebody else decided about {mapping.local_code} meanwhile: it is {mapping.get_state_display().lower()}.",
        cause=(str(mapping.pk),),
        hint="Look at the mapping as it stands now.",
    )


def overlap(mapping: Mapping, standing: Mapping) -> BusinessRefusal:
    """`mapping` would hold on days on which `standing` holds."""
    when = in_words(start_of(standing.effective), end_of(standing.effective))
    return BusinessRefusal(
        "mapping-overlap",
        f"{mapping.local_code} already means {standing.canonical_code} {when}.",
        cause=(str(standing.pk),),
        hint="Let the new mapping replace it from its first day on, retire it first, or choose other days.",
        subject={"mapping": str(standing.pk)},
    )


def second_person_needed(mapping: Mapping) -> BusinessRefusal:
    return BusinessRefusal(
        "second-person-needed",
        f"The {mapping.get_domain_display().lower()} domain asks for two people, and you proposed this mapping.",
        cause=(mapping.domain,),
        hint="Ask another steward to approve it.",
    )


def review_needed(mapping: Mapping) -> BusinessRefusal:
    return BusinessRefusal(
        "review-needed",
        f"The {mapping.get_domain_display().lower()} domain asks for a review before anything is approved.",
        cause=(mapping.domain,),
        hint="Ask another steward to review it; it can be approved then.",
    )


def own_review(mapping: Mapping) -> BusinessRefusal:
    return BusinessRefusal(
        "own-review",
        "You proposed this mapping, so somebody else reviews it.",
        cause=(mapping.domain,),
        hint="Ask another steward.",
    )


def reviewer_approves(mapping: Mapping) -> BusinessRefusal:
    return BusinessRefusal(
        "reviewer-approves",
        "You reviewed this mapping, so somebody else approves it.",
        cause=(mapping.domain,),
        hint="Ask another steward to approve it.",
    )


def owner_needed(mapping: Mapping, policy: Policy) -> BusinessRefusal:
    who = name_of(policy.steward) if policy.steward else "nobody yet"
    return BusinessRefusal(
        "owner-needed",
        f"Only who answers for the {mapping.get_domain_display().lower()} domain approves in it: {who}.",
        cause=(mapping.domain,),
        hint="Ask them, or change the domain's policy.",
    )


def gap(mapping: Mapping, gaps: Sequence[Days], *, may_confirm: bool) -> BusinessRefusal:
    """After the change the code would have no meaning on days on which it should have one."""
    way_out = 'choose "Leave these days without a meaning"' if may_confirm else "choose days that leave none out"
    return BusinessRefusal(
        "mapping-gap",
        f"{mapping.local_code} would mean nothing {gaps_in_words(gaps)}.",
        cause=(str(mapping.pk),),
        hint=f"Let another mapping hold on these days, or {way_out}.",
    )


def changed_since(mapping: Mapping, entries: Sequence[HistoryEntry]) -> BusinessRefusal:
    """Somebody changed the mapping after the person saw it: who, and what."""
    told = "; ".join(
        f"{entry.who or 'somebody'} changed {change.field.replace('_', ' ')} from {change.old or 'nothing'}"
        f" to {change.new or 'nothing'}"
        for entry in entries
        for change in entry.changes
    )
    return BusinessRefusal(
        "mapping-changed-since",
        f"{mapping.local_code} was changed while you were looking at it: {told or 'it is a newer version'}.",
        cause=(str(mapping.pk),),
        hint="Look at it as it stands now, then decide again.",
    )
