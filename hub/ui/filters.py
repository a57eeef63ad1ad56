"""Filters that lists need beyond those of django-filter."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import CheckboxInput
from django_filters import BooleanFilter


class FlagFilter(BooleanFilter):  # type: ignore[misc]
    """A checkbox that narrows when ticked and does nothing otherwise.

    BooleanFilter with a checkbox reads an absent parameter as False and hides every row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=CheckboxInput, **kwargs)

    def filter(self, qs: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        return super().filter(qs, True) if value else qs
