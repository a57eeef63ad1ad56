"""What the work queue can be narrowed by. Without a state it shows what is open."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.forms import DateInput, HiddenInput, NumberInput, TextInput
from django.utils import timezone
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet, NumberFilter

from exceptions import selectors
from exceptions.models import Case, Queue
from exceptions.states import CASE_OPEN, CaseState
from exceptions.teams.models import Team
from exceptions.teams.selectors import teams_of
from hub.console.links import GROUP
from hub.console.selectors.people import holders
from hub.console.selectors.places import facility_choices, payer_choices, system_choices
from hub.console.words import CLASS_CHOICES, WHOLE_GROUP, person_name
from hub.core.clock import now
from hub.governance.roles import Permission

ME, NOBODY = "me", "nobody"
MY_TEAMS, NO_TEAM = "mine", "none"
ANY_STATE = "any"
_DOLLARS = {"step": "0.01", "inputmode": "decimal", "placeholder": "$"}
OVERDUE = "over"
SNOOZED = "snoozed"
#: By their URL value: how old a case is at least, or, with a minus, at most.
AGES = {
    "-1": ("Less than a day", timedelta(days=1)),
    "1": ("More than a day", timedelta(days=1)),
    "3": ("More than 3 days", timedelta(days=3)),
    "7": ("More than a week", timedelta(days=7)),
    "30": ("More than 30 days", timedelta(days=30)),
}
_STATES = (*((state.value, str(state.label)) for state in CaseState), (ANY_STATE, "Any state"))


class CaseFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(
        label="Text", method="with_text", widget=TextInput(attrs={"type": "search", "placeholder": "Cause or number"})
    )
    queue = ChoiceFilter(label="Queue", choices=Queue.choices, empty_label="Every queue")
    kind = ChoiceFilter(label="Class", field_name="failure_class", choices=CLASS_CHOICES, empty_label="Every class")
    facility = ChoiceFilter(label="Facility", method="at_facility", empty_label="All of mine")
    owner = ChoiceFilter(label="Owner", method="of_owner", empty_label="Anybody")
    team = ChoiceFilter(label="Team", method="of_team", empty_label="Every team")
    state = ChoiceFilter(label="State", method="in_state", choices=_STATES, empty_label="Open")
    system = ChoiceFilter(label="System", choices=(), empty_label="Every system")
    payer = ChoiceFilter(label="Payer", choices=(), empty_label="Every payer")
    amount_from = NumberFilter(
        label="At risk from", field_name="amount", lookup_expr="gte", min_value=0, widget=NumberInput(attrs=_DOLLARS)
    )
    amount_to = NumberFilter(
        label="At risk to", field_name="amount", lookup_expr="lte", min_value=0, widget=NumberInput(attrs=_DOLLARS)
    )
    age = ChoiceFilter(
        label="Age", method="of_age", choices=[(key, label) for key, (label, _) in AGES.items()], empty_label="Any age"
    )
    due_before = DateFilter(label="Clock runs out before", method="due_until", widget=DateInput(attrs={"type": "date"}))
    #: No field of the bar: the tab of those whose clock ran out asks for it.
    due = ChoiceFilter(method="by_clock", choices=((OVERDUE, "Run out"),), widget=HiddenInput)
    #: Nor this one: the tab of what was put aside.
    aside = ChoiceFilter(method="put_aside", choices=((SNOOZED, "Snoozed"),), widget=HiddenInput)

    #: Behind the bar's button.
    folded = ("team", "state", "system", "payer", "amount_from", "amount_to", "age", "due_before")

    class Meta:
        model = Case
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = facility_choices(self.request.user, Permission.VIEW_CASES)
        people = ((user.get_username(), person_name(user)) for user in holders(Permission.WORK_CASES))
        self.filters["facility"].extra["choices"] = [(GROUP, WHOLE_GROUP), *places]
        self.filters["system"].extra["choices"] = system_choices()
        self.filters["payer"].extra["choices"] = payer_choices()
        teams = ((str(key), name) for key, name in Team.objects.values_list("pk", "name"))
        self.filters["team"].extra["choices"] = [(MY_TEAMS, "Mine"), (NO_TEAM, "None"), *teams]
        self.filters["owner"].extra["choices"] = [(ME, "Me"), (NOBODY, "Nobody"), *people]

    def filter_queryset(self, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.filter(state__in=CASE_OPEN)
            if not self.form.cleaned_data.get("aside"):
                queryset = selectors.awake(queryset)
        narrowed: QuerySet[Case] = super().filter_queryset(queryset)
        return narrowed

    def with_text(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        number = value.strip().removeprefix("#")
        if number.isascii() and number.isdecimal():
            return queryset.filter(Q(number=int(number)) | Q(title__icontains=number))
        for word in value.split():
            queryset = queryset.filter(title__icontains=word)
        return queryset

    def at_facility(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(facility="" if value == GROUP else value)

    def of_owner(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == NOBODY:
            return queryset.filter(owner=None)
        return queryset.filter(owner=self.request.user) if value == ME else queryset.filter(owner__username=value)

    def of_team(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == NO_TEAM:
            return queryset.filter(team=None)
        return queryset.filter(team__in=teams_of(self.request.user) if value == MY_TEAMS else [int(value)])

    def in_state(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset if value == ANY_STATE else queryset.filter(state=value)

    def of_age(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        moment = now() - AGES[value][1]
        return (
            queryset.filter(opened_at__gt=moment) if value.startswith("-") else queryset.filter(opened_at__lte=moment)
        )

    def due_until(self, queryset: QuerySet[Case], name: str, value: date) -> QuerySet[Case]:
        """Before that day begins, by the hub's own time zone."""
        return queryset.filter(due_at__lt=timezone.make_aware(datetime.combine(value, time.min)))

    def by_clock(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(due_at__lt=now())

    def put_aside(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(snoozed_until__gt=now())
