"""What people are asked when they put cases aside, together, apart, or files beside them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from exceptions import selectors
from exceptions.attachments import TYPES
from exceptions.models import Case
from hub.console.forms.case import ReasonField
from hub.core.clock import now

_MORNING_HOUR = 8
_LATER = (("4h", "In 4 hours"), ("tomorrow", "Tomorrow morning"), ("monday", "Next Monday morning"), ("at", "At…"))


class SnoozeForm(forms.Form):
    later = forms.ChoiceField(label="Until", choices=_LATER, widget=forms.RadioSelect, initial="tomorrow")
    at = forms.DateTimeField(
        label="At",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = ReasonField()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("later") == "at" and not data.get("at"):
            self.add_error("at", "Say until when.")
        data["until"] = data.get("at") if data.get("later") == "at" else _moment(str(data.get("later")))
        return data


def _moment(choice: str) -> datetime:
    """By the hub's own time zone; a morning is at 8."""
    moment = now()
    if choice == "4h":
        return moment + timedelta(hours=4)
    local = timezone.localtime(moment).replace(hour=_MORNING_HOUR, minute=0, second=0, microsecond=0)
    days = 1 if choice == "tomorrow" else 7 - local.weekday()
    return local + timedelta(days=days)


class MergeForm(forms.Form):
    number = forms.IntegerField(label="Case number", min_value=1, help_text="The open case that is to hold it all.")
    reason = ReasonField()

    def __init__(self, *args: Any, case: Case, who: User | AnonymousUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._case, self._who = case, who

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        number = data.get("number")
        if number is None:
            return data
        into = selectors.cases(self._who).filter(number=number).first()
        if into is None:
            self.add_error("number", "There is no such case in your facilities.")
        data["into"] = into
        return data


class SplitForm(forms.Form):
    title = forms.CharField(label="Title of the new case", max_length=160, help_text="No patient data.")
    reason = ReasonField()


class AttachForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text=f"Up to 10 MB; {', '.join(TYPES)}.",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(TYPES)}),
    )
