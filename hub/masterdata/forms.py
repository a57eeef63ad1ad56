"""Forms of the maintenance admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from hub.core.npi import is_npi
from hub.masterdata import errors, selectors
from hub.masterdata.models import Mapping
from hub.masterdata.validation import clean_mapping

_PROPOSED = ("domain", "system", "facility", "local_code", "canonical_code", "note")


class ProposalForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new mapping. What stands in its way is said here, before the service refuses it."""

    effective_from = forms.DateField(
        required=False, widget=UnfoldAdminDateWidget, help_text="The first day; empty: always."
    )
    effective_until = forms.DateField(
        required=False, widget=UnfoldAdminDateWidget, help_text="The first day it no longer holds; empty: open."
    )

    class Meta:
        model = Mapping
        fields = _PROPOSED

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("effective_from"), values.get("effective_until")
        if self.errors:
            return values
        if start and end and end <= start:
            raise ValidationError({"effective_until": "The mapping ends before it begins."})
        asked = {name: values.get(name) or "" for name in _PROPOSED}
        mapping = clean_mapping(Mapping(**asked, effective=DateRange(start, end)))
        if twin := selectors.same_proposal(mapping):
            raise ValidationError(errors.ProposedAlready(twin).message)
        if standing := selectors.overlapping(mapping).filter(canonical_code=mapping.canonical_code).first():
            raise ValidationError(errors.overlap(mapping, standing).message)
        return values


class DecisionForm(ActionForm):  # type: ignore[misc]
    """The bar above the list: what to do with the chosen mappings, why, and from when on."""

    reason = forms.CharField(
        required=False, label="", widget=UnfoldAdminTextInputWidget({"placeholder": "Reason", "aria-label": "Reason"})
    )
    on = forms.DateField(
        required=False,
        label="",
        widget=UnfoldAdminTextInputWidget({"placeholder": "From YYYY-MM-DD", "aria-label": "From which day on"}),
    )


class ImportForm(forms.Form):
    file = forms.FileField(label="CSV or Excel file", widget=UnfoldAdminFileFieldWidget)


class NpiForm(forms.ModelForm):  # type: ignore[type-arg]
    """An entity with an NPI: its check digit must be right."""

    def clean_npi(self) -> str:
        npi: str = self.cleaned_data["npi"]
        if npi and not is_npi(npi):
            raise ValidationError("This is no NPI: its check digit does not fit.")
        return npi
