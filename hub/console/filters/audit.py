"""What the audit can be narrowed by."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.forms import DateInput, TextInput
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from hub.console.selectors.audit import actors_like
from hub.governance.access import Door
from hub.governance.models import AuditEntry

_DAY = {"type": "date"}
_DOORS = tuple((door.value, door.value.capitalize()) for door in Door)


class AuditFilter(FilterSet):  # type: ignore[misc]
    action = CharFilter(
        label="Action", lookup_expr="startswith", widget=TextInput(attrs={"placeholder": "case.assign"})
    )
    actor = CharFilter(label="Person", method="of_person", widget=TextInput(attrs={"placeholder": "Name"}))
    door = ChoiceFilter(label="Door", choices=_DOORS, empty_label="Any door")
    object = CharFilter(label="Object id", field_name="object_id")
    since = DateFilter(label="From", method="from_day", widget=DateInput(attrs=_DAY))
    until = DateFilter(label="To", method="to_day", widget=DateInput(attrs=_DAY))

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()

    def of_person(self, queryset: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        return queryset.filter(actor__in=actors_like(value))

    def from_day(self, queryset: QuerySet[AuditEntry], name: str, value: date) -> QuerySet[AuditEntry]:
        return queryset.filter(at__gte=_start(value))

    def to_day(self, queryset: QuerySet[AuditEntry], name: str, value: date) -> QuerySet[AuditEntry]:
        return queryset.filter(at__lt=_start(value) + timedelta(days=1))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
