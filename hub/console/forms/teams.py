"""What leads are asked about teams, rules, answers and alerts, and people about their hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.forms import BoundField

from exceptions import selectors
from exceptions.models import Case, Queue
from exceptions.states import AlertEvent, AssignmentMode, LinkKind
from exceptions.teams.models import Team, WorkWeek
from hub.console.forms.case import ReasonField
from hub.console.forms.time_zones import TimeZoneField
from hub.console.selectors.people import holders
from hub.console.selectors.places import system_choices
from hub.console.words import CLASS_CHOICES, WHOLE_GROUP, person_name
from hub.governance.roles import Permission
from hub.masterdata.models import Facility, Payer

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ANY_QUEUE = [("", "Every queue"), *Queue.choices]
Stretch = tuple[int, time, time]


def _facilities() -> list[tuple[str, str]]:
    return [(code, f"{code} {name}") for code, name in Facility.objects.order_by("code").values_list("code", "name")]


def _teams(empty: str) -> list[tuple[str, str]]:
    return [("", empty), *((str(key), name) for key, name in Team.objects.values_list("pk", "name"))]


def _people(empty: str = "", facility: str | None = None) -> list[tuple[str, str]]:
    people = [(str(user.pk), person_name(user)) for user in holders(Permission.WORK_CASES, facility)]
    return [("", empty), *people] if empty else people


class PersonField(forms.ChoiceField):
    """Cleans to the person, or None where nobody was chosen."""

    def clean(self, value: Any) -> User | None:
        chosen = super().clean(value)
        return User.objects.get(pk=chosen) if chosen else None


class TeamField(forms.ChoiceField):
    """Cleans to the team, or None."""

    def clean(self, value: Any) -> Team | None:
        chosen = super().clean(value)
        return Team.objects.filter(pk=chosen).first() if chosen else None


class TimeField(forms.TimeField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)


class TeamForm(forms.Form):
    name = forms.CharField(max_length=60)
    about = forms.CharField(label="What it does", max_length=200, required=False)
    facility = forms.ChoiceField(label="Works for", required=False)
    lead = PersonField(required=False, help_text="Hears of what is escalated.")
    assignment = forms.ChoiceField(
        label="New cases find their owner",
        choices=AssignmentMode.choices,
        widget=forms.RadioSelect,
        help_text="Only people who are in and may work cases at the facility are chosen; the rest waits for them.",
    )
    person = PersonField(label="The person", required=False, help_text="For “always the same person”.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facility"].choices = [("", WHOLE_GROUP), *_facilities()]  # type: ignore[attr-defined]
        for name in ("lead", "person"):
            self.fields[name].choices = _people("Nobody")  # type: ignore[attr-defined]

    def clean_assignment(self) -> AssignmentMode:
        return AssignmentMode(self.cleaned_data["assignment"])


class ShareForm(forms.Form):
    share = forms.IntegerField(
        label="Share of the work, in percent",
        min_value=10,
        max_value=100,
        initial=100,
        help_text="50 for half the time. Counts where cases go by load.",
    )


class MemberForm(ShareForm):
    user = PersonField(label="Person")
    field_order = ("user", "share")

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = set(map(str, team.members.values_list("user_id", flat=True)))
        choices = [(key, name) for key, name in _people(facility=team.facility or None) if key not in there]
        self.fields["user"].choices = choices  # type: ignore[attr-defined]


class RuleForm(forms.Form):
    """Empty conditions fit everything."""

    queue = forms.ChoiceField(required=False, choices=_ANY_QUEUE)
    failure_class = forms.ChoiceField(label="Class", required=False, choices=[("", "Every class"), *CLASS_CHOICES])
    facility = forms.ChoiceField(required=False)
    system = forms.ChoiceField(required=False)
    payer = forms.ChoiceField(required=False)
    amount_from = forms.DecimalField(
        label="Dollars at risk from", max_digits=14, decimal_places=2, min_value=0, required=False,
        help_text="At the moment at which the case opens.",
    )  # fmt: skip
    team = TeamField(label="Goes to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        payers = Payer.objects.order_by("name").values_list("code", "name")
        self.fields["facility"].choices = [("", "Every facility"), *_facilities()]  # type: ignore[attr-defined]
        self.fields["system"].choices = [("", "Every system"), *system_choices()]  # type: ignore[attr-defined]
        self.fields["payer"].choices = [("", "Every payer"), *payers]  # type: ignore[attr-defined]
        self.fields["team"].choices = _teams("Choose…")  # type: ignore[attr-defined]


class LevelForm(forms.Form):
    queue = forms.ChoiceField(choices=Queue.choices)
    hours = forms.IntegerField(label="Business hours", min_value=1, max_value=2000)
    opens = TimeField(label="The day begins at", initial=time(8))
    closes = TimeField(
        label="and ends at", initial=time(17), help_text="By the clock of the case's facility, without its holidays."
    )

    def clean_queue(self) -> Queue:
        return Queue(self.cleaned_data["queue"])


class EscalationForm(forms.Form):
    level = forms.IntegerField(min_value=1, max_value=5, initial=1, help_text="A case reaches each level once.")
    business_days = forms.IntegerField(
        label="Open for more than so many business days", min_value=0, max_value=365, initial=2
    )
    amount_over = forms.DecimalField(
        label="With more dollars at risk than", max_digits=14, decimal_places=2, min_value=0, initial=Decimal(10_000)
    )
    queue = forms.ChoiceField(required=False, choices=_ANY_QUEUE)
    team = TeamField(required=False)
    tell = PersonField(label="Tell also", required=False, help_text="The team's lead and the case's owner are told.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = _teams("Every team")  # type: ignore[attr-defined]
        self.fields["tell"].choices = _people("Nobody else")  # type: ignore[attr-defined]


class HoursForm(forms.Form):
    """One stretch a day; a day without one is free."""

    time_zone = TimeZoneField()
    on_holidays = forms.BooleanField(label="Works on federal holidays too", required=False)

    def __init__(self, *args: Any, week: WorkWeek, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].initial = week.time_zone
        self.fields["on_holidays"].initial = week.on_holidays
        shifts = {shift.weekday: shift for shift in week.shifts.all()} if week.pk else {}
        for day, name in enumerate(WEEKDAYS):
            shift = shifts.get(day)
            for part, value in (("from", shift and shift.starts), ("until", shift and shift.ends)):
                field = TimeField(label=f"{name} {part}", required=False, initial=value)
                field.widget.attrs["aria-label"] = f"{name} {part}"
                self.fields[f"{part}_{day}"] = field

    def days(self) -> Iterator[tuple[str, BoundField, BoundField]]:
        """(name, from, until) of each day, as the page shows them."""
        for day, name in enumerate(WEEKDAYS):
            yield name, self[f"from_{day}"], self[f"until_{day}"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        shifts: list[Stretch] = []
        for day, name in enumerate(WEEKDAYS):
            starts, ends = data.get(f"from_{day}"), data.get(f"until_{day}")
            if (starts is None) != (ends is None):
                self.add_error(f"until_{day}", f"{name} has a beginning and an end, or neither.")
            elif starts is not None and starts == ends:
                self.add_error(f"until_{day}", f"{name} ends when it begins.")
            elif starts is not None and ends is not None:
                shifts.append((day, starts, ends))
        data["shifts"] = shifts
        return data


class AbsenceForm(forms.Form):
    since = forms.DateField(label="First day away", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="Last day away", widget=forms.DateInput(attrs={"type": "date"}))
    stand_in = PersonField(
        label="Stands in", required=False, help_text="Gets what would have been theirs, from their teams."
    )
    note = forms.CharField(label="Note", max_length=120, required=False, help_text="Everyone in the team reads it.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in _people("Nobody") if choice[0] != str(user.pk)]
        self.fields["stand_in"].choices = choices  # type: ignore[attr-defined]


class HandOverForm(forms.Form):
    to = PersonField(label="Give them to", required=False)
    reason = ReasonField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in _people("Their teams, to be given out") if choice[0] != str(user.pk)]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    team = TeamField(required=False)
    reason = ReasonField(required=False)

    def __init__(self, *args: Any, facility: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Team.objects.filter(facility__in={"", facility}).values_list("pk", "name")
        choices = [("", "No team"), *((str(key), name) for key, name in rows)]
        self.fields["team"].choices = choices  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="How it is found in the list.")
    queue = forms.ChoiceField(required=False, choices=_ANY_QUEUE)
    text = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 4}), help_text="No patient data.")


class EndpointForm(forms.Form):
    name = forms.CharField(max_length=60)
    url = forms.CharField(
        label="Address", max_length=300, widget=forms.URLInput(attrs={"placeholder": "https://chat.example/hook"})
    )
    events = forms.MultipleChoiceField(
        label="Is told when", choices=AlertEvent.choices, widget=forms.CheckboxSelectMultiple
    )
    team = TeamField(required=False)
    queue = forms.ChoiceField(required=False, choices=_ANY_QUEUE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = _teams("Every team")  # type: ignore[attr-defined]

    def clean_events(self) -> list[AlertEvent]:
        return [AlertEvent(value) for value in self.cleaned_data["events"]]


class LinkForm(forms.Form):
    kind = forms.ChoiceField(
        label="This case is", choices=LinkKind.choices, widget=forms.RadioSelect, initial="related"
    )
    number = forms.IntegerField(label="Case number", min_value=1, max_value=2**62)

    def __init__(self, *args: Any, who: User | AnonymousUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._who = who

    def clean_kind(self) -> LinkKind:
        return LinkKind(self.cleaned_data["kind"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (number := data.get("number")) is None:
            return data
        other: Case | None = selectors.cases(self._who).filter(number=number).first()
        if other is None:
            self.add_error("number", "There is no such case in your facilities.")
        data["other"] = other
        return data
