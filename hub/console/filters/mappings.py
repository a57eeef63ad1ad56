"""What the mappings can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import TextInput
from django_filters import CharFilter, ChoiceFilter, FilterSet

from hub.console.links import GROUP
from hub.console.selectors.places import facility_choices, system_choices
from hub.governance.roles import Permission
from hub.masterdata.models import Domain, Mapping
from hub.masterdata.selectors import with_words
from hub.masterdata.states import MappingState


class MappingFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(
        label="Text", method="with_text", widget=TextInput(attrs={"type": "search", "placeholder": "Code or note"})
    )
    domain = ChoiceFilter(label="Domain", choices=Domain.choices, empty_label="Every domain")
    system = ChoiceFilter(label="System", choices=(), empty_label="Every system")
    facility = ChoiceFilter(label="Facility", method="at_facility", empty_label="All of mine")
    state = ChoiceFilter(label="State", choices=MappingState.choices, empty_label="Any state")

    class Meta:
        model = Mapping
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = facility_choices(self.request.user, Permission.VIEW_MAPPINGS)
        self.filters["facility"].extra["choices"] = [(GROUP, "For every facility"), *places]
        self.filters["system"].extra["choices"] = system_choices()

    def with_text(self, queryset: QuerySet[Mapping], name: str, value: str) -> QuerySet[Mapping]:
        return with_words(queryset, value)

    def at_facility(self, queryset: QuerySet[Mapping], name: str, value: str) -> QuerySet[Mapping]:
        return queryset.filter(facility="" if value == GROUP else value)
