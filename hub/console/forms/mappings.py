"""What people are asked about mappings."""

from __future__ import annotations

from typing import Any

from django import forms

from hub.console.forms.case import ReasonField
from hub.console.selectors.places import facility_choices, system_choices
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata.mapping_csv import LARGEST_BYTES
from hub.masterdata.models import Domain, Match
from hub.masterdata.selectors import canonical_choices


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=forms.DateInput(attrs={"type": "date"}), **options)


class ProposeForm(forms.Form):
    """The canonical code names its domain: `department:CARD`."""

    system = forms.ChoiceField(label="System")
    facility = forms.ChoiceField(label="Facility", required=False)
    match = forms.ChoiceField(
        label="Speaks of",
        choices=Match.choices,
        initial=Match.EXACT,
        required=False,
        help_text="Exactly this code goes before a longer beginning, that before a shorter one, and a default last.",
    )
    local_code = forms.CharField(
        label="Local code",
        max_length=80,
        required=False,
        help_text="As the system sends it. A beginning ends with *, such as PT-*; a default leaves this empty.",
    )
    canonical = forms.ChoiceField(label="Means")
    effective_from = DayField(label="In effect from", help_text="Empty: from the beginning.")
    effective_until = DayField(label="Until", help_text="The first day it no longer holds. Empty: for good.")
    owner = forms.CharField(
        label="Who answers for it", max_length=80, required=False, help_text="Empty: whoever owns the domain."
    )
    note = forms.CharField(label="Note", max_length=200, required=False)
    approve = forms.BooleanField(
        label="Approve it at once, where the domain needs one person only", required=False, initial=True
    )
    replace = forms.BooleanField(label="End what holds on these days now", required=False)

    def __init__(self, *args: Any, who: Who, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = facility_choices(who, Permission.PROPOSE_MAPPINGS)
        everywhere = [("", "Every facility")] if access.may(who, Permission.PROPOSE_MAPPINGS, "") else []
        self.fields["facility"].choices = [*everywhere, *places]  # type: ignore[attr-defined]
        self.fields["system"].choices = [("", "Choose a system"), *system_choices()]  # type: ignore[attr-defined]
        self.fields["canonical"].choices = [  # type: ignore[attr-defined]
            ("", "Choose a code"),
            *((str(domain.label), _codes(domain)) for domain in Domain),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["match"] = cleaned.get("match") or Match.EXACT.value
        if cleaned["match"] != Match.DEFAULT and not cleaned.get("local_code") and "local_code" not in self.errors:
            self.add_error("local_code", "Say which code, or choose a default for any other.")
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the service wants to know."""
        data = self.cleaned_data
        domain, _, code = data["canonical"].partition(":")
        names = ("system", "facility", "match", "local_code", "effective_from", "effective_until", "owner", "note")
        return {"domain": domain, "canonical_code": code, **{name: data[name] for name in names}}


def _codes(domain: Domain) -> list[tuple[str, str]]:
    return [(f"{domain.value}:{code}", f"{code} {name}") for code, name in canonical_choices(domain)]


class LeaveGapField(forms.BooleanField):
    """Asked where the domain lets days without a meaning be confirmed."""

    def __init__(self) -> None:
        super().__init__(label="Leave these days without a meaning", required=False)


class AmendForm(forms.Form):
    """What a waiting proposal says; its code and where it applies stay."""

    canonical_code = forms.ChoiceField(label="Means")
    effective_from = DayField(label="In effect from", help_text="Empty: from the beginning.")
    effective_until = DayField(label="Until", help_text="The first day it no longer holds. Empty: for good.")
    note = forms.CharField(label="Note", max_length=200, required=False)
    reason = ReasonField(required=False)

    def __init__(self, *args: Any, domain: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, f"{code} {name}") for code, name in canonical_choices(domain)]
        self.fields["canonical_code"].choices = choices  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """A reason that need not be given."""

    reason = ReasonField(required=False)


class ApproveForm(forms.Form):
    replace = forms.BooleanField(label="End what holds on these days now", required=False)
    leave_gap = LeaveGapField()
    reason = ReasonField(required=False)

    def __init__(self, *args: Any, overlaps: bool = False, asks_for_gaps: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not overlaps:
            del self.fields["replace"]
        if not asks_for_gaps:
            del self.fields["leave_gap"]


class RetireForm(forms.Form):
    on = DayField(
        label="From this day on it no longer holds",
        help_text="Earlier service dates still resolve by it. Empty: it was a mistake, and holds for no day at all.",
    )
    leave_gap = LeaveGapField()
    reason = ReasonField()

    def __init__(self, *args: Any, asks_for_gaps: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_for_gaps:
            del self.fields["leave_gap"]


class ImportForm(forms.Form):
    file = forms.FileField(
        label="CSV or Excel file",
        help_text="The columns of the export or of the template; a workbook is saved as .xlsx, without macros."
        " Nothing changes before you have seen what each row would do.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,.xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError(f"The file is larger than {LARGEST_BYTES // 1024 // 1024} MB; split it.")
        return file


class ApplyForm(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = ReasonField(required=False)
