"""The form of a payer rule: what a payer asks beyond the implementation guide, and from when on."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from hub.masterdata.models import Facility, Payer, PayerRule
from hub.masterdata.rule_kinds import KINDS, TRANSACTIONS, faults

_EVERY = ("", "every one")


class PayerRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What stands in the way of a rule is said here, so that every rule that stands can be carried out."""

    transaction = forms.ChoiceField(choices=[(code, code) for code in sorted(TRANSACTIONS)])
    kind = forms.ChoiceField(choices=[(code, kind.title) for code, kind in KINDS.items()])
    payer = forms.ChoiceField(required=False)
    facility = forms.ChoiceField(required=False)

    class Meta:
        model = PayerRule
        fields = (
            "code", "transaction", "payer", "facility", "kind", "parameters", "message", "effective", "active", "note",
        )  # fmt: skip
        help_texts: ClassVar[dict[str, str]] = {
            "parameters": "What the kind needs, as JSON; each kind says what that is where it is missing.",
            "message": "What is wrong and what to do, as the case will say it. Never a value of a claim.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        payers: QuerySet[Payer] = Payer.objects.filter(active=True)
        facilities: QuerySet[Facility] = Facility.objects.filter(active=True)
        for name, rows in (("payer", payers), ("facility", facilities)):
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = [_EVERY, *((row.code, str(row)) for row in rows)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        found = faults(values["kind"], values["transaction"], values["parameters"])
        if found:
            raise ValidationError(found)
        return values
