"""What people are asked when they change many mappings at once."""

from __future__ import annotations

from typing import Any

from django import forms

from hub.console.forms.case import ReasonField
from hub.console.forms.mappings import DayField, LeaveGapField
from hub.masterdata.bulk_change import Wanted, What
from hub.masterdata.selectors import canonical_choices

_WHAT = (
    (What.MEANING.value, "They mean another code from a day on"),
    (What.END.value, "They end on a day"),
    (What.OWNER.value, "Somebody else answers for them"),
)


class ChangeForm(forms.Form):
    """`domain` is that of all the chosen mappings; empty where they are of several, and then no code suits them all."""

    what = forms.ChoiceField(label="What changes", choices=_WHAT, widget=forms.RadioSelect, initial=What.MEANING.value)
    canonical_code = forms.ChoiceField(label="They mean", required=False)
    on = DayField(label="From this day on", help_text="The first day of the new meaning, or the first without any.")
    owner = forms.CharField(label="Who answers for them", max_length=80, required=False)
    leave_gap = LeaveGapField()
    reason = ReasonField()

    def __init__(self, *args: Any, domain: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [(code, f"{code} {name}") for code, name in canonical_choices(domain)] if domain else []
        self.fields["canonical_code"].choices = [("", "Choose a code"), *codes]  # type: ignore[attr-defined]
        if not domain:
            self.fields["canonical_code"].help_text = "They are of several domains: choose mappings of one."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        what = cleaned.get("what")
        if what == What.MEANING and not cleaned.get("canonical_code"):
            self.add_error("canonical_code", "Choose the code that they mean.")
        if what in {What.MEANING, What.END} and not cleaned.get("on"):
            self.add_error("on", "Choose the day.")
        return cleaned

    def wanted(self) -> Wanted:
        """What the service wants to know: only what belongs to the chosen kind of change."""
        data = self.cleaned_data
        what = What(data["what"])
        return Wanted(
            what=what,
            canonical_code=data["canonical_code"] if what is What.MEANING else "",
            on=data["on"] if what is not What.OWNER else None,
            owner=data["owner"] if what is What.OWNER else "",
            leave_gap=data["leave_gap"],
        )
