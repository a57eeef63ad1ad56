"""What stands in the way of a change of the crosswalk, in words for the person who made it."""

from __future__ import annotations

from hub.core.errors import BusinessRefusal
from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, in_words, start_of


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
