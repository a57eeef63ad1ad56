"""What notices can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import ChoiceFilter, FilterSet

from exceptions.models import Notice
from exceptions.states import NoticeKind
from hub.ui.filters import FlagFilter


class NoticeFilter(FilterSet):  # type: ignore[misc]
    kind = ChoiceFilter(label="Why", choices=NoticeKind.choices, empty_label="Any reason")
    unread = FlagFilter(label="Unread only", method="only_unread")

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()

    def only_unread(self, queryset: QuerySet[Notice], name: str, value: Any) -> QuerySet[Notice]:
        return queryset.filter(read_at=None) if value else queryset
