"""What people are asked about replays."""

from __future__ import annotations

from typing import Any

from django import forms

from exceptions.replays.states import Versions
from hub.console.forms.case import ReasonField
from hub.console.selectors.runs import step_choices
from hub.console.words import CLASS_CHOICES

_MOST_A_SECOND = 10_000


class RateField(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "label": "At most so many a second",
            "required": False,
            "min_value": 0,
            "max_value": _MOST_A_SECOND,
            "help_text": "Empty sets no limit. A rate spares a system that has just come back.",
        }
        super().__init__(**(defaults | options))

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0


class ReplayForm(forms.Form):
    """What a replay of anything asks."""

    versions = forms.ChoiceField(label="With", choices=Versions.choices, initial=Versions.TODAY)
    rate = RateField()
    reason = ReasonField()

    def clean_versions(self) -> Versions:
        return Versions(self.cleaned_data["versions"])


class ReplayMessagesForm(ReplayForm):
    """Messages are read with today's mappings: the others are not kept for them."""

    versions = None  # type: ignore[assignment]
    field_order = ("rate", "reason")


class ReplayRunsForm(ReplayForm):
    """Runs of any workflow. A step belongs to one workflow: runs of others are left out and say so."""

    from_step = forms.ChoiceField(label="From step", required=False, choices=())
    field_order = ("from_step", "versions", "rate", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_step"].choices = [("", "The start"), *step_choices()]  # type: ignore[attr-defined]

    def clean_from_step(self) -> str:
        return str(self.cleaned_data["from_step"]).rpartition(":")[2]


class ReplayRunForm(ReplayForm):
    """One run; `steps` are (name, title) of its workflow."""

    from_step = forms.ChoiceField(label="From step", choices=())
    rate = None  # type: ignore[assignment]
    field_order = ("from_step", "versions", "reason")

    def __init__(self, *args: Any, steps: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_step"].choices = steps  # type: ignore[attr-defined]


class ReplayMessageForm(forms.Form):
    reason = ReasonField()


class RunReplayForm(forms.Form):
    rate = RateField()


class DecisionForm(forms.Form):
    reason = ReasonField(required=False)


class ReplayRuleForm(forms.Form):
    name = forms.CharField(label="Rule", max_length=80)
    items_above = forms.IntegerField(
        label="More items than", required=False, min_value=0, help_text="0 means from the first item on."
    )
    dollars_above = forms.DecimalField(
        label="More dollars than", required=False, min_value=0, max_digits=14, decimal_places=2, help_text="In USD."
    )
    label = forms.CharField(
        label="Workflow or feed", required=False, max_length=60, help_text="W5, say, or a feed's code; empty means all."
    )
    failure_class = forms.ChoiceField(
        label="Class", required=False, choices=[("", "Any"), *CLASS_CHOICES],
        help_text="Of the cases that hold the items.",
    )  # fmt: skip
    active = forms.BooleanField(label="Active", required=False, initial=True)
