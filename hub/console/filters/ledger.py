"""What the list of entries can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.forms import DateInput
from django_filters import ChoiceFilter, DateFilter, FilterSet

from hub.console.selectors.places import facility_choices
from hub.governance.roles import Permission
from hub.ledger.models import Entry
from hub.ledger.states import EntryState

_DAY = {"type": "date"}
_KINDS = (
    ("charge", "Charge"),
    ("claim_payment", "Claim payment"),
    ("patient_payment", "Patient payment"),
    ("provider_adjustment", "Provider adjustment"),
    ("reversal", "Reversal"),
)


class EntryFilter(FilterSet):  # type: ignore[misc]
    kind = ChoiceFilter(label="Kind", choices=_KINDS, empty_label="Every kind")
    state = ChoiceFilter(label="State", choices=EntryState.choices, empty_label="Any state")
    facility = ChoiceFilter(label="Facility", choices=(), empty_label="All of mine")
    since = DateFilter(
        label="Effective from", field_name="effective_date", lookup_expr="gte", widget=DateInput(attrs=_DAY)
    )
    until = DateFilter(label="to", field_name="effective_date", lookup_expr="lte", widget=DateInput(attrs=_DAY))

    class Meta:
        model = Entry
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["facility"].extra["choices"] = facility_choices(self.request.user, Permission.VIEW_LEDGER)
