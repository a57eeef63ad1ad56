"""`/api/v1/journeys/`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from hub.api.base import ScopedViewSet
from hub.api.filters import JourneyFilter
from hub.api.serializers.journeys import FindSerializer, JourneySerializer, StorySerializer
from hub.console.selectors import journeys as selectors
from hub.governance.roles import Permission
from hub.records.models import Journey


class JourneyViewSet(ScopedViewSet[Journey]):
    """Patient accounts from the booked appointment to the general ledger. Named by our own id only."""

    needs = Permission.VIEW_JOURNEYS
    serializer_class: type[BaseSerializer[Any]] = JourneySerializer
    filterset_class = JourneyFilter

    def visible(self, who: User | AnonymousUser) -> QuerySet[Journey]:
        return selectors.journeys(who)

    @extend_schema(responses=StorySerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One journey with its stages, its dollars, everything on it and what is expected next."""
        return Response(StorySerializer(selectors.story(request.user, self.get_object())).data)

    @extend_schema(request=FindSerializer, responses=JourneySerializer(many=True), filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def find(self, request: Request, **kwargs: Any) -> Response:
        """The journeys that a business number leads to. It posts, since such numbers do not belong in addresses."""
        form = FindSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        found = selectors.find(request.user, form.validated_data["number"])
        return Response(JourneySerializer(found, many=True).data)
