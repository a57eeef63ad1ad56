"""What the lists of replays and of their items can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import ChoiceFilter, FilterSet

from exceptions.replays.models import Replay, ReplayItem
from exceptions.replays.states import AT_WORK, ItemState, ReplayState
from hub.core.parking import Held

AT_WORK_NOW, MINE = "at_work", "me"
_STATES = ((AT_WORK_NOW, "At work"), *((state.value, str(state.label)) for state in ReplayState))
_KINDS = ((Held.RUN.value, "Runs"), (Held.MESSAGE.value, "Messages"))
_OUTPUTS = (("differ", "Would differ"), ("same", "As last time"))


class ReplayFilter(FilterSet):  # type: ignore[misc]
    state = ChoiceFilter(label="State", method="in_state", choices=_STATES, empty_label="Any state")
    by = ChoiceFilter(label="Asked by", method="asked_by", choices=((MINE, "Me"),), empty_label="Anybody")

    class Meta:
        model = Replay
        fields: tuple[str, ...] = ()

    def in_state(self, queryset: QuerySet[Replay], name: str, value: str) -> QuerySet[Replay]:
        return queryset.filter(state__in=AT_WORK if value == AT_WORK_NOW else [value])

    def asked_by(self, queryset: QuerySet[Replay], name: str, value: str) -> QuerySet[Replay]:
        return queryset.filter(requested_by=self.request.user)


class ItemFilter(FilterSet):  # type: ignore[misc]
    state = ChoiceFilter(label="State", choices=ItemState.choices, empty_label="Any state")
    kind = ChoiceFilter(label="Kind", choices=_KINDS, empty_label="Runs and messages")
    outputs = ChoiceFilter(label="Outputs", method="by_outputs", choices=_OUTPUTS, empty_label="All")

    class Meta:
        model = ReplayItem
        fields: tuple[str, ...] = ()

    def by_outputs(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(differs=value == "differ")
