"""What the members of a case can be narrowed by."""

from __future__ import annotations

from django_filters import ChoiceFilter, FilterSet

from exceptions.models import Member
from exceptions.states import MemberState
from hub.core.parking import Held

_KINDS = (
    (Held.MESSAGE.value, "Messages"),
    (Held.RUN.value, "Runs"),
    (Held.DELIVERY.value, "Deliveries"),
    (Held.EXPECTATION.value, "Expected and absent"),
)


class MemberFilter(FilterSet):  # type: ignore[misc]
    state = ChoiceFilter(label="State", choices=MemberState.choices, empty_label="Any")
    kind = ChoiceFilter(label="Kind", choices=_KINDS, empty_label="Everything")

    class Meta:
        model = Member
        fields: tuple[str, ...] = ()
