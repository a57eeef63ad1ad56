"""What is asked of those who write runbooks."""

from __future__ import annotations

from typing import Any

from django import forms

from exceptions.runbooks.states import Alert
from hub.console.forms.case import ReasonField
from hub.console.selectors.places import system_choices
from hub.console.words import CLASS_CHOICES

#: Empty rows below those that are there.
_SPARE = 2
_ANY = (("", "Any"),)


class RunbookForm(forms.Form):
    title = forms.CharField(label="Title", max_length=120)
    summary = forms.CharField(
        label="In one sentence", max_length=200, required=False, help_text="What to know before anything else."
    )
    body = forms.CharField(
        label="Text", max_length=20_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "class": "mono", "spellcheck": "true"}),
        help_text="Markdown. A line that begins with - [ ] is a step; {drain} at its end gives it that button.",
    )  # fmt: skip
    reason = ReasonField(label="What you changed, and why", widget=forms.TextInput(), max_length=100)

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").strip() + "\n"


class NewRunbookForm(RunbookForm):
    code = forms.SlugField(
        label="Short name",
        max_length=60,
        help_text="Letters, digits and hyphens: erp-down. It stays for good.",
        error_messages={"invalid": "Letters, digits and hyphens only, and no spaces: erp-down."},
    )
    field_order = ("code", "title", "summary", "body", "reason")


class BindingForm(forms.Form):
    """What has to be the case for a runbook to be shown; everything that is chosen, at once."""

    failure_class = forms.ChoiceField(label="Class", required=False, choices=[*_ANY, *CLASS_CHOICES])
    code = forms.RegexField(
        r"^[a-z0-9_-]+$", label="Error code", required=False, max_length=60, strip=True,
        error_messages={"invalid": "An error code is in small letters, digits and hyphens: credentials-refused."},
    )  # fmt: skip
    system = forms.ChoiceField(label="System", required=False)
    alert = forms.ChoiceField(label="Alert", required=False, choices=[*_ANY, *Alert.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["system"]
        choice.choices = [*_ANY, *system_choices()]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label


def binding_forms(data: Any = None, *, initial: list[dict[str, str]] | None = None) -> Any:
    made = forms.formset_factory(BindingForm, extra=_SPARE)
    return made(data, initial=initial or [], prefix="binding")


def bindings_of(formset: Any) -> list[dict[str, str]]:
    return [form.cleaned_data for form in formset if form.cleaned_data]
