"""What the denials can be narrowed by. Without a stage it shows those that run against a clock."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import HiddenInput, TextInput
from django_filters import CharFilter, ChoiceFilter, FilterSet

from hub.console.selectors import denials as reads
from hub.console.selectors.places import facility_choices
from hub.governance.roles import Permission
from hub.records.models import Denial
from hub.records.states import DenialStage

ANY_STAGE, TO_WORK = "any", "to_work"
UNKNOWN = "unknown"


class DenialFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(
        label="Text",
        method="with_text",
        widget=TextInput(attrs={"type": "search", "placeholder": "CARC, RARC, trace"}),
    )
    payer = ChoiceFilter(label="Payer", choices=(), empty_label="Every payer")
    family = ChoiceFilter(label="Family", choices=(), empty_label="Every family")
    root_cause = ChoiceFilter(label="Root cause", choices=(), method="of_cause", empty_label="Every cause")
    facility = ChoiceFilter(label="Facility", choices=(), empty_label="All of mine")
    stage = ChoiceFilter(
        label="Stage",
        method="in_stage",
        choices=((TO_WORK, "Waits for us"), *DenialStage.choices, (ANY_STAGE, "Any stage")),
        empty_label="Running",
    )
    #: No field of the bar: the tab of those whose limit is near asks for it.
    near = ChoiceFilter(method="near_its_limit", choices=(("7", "7 days"),), widget=HiddenInput)

    class Meta:
        model = Denial
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.request.user
        self.filters["facility"].extra["choices"] = facility_choices(who, Permission.VIEW_CASES)
        self.filters["payer"].extra["choices"] = [(code, code) for code in reads.payers(who)]
        self.filters["family"].extra["choices"] = [(name, name.capitalize()) for name in reads.families(who)]
        self.filters["root_cause"].extra["choices"] = [
            (name or UNKNOWN, name.capitalize() or "Not known") for name in reads.root_causes(who)
        ]

    def filter_queryset(self, queryset: QuerySet[Denial]) -> QuerySet[Denial]:
        if not self.form.cleaned_data.get("stage"):
            queryset = queryset.filter(stage__in=reads.RUNNING)
        narrowed: QuerySet[Denial] = super().filter_queryset(queryset)
        return narrowed

    def with_text(self, queryset: QuerySet[Denial], name: str, value: str) -> QuerySet[Denial]:
        return reads.with_words(queryset, value)

    def of_cause(self, queryset: QuerySet[Denial], name: str, value: str) -> QuerySet[Denial]:
        return queryset.filter(root_cause="" if value == UNKNOWN else value)

    def in_stage(self, queryset: QuerySet[Denial], name: str, value: str) -> QuerySet[Denial]:
        if value == ANY_STAGE:
            return queryset
        return queryset.filter(stage__in=reads.TO_WORK) if value == TO_WORK else queryset.filter(stage=value)

    def near_its_limit(self, queryset: QuerySet[Denial], name: str, value: str) -> QuerySet[Denial]:
        return reads.near_limit(queryset, int(value))
