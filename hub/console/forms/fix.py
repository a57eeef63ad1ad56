"""The form inside a mapping case: what the local code means, where and from when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.console.selectors.fix import Fix
from hub.masterdata.suggestions import Suggestion

_OTHER = ""


class MapCodeForm(forms.Form):
    """`suggested` offers the likeliest codes with their reasons, `other` all of them."""

    suggested = forms.ChoiceField(label="It probably means", widget=forms.RadioSelect, required=False)
    other = forms.ChoiceField(label="Another code", required=False)
    everywhere = forms.BooleanField(label="At every facility, not only here", required=False)
    effective_from = forms.DateField(
        label="In effect from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: for all service dates, also those of what is held.",
    )
    note = forms.CharField(label="Note", max_length=200, required=False)

    def __init__(self, *args: Any, fix: Fix, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fix = fix
        offered = [(one.code, _drawn(one)) for one in fix.suggestions]
        self.fields["suggested"].choices = offered  # type: ignore[attr-defined]
        self.fields["other"].choices = [  # type: ignore[attr-defined]
            (_OTHER, "Choose a code" if not offered else "None: the one chosen above"),
            *((code, f"{code} {name}") for code, name in fix.choices),
        ]
        if offered:
            self.fields["suggested"].initial = offered[0][0]
        else:
            del self.fields["suggested"]
        if not (fix.may_everywhere and fix.missing.facility):
            del self.fields["everywhere"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = cleaned.get("other") or cleaned.get("suggested")
        if not chosen and not self.errors:
            self.add_error("other", "Choose the code that it means.")
        return {**cleaned, "canonical_code": chosen}


def _drawn(one: Suggestion) -> SafeString:
    return format_html(
        '<span><strong>{}</strong> {}<span class="cell-sub">{}</span></span>',
        one.code,
        one.name,
        one.reason[:1].upper() + one.reason[1:],
    )
