"""What runbooks can be narrowed by."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet

from exceptions.runbooks.models import Runbook
from exceptions.runbooks.states import RunbookState


class RunbookFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(label="Words", method="with_words")
    state = ChoiceFilter(label="State", choices=RunbookState.choices, empty_label="Any state")

    class Meta:
        model = Runbook
        fields: tuple[str, ...] = ()

    def with_words(self, queryset: QuerySet[Runbook], name: str, value: str) -> QuerySet[Runbook]:
        return queryset.filter(Q(title__icontains=value) | Q(summary__icontains=value) | Q(body__icontains=value))
