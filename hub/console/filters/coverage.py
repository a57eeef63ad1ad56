"""What the coverage lists can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet

from exceptions.models import Case
from hub.console.links import GROUP
from hub.console.selectors.places import facility_choices, system_choices
from hub.governance.roles import Permission
from hub.masterdata.code_models import LocalCode
from hub.masterdata.models import Domain, Mapping


class _OfCodes(FilterSet):  # type: ignore[misc]
    """Domain, system and facility, by whatever fields the rows keep them in."""

    domain = ChoiceFilter(label="Domain", choices=Domain.choices, empty_label="Every domain")
    system = ChoiceFilter(label="System", choices=(), empty_label="Every system")
    facility = ChoiceFilter(label="Facility", method="at_facility", empty_label="All of mine")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = facility_choices(self.request.user, Permission.VIEW_MAPPINGS)
        self.filters["facility"].extra["choices"] = [(GROUP, "For every facility"), *places]
        self.filters["system"].extra["choices"] = system_choices()

    def at_facility(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(facility="" if value == GROUP else value)


class UnmappedFilter(_OfCodes):
    domain = ChoiceFilter(
        label="Domain", choices=Domain.choices, empty_label="Every domain", field_name="subject__domain"
    )
    system = ChoiceFilter(label="System", choices=(), empty_label="Every system", field_name="subject__system")
    q = CharFilter(label="Code", field_name="subject__local_code", lookup_expr="icontains")

    class Meta:
        model = Case
        fields: tuple[str, ...] = ()


class UnusedFilter(_OfCodes):
    class Meta:
        model = Mapping
        fields: tuple[str, ...] = ()


class NeverSeenFilter(_OfCodes):
    class Meta:
        model = LocalCode
        fields: tuple[str, ...] = ()
