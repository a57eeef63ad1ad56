"""What the mappings can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet
from django.forms import TextInput
from django_filters import CharFilter, ChoiceFilter, FilterSet

from hub.console.links import GROUP
from hub.console.selectors.places import facility_choices, system_choices
from hub.core.clock import today
from hub.governance.roles import Permission
from hub.masterdata.models import Domain, Mapping, Match
from hub.masterdata.selectors import with_words
from hub.masterdata.states import WAITING, MappingState

#: What waits for a decision, in whatever state; and what an approved mapping's days make of it.
WAITS = "waiting"
_LIVES = (
    (WAITS, "To decide"),
    ("effective", "Effective"),
    ("scheduled", "Scheduled"),
    ("ended", "Ended"),
    *MappingState.choices,
)
RULES = "rule"
_KINDS = ((RULES, "Rules"), *Match.choices)


class MappingFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(
        label="Text", method="with_text", widget=TextInput(attrs={"type": "search", "placeholder": "Code or note"})
    )
    domain = ChoiceFilter(label="Domain", choices=Domain.choices, empty_label="Every domain")
    system = ChoiceFilter(label="System", choices=(), empty_label="Every system")
    facility = ChoiceFilter(label="Facility", method="at_facility", empty_label="All of mine")
    state = ChoiceFilter(label="State", choices=_LIVES, method="in_state", empty_label="Any state")
    match = ChoiceFilter(label="Kind", choices=_KINDS, method="of_kind", empty_label="Codes and rules")

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

    def in_state(self, queryset: QuerySet[Mapping], name: str, value: str) -> QuerySet[Mapping]:
        if value == WAITS:
            return queryset.filter(state__in=WAITING)
        if value in MappingState.values:
            return queryset.filter(state=value)
        approved, day = queryset.filter(state=MappingState.APPROVED), today()
        if value == "effective":
            return approved.filter(effective__contains=day)
        if value == "scheduled":
            return approved.filter(effective__fully_gt=DateRange(None, day, "[]"))
        return approved.filter(effective__fully_lt=DateRange(day, None))

    def of_kind(self, queryset: QuerySet[Mapping], name: str, value: str) -> QuerySet[Mapping]:
        return queryset.exclude(match=Match.EXACT) if value == RULES else queryset.filter(match=value)

    def at_facility(self, queryset: QuerySet[Mapping], name: str, value: str) -> QuerySet[Mapping]:
        return queryset.filter(facility="" if value == GROUP else value)
