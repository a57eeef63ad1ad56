"""What people are asked when they act on cases."""

from __future__ import annotations

from typing import Any

from django import forms

from exceptions.acts import NOTE_LENGTH
from exceptions.services import HeldChoice
from exceptions.states import SAID_BY_PEOPLE, Resolution, RootCause
from hub.console.forms.answers import WithAnswers
from hub.console.selectors.people import holders
from hub.console.words import person_name
from hub.governance.roles import Permission

_REASON_LENGTH = 500
_NOBODY = "nobody"
_HELD = (
    (HeldChoice.RELEASE.value, "Release it: all of it is tried again, and the case ends once it went through"),
    (HeldChoice.DISMISS.value, "Dismiss it: it is given up and stays stored"),
)


class ReasonField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "label": "Reason",
            "max_length": _REASON_LENGTH,
            "widget": forms.Textarea(attrs={"rows": 3}),
            "help_text": "For those who read this later. No patient names or numbers.",
        }
        super().__init__(**(defaults | options))


class AssignForm(forms.Form):
    """An owner is always chosen, also where nobody is to be one: an empty choice would take cases away unsaid."""

    owner = forms.ChoiceField(label="Owner", error_messages={"required": "Choose whose it is to be, or nobody."})
    reason = ReasonField(required=False)

    def __init__(self, *args: Any, facility: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = holders(Permission.WORK_CASES, facility)
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", "Choose…"),
            *((str(user.pk), person_name(user)) for user in people),
            (_NOBODY, "Nobody"),
        ]

    def clean_owner(self) -> str:
        """The key of the new owner; empty for nobody."""
        chosen = str(self.cleaned_data["owner"])
        return "" if chosen == _NOBODY else chosen


class ResolveForm(WithAnswers):
    """`held` is asked only where the case holds work."""

    answer_goes_to = "reason"

    resolution = forms.ChoiceField(label="What settled it", choices=SAID_BY_PEOPLE)
    root_cause = forms.ChoiceField(
        label="Where it came from", required=False, choices=[("", "Not known"), *RootCause.choices]
    )
    held = forms.ChoiceField(label="What it holds", choices=_HELD, widget=forms.RadioSelect)
    reason = ReasonField()

    def __init__(self, *args: Any, holds: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not holds:
            del self.fields["held"]

    def clean_held(self) -> HeldChoice:
        return HeldChoice(self.cleaned_data["held"])

    def clean_root_cause(self) -> RootCause | None:
        chosen = self.cleaned_data["root_cause"]
        return RootCause(chosen) if chosen else None

    def clean_resolution(self) -> Resolution:
        return Resolution(self.cleaned_data["resolution"])


class ReasonForm(forms.Form):
    reason = ReasonField()


class ReleaseForm(forms.Form):
    rate = forms.IntegerField(
        label="At most so many a second",
        required=False,
        min_value=0,
        max_value=10_000,
        help_text="Empty sets no limit. A rate spares a system that has just come back.",
    )
    reason = ReasonField(required=False)


class CommentForm(WithAnswers):
    answer_goes_to = "text"

    text = forms.CharField(
        label="Comment",
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="@ and a sign-in name, as in @linda, tells that person. No patient data.",
    )
