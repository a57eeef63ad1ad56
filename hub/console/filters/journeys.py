"""What the list of journeys can be narrowed by. Numbers of patients are not among it: they are searched for by post."""

from __future__ import annotations

from typing import Any

from django_filters import ChoiceFilter, FilterSet

from hub.console.selectors.places import facility_choices
from hub.governance.roles import Permission
from hub.records.models import Journey


class JourneyFilter(FilterSet):  # type: ignore[misc]
    facility = ChoiceFilter(label="Facility", choices=(), empty_label="All of mine")

    class Meta:
        model = Journey
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["facility"].extra["choices"] = facility_choices(self.request.user, Permission.VIEW_JOURNEYS)
