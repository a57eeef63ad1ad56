"""`/api/v1/replays/`: read replays, and ask for one. Deciding about it and running it is for people, on its page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from exceptions.replays import selectors, services
from exceptions.replays.models import Replay
from exceptions.replays.states import Source, Versions
from hub.api.access import actor
from hub.api.base import ScopedViewSet
from hub.api.serializers.replays import ReplayRequestSerializer, ReplaySerializer
from hub.governance.roles import Permission


class ReplayViewSet(ScopedViewSet[Replay]):
    """Work done again on purpose, from its preview to its sealed report. Named by its number."""

    needs = Permission.VIEW_RUNS
    serializer_class = ReplaySerializer
    lookup_field = "number"
    lookup_value_converter = "int"

    def visible(self, who: User | AnonymousUser) -> QuerySet[Replay]:
        return selectors.replays(who)

    @extend_schema(request=ReplayRequestSerializer, responses={201: ReplaySerializer})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Ask for a replay. It is previewed; nothing of it happens before somebody runs it."""
        form = ReplayRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        made = services.request(
            actor=actor(request),
            source=Source(data["source"]),
            reason=data["reason"],
            ids=data["ids"],
            from_step=data["from_step"],
            versions=Versions(data["versions"]),
            rate=data["rate"],
        )
        return Response(ReplaySerializer(made).data, status=HTTP_201_CREATED)
