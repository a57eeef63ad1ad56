"""What people are asked about decision tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms

from hub.console.forms.case import ReasonField
from hub.console.forms.mappings import DayField
from hub.masterdata.decision_rows import GROUPS
from hub.masterdata.decisions import OUTCOME_NAMES
from hub.masterdata.models import Facility, Payer

#: Empty rows offered below those that are there.
SPARE_ROWS = 3
_ANY = ("", "any")


class AmountField(forms.DecimalField):
    def __init__(self, label: str) -> None:
        super().__init__(label=label, max_digits=14, decimal_places=2, min_value=0, required=False)


class ProposeTableForm(forms.Form):
    effective_from = DayField(label="In force from", help_text="Empty: from the day on which it is approved.")
    note = forms.CharField(label="What changes", max_length=200, required=False)


class ApproveTableForm(forms.Form):
    reason = ReasonField(required=False)


class RowForm(forms.Form):
    """One row; empty conditions fit everything."""

    payer = forms.ChoiceField(label="Payer", required=False)
    facility = forms.ChoiceField(label="Facility", required=False)
    group_code = forms.ChoiceField(label="Group", required=False, choices=[_ANY, *((code, code) for code in GROUPS)])
    carc = forms.CharField(label="CARC", max_length=5, required=False)
    amount_from = AmountField("Amount from")
    amount_to = AmountField("Amount to")
    age_from = forms.IntegerField(label="Days from", min_value=0, max_value=9999, required=False)
    age_to = forms.IntegerField(label="Days to", min_value=0, max_value=9999, required=False)
    outcome = forms.ChoiceField(label="Outcome", choices=list(OUTCOME_NAMES.items()))
    reason = forms.CharField(label="Why", max_length=200, required=False)

    def __init__(self, *args: Any, payers: Sequence[str], places: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].choices = [_ANY, *((code, code) for code in payers)]  # type: ignore[attr-defined]
        self.fields["facility"].choices = [_ANY, *((code, code) for code in places)]  # type: ignore[attr-defined]
        for name, item in self.fields.items():
            _name(item, self.prefix or "")
            if name in {"age_from", "age_to", "carc"}:
                item.widget.attrs["class"] = "input-narrow"

    def has_changed(self) -> bool:
        """A spare row whose outcome alone was looked at is no row."""
        return bool(set(self.changed_data) - {"outcome", "ORDER"})


if TYPE_CHECKING:
    _Base = forms.BaseFormSet[RowForm]
else:
    _Base = forms.BaseFormSet


def _name(item: forms.Field, prefix: str) -> None:
    """Columns name the inputs for those who see them; this names them for the others. Rows count from 1."""
    number = prefix.rpartition("-")[2]
    row = str(int(number) + 1) if number.isdecimal() else "new"
    item.widget.attrs["aria-label"] = f"{item.label or 'Place'}, row {row}"


class _Rows(_Base):
    def add_fields(self, form: RowForm, index: int | None) -> None:
        """Django adds these two: where a row stands, and whether it goes."""
        super().add_fields(form, index)
        form.fields["ORDER"].label, form.fields["DELETE"].label = "Place", "Take out"
        for name in ("ORDER", "DELETE"):
            _name(form.fields[name], form.prefix or "")
        form.fields["ORDER"].widget.attrs["class"] = "input-narrow"


_RowFormSet = forms.formset_factory(
    RowForm, formset=_Rows, extra=SPARE_ROWS, can_order=True, can_delete=True, max_num=200
)


def row_forms(data: Any = None, initial: Sequence[Mapping[str, Any]] | None = None) -> Any:
    """The rows of a table as one set of forms; the codes to choose from are read once for all of them."""
    codes = {
        "payers": list(Payer.objects.filter(active=True).values_list("code", flat=True)),
        "places": list(Facility.objects.filter(active=True).values_list("code", flat=True)),
    }
    return _RowFormSet(data, initial=initial, prefix="rows", form_kwargs=codes)


def rows_of(formset: Any) -> list[dict[str, Any]]:
    """The rows as the service wants them: deleted and spare ones left out, in the order that was asked for."""
    return [
        {name: form.cleaned_data[name] for name in RowForm.base_fields}
        for form in formset.ordered_forms
        if form.cleaned_data
    ]
