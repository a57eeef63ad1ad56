"""What people are asked when they put something right in a case: values of fields, numbers, days, decisions."""

from __future__ import annotations

from typing import Any

from django import forms

from exceptions.closed_periods import Late, next_open_day
from exceptions.correctable import Field, Kind, Target, refusal_of
from hub.console.forms.case import ReasonField

_PREFIX = "field_"
_DAY = {"type": "date"}


class CorrectForm(forms.Form):
    """One input a field that policy lets people put right. Empty leaves what stands there.

    Inputs are numbered: what a place is called belongs into no HTML id.
    """

    def __init__(self, *args: Any, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        for number, field in enumerate(target.fields):
            self.fields[f"{_PREFIX}{number}"] = _input(field, alone=len(target.fields) == 1)
        self.fields["reason"] = ReasonField(widget=forms.TextInput())

    @property
    def values(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(_PREFIX)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        values: dict[str, str] = {}
        for number, field in enumerate(self.target.fields):
            value = cleaned.get(f"{_PREFIX}{number}") or ""
            text = value.isoformat() if hasattr(value, "isoformat") else str(value).strip()
            if text and (why := refusal_of(field, text)):
                self.add_error(f"{_PREFIX}{number}", why)
            if text:
                values[field.name] = text
        if not values and not self.errors:
            self.add_error(f"{_PREFIX}0", "Say what is to stand there.")
        return {"values": values, "reason": cleaned.get("reason", "")}


def _input(field: Field, *, alone: bool) -> forms.Field:
    help_text = "Two people: somebody else approves it." if field.two_people else ""
    if field.kind is Kind.DATE:
        widget = forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
        return forms.DateField(label=field.label, required=alone, widget=widget, help_text=help_text)
    return forms.CharField(
        label=field.label, required=alone, max_length=field.longest, help_text=help_text,
        error_messages={"required": "Say what is to stand there."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class NumberForm(forms.Form):
    number = forms.CharField(label="Number", max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    reason = ReasonField(widget=forms.TextInput())


class AttachmentNumberForm(NumberForm):
    field_order = ("number", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = "Attachment control number"
        self.fields["number"].help_text = "As it stands on what was sent: it goes to the payer as PWK06."


class AuthorizationNumberForm(NumberForm):
    valid_from = forms.DateField(label="Valid from", required=False, widget=forms.DateInput(attrs=_DAY))
    valid_until = forms.DateField(label="Valid until", required=False, widget=forms.DateInput(attrs=_DAY))
    field_order = ("number", "valid_from", "valid_until", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = "Authorization number"
        self.fields["number"].help_text = "As the payer gave it, by phone or on its portal."


class PostLaterForm(forms.Form):
    on = forms.DateField(label="Post on", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    reason = ReasonField(widget=forms.TextInput())

    def __init__(self, *args: Any, late: Late, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = next_open_day(late)
        self.fields["on"].help_text = "A day of an open period; the entry says which day it is of."


class AnswerForm(forms.Form):
    """A decision about what somebody else asked for; a refusal says why."""

    answer = ReasonField(label="Note", required=False, widget=forms.TextInput())


class RefusalForm(forms.Form):
    answer = ReasonField(widget=forms.TextInput())
