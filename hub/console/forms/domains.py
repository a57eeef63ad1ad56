"""What people are asked about the keeping of a domain."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User

from hub.console.forms.case import ReasonField
from hub.console.selectors.people import holders
from hub.console.words import person_name
from hub.governance.roles import Permission
from hub.masterdata.models import Gaps

_DECISIONS = ("two_people", "review", "only_steward", "gaps")


class PolicyForm(forms.Form):
    """Of reference data without local codes only the owner and the authority are kept here."""

    owner = forms.CharField(label="Team that answers for it", max_length=80, required=False)
    steward = forms.ChoiceField(label="Person that answers for it", required=False)
    authority = forms.CharField(
        label="Authority",
        max_length=120,
        required=False,
        help_text="The system or body that decides what is right: the ERP, payer enrollment, the medical staff office.",
    )
    two_people = forms.BooleanField(
        label="Two people", required=False, help_text="Whoever proposed a mapping may not approve it."
    )
    review = forms.BooleanField(
        label="Review first", required=False, help_text="Somebody else says that it is right before a third approves."
    )
    only_steward = forms.BooleanField(label="Only the person named above approves", required=False)
    gaps = forms.ChoiceField(
        label="Days that a change leaves without a meaning",
        choices=Gaps.choices,
    )
    reason = ReasonField()

    def __init__(self, *args: Any, is_mapped: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in holders(Permission.APPROVE_MAPPINGS, None)}
        choices = [("", "Nobody"), *((key, person_name(user)) for key, user in self.people.items())]
        self.fields["steward"].choices = choices  # type: ignore[attr-defined]
        if not is_mapped:
            for name in _DECISIONS:
                del self.fields[name]

    def clean_steward(self) -> User | None:
        return self.people.get(self.cleaned_data["steward"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("only_steward") and cleaned.get("steward") is None:
            self.add_error("steward", "Where only the owner approves, somebody must be named.")
        return cleaned
