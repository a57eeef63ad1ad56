"""What the list of messages can be narrowed by."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.forms import DateInput, TextInput
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from connectors.models import Feed, Message
from connectors.states import MessageState
from hub.console.selectors.places import facility_choices
from hub.governance.roles import Permission

_DAY = {"type": "date"}


class MessageFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(
        label="Control id, file name, id", method="named",
        widget=TextInput(attrs={"type": "search", "placeholder": "Exactly as it was sent"}),
    )  # fmt: skip
    feed = ChoiceFilter(label="Feed", field_name="feed_code", choices=(), empty_label="Every feed")
    state = ChoiceFilter(label="State", choices=MessageState.choices, empty_label="Any state")
    facility = ChoiceFilter(label="Facility", choices=(), empty_label="All of mine")
    since = DateFilter(label="From", method="from_day", widget=DateInput(attrs=_DAY))
    until = DateFilter(label="To", method="to_day", widget=DateInput(attrs=_DAY))

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["feed"].extra["choices"] = list(Feed.objects.order_by("code").values_list("code", "name"))
        self.filters["facility"].extra["choices"] = facility_choices(self.request.user, Permission.VIEW_MESSAGES)

    def named(self, queryset: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        """By what its sender calls it, or by our id: whole, since a page of the list must be found by its place."""
        try:
            return queryset.filter(pk=UUID(value))
        except ValueError:
            return queryset.filter(Q(control_id=value) | Q(name=value) & ~Q(name=""))

    def from_day(self, queryset: QuerySet[Message], name: str, value: date) -> QuerySet[Message]:
        return queryset.filter(received_at__gte=_start(value))

    def to_day(self, queryset: QuerySet[Message], name: str, value: date) -> QuerySet[Message]:
        return queryset.filter(received_at__lt=_start(value) + timedelta(days=1))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
