"""What lists can be narrowed by. Values that are none of a filter's own answer 400; unknown parameters are ignored."""

from __future__ import annotations

from django_filters import (
    BaseInFilter,
    BooleanFilter,
    CharFilter,
    ChoiceFilter,
    FilterSet,
    IsoDateTimeFilter,
    UUIDFilter,
)

from connectors.models import Message
from connectors.states import MessageState
from exceptions.models import Case, Queue
from exceptions.states import CaseState
from hub.masterdata.models import Domain, Mapping
from hub.masterdata.states import MappingState
from hub.records.models import Journey
from orchestration.correction_models import Returned
from orchestration.models import Run
from orchestration.states import RunState


class FacilityFilter(BaseInFilter, CharFilter):  # type: ignore[misc]
    """One facility, or several with commas."""


class MessageFilter(FilterSet):  # type: ignore[misc]
    feed = CharFilter(field_name="feed_code")
    state = ChoiceFilter(choices=MessageState.choices)
    facility = FacilityFilter(field_name="facility", lookup_expr="in")
    control_id = CharFilter()
    journey = UUIDFilter(field_name="journey_id")
    received_after = IsoDateTimeFilter(field_name="received_at", lookup_expr="gte")
    received_before = IsoDateTimeFilter(field_name="received_at", lookup_expr="lt")

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()


class ReturnFilter(FilterSet):  # type: ignore[misc]
    """`open=true`: the source has not sent the corrected message yet."""

    feed = CharFilter(field_name="feed_code")
    system = CharFilter()
    facility = FacilityFilter(field_name="facility", lookup_expr="in")
    open = BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = Returned
        fields: tuple[str, ...] = ()


class RunFilter(FilterSet):  # type: ignore[misc]
    workflow = CharFilter()
    state = ChoiceFilter(choices=RunState.choices)
    step = CharFilter()
    facility = FacilityFilter(field_name="facility", lookup_expr="in")
    journey = UUIDFilter(field_name="journey_id")
    created_after = IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()


class CaseFilter(FilterSet):  # type: ignore[misc]
    state = ChoiceFilter(choices=CaseState.choices)
    queue = ChoiceFilter(choices=Queue.choices)
    failure_class = CharFilter()
    code = CharFilter()
    system = CharFilter()
    facility = FacilityFilter(field_name="facility", lookup_expr="in")
    owner = CharFilter(field_name="owner__username")

    class Meta:
        model = Case
        fields: tuple[str, ...] = ()


class MappingFilter(FilterSet):  # type: ignore[misc]
    domain = ChoiceFilter(choices=Domain.choices)
    system = CharFilter()
    facility = FacilityFilter(field_name="facility", lookup_expr="in")
    state = ChoiceFilter(choices=MappingState.choices)
    local_code = CharFilter()
    canonical_code = CharFilter()

    class Meta:
        model = Mapping
        fields: tuple[str, ...] = ()


class JourneyFilter(FilterSet):  # type: ignore[misc]
    facility = FacilityFilter(field_name="facility", lookup_expr="in")
    opened_after = IsoDateTimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = IsoDateTimeFilter(field_name="opened_at", lookup_expr="lt")

    class Meta:
        model = Journey
        fields: tuple[str, ...] = ()
