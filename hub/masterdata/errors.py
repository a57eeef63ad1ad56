"""What stands in the way of a change of the crosswalk, in words for the person who made it."""

from __future__ import annotations

from datetime import date

from hub.core.errors import BusinessRefusal
from hub.masterdata.changes import end_of, start_of
from hub.masterdata.models import Mapping


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
    return BusinessRefusal(
        "mapping-overlap",
        f"{mapping.local_code} already means {standing.canonical_code} {days(start_of(standing), end_of(standing))}.",
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


def days(start: date | None, end: date | None) -> str:
    """A half-open range in words."""
    if start is None and end is None:
        return "on every day"
    if end is None:
        return f"from {start} on"
    return f"until {end}" if start is None else f"from {start} until {end}"
