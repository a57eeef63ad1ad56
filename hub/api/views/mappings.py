"""`/api/v1/mappings/`."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from hub.api.base import ScopedViewSet
from hub.api.filters import MappingFilter
from hub.api.serializers.mappings import MappingSerializer
from hub.governance.roles import Permission
from hub.masterdata.models import Mapping
from hub.masterdata.selectors import mappings


class MappingViewSet(ScopedViewSet[Mapping]):
    """Local codes and what they mean, per system and facility, effective-dated."""

    needs = Permission.VIEW_MAPPINGS
    serializer_class = MappingSerializer
    filterset_class = MappingFilter
    lookup_value_converter = "int"

    def visible(self, who: User | AnonymousUser) -> QuerySet[Mapping]:
        return mappings(who)
