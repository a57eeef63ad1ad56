"""What the list of runs can be narrowed by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.forms import Select
from django_filters import CharFilter, ChoiceFilter, FilterSet

from hub.console.about import opened
from hub.console.selectors.places import facility_choices
from hub.console.selectors.runs import about, step_choices, workflow_choices
from hub.core.identifiers import masked_key
from hub.governance.roles import Permission
from orchestration.models import Run
from orchestration.states import RUN_FINAL, RunState

UNDER_WAY = "under_way"
_UNFINISHED = [state.value for state in RunState if state not in RUN_FINAL]
_STATES = ((UNDER_WAY, "Not finished"), *((state.value, str(state.label)) for state in RunState))


class RunFilter(FilterSet):  # type: ignore[misc]
    """`about` is what was searched for, sealed; it shows as a choice that can be taken back."""

    workflow = ChoiceFilter(label="Workflow", choices=(), empty_label="Every workflow")
    step = ChoiceFilter(label="Stands at", method="at_step", choices=(), empty_label="Any step")
    state = ChoiceFilter(label="State", method="in_state", choices=_STATES, empty_label="Any state")
    facility = ChoiceFilter(label="Facility", choices=(), empty_label="All of mine")
    journey = CharFilter(label="Journey", method="of_journey")
    about = CharFilter(label="Found by", method="found")

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["workflow"].extra["choices"] = workflow_choices()
        self.filters["step"].extra["choices"] = step_choices()
        self.filters["facility"].extra["choices"] = facility_choices(self.request.user, Permission.VIEW_RUNS)
        self._offer("journey", lambda value: f"{value[:8]}…")
        self._offer("about", lambda value: masked_key(opened(value)) or "Nothing")

    def _offer(self, name: str, label: Any) -> None:
        """Show what a link brought along as a choice; without one the filter is not offered."""
        chosen = (self.data or {}).get(name, "")
        if chosen:
            self.filters[name].extra["widget"] = Select(choices=[("", "Anything"), (chosen, label(chosen))])
        else:
            del self.filters[name]

    def at_step(self, queryset: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        """Only what is not finished stands anywhere; that also keeps it off the many that are."""
        workflow, _, step = value.partition(":")
        return queryset.filter(workflow=workflow, step=step, state__in=_UNFINISHED)

    def in_state(self, queryset: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        return queryset.filter(state__in=_UNFINISHED if value == UNDER_WAY else [value])

    def of_journey(self, queryset: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        try:
            return queryset.filter(journey_id=UUID(value))
        except ValueError:
            return queryset.none()

    def found(self, queryset: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        text = opened(value)
        return about(queryset, text) if text else queryset.none()
