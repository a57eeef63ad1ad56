"""`/api/v1/cases/`, and what can be done to a case. Acts go through the same services as on the pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from exceptions import selectors, services
from exceptions.models import Case
from exceptions.services import HeldChoice
from exceptions.states import Resolution
from hub.api.access import actor
from hub.api.base import ScopedViewSet
from hub.api.filters import CaseFilter
from hub.api.serializers.cases import (
    ActSerializer,
    CaseSerializer,
    CommentSerializer,
    ReleaseSerializer,
    ResolveSerializer,
)
from hub.governance.roles import Permission


class CaseViewSet(ScopedViewSet[Case]):
    """What people must decide, folded by cause. Named by its number."""

    needs = Permission.VIEW_CASES
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    lookup_field = "number"
    lookup_value_converter = "int"

    def visible(self, who: User | AnonymousUser) -> QuerySet[Case]:
        return selectors.cases(who)

    @extend_schema(request=ActSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, **kwargs: Any) -> Response:
        """Make the case one's own."""
        case, data = self._act(ActSerializer(data=request.data))
        return self._answer(services.take(case_id=case.pk, actor=actor(request), version=data.get("version")))

    @extend_schema(request=CommentSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, **kwargs: Any) -> Response:
        """Add to its story. No patient names or numbers."""
        case, data = self._act(CommentSerializer(data=request.data))
        services.comment(case_id=case.pk, actor=actor(request), text=data["text"])
        return self._answer(case)

    @extend_schema(request=ReleaseSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, **kwargs: Any) -> Response:
        """Try again what it holds, `rate` a second; the case ends once all of it went through."""
        case, data = self._act(ReleaseSerializer(data=request.data))
        released = services.release(
            case_id=case.pk, actor=actor(request), reason=data["reason"], rate=data["rate"], version=data.get("version")
        )
        return self._answer(released)

    @extend_schema(request=ResolveSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, **kwargs: Any) -> Response:
        """End it. Where it still holds work, `held` says what happens to that."""
        case, data = self._act(ResolveSerializer(data=request.data))
        resolved = services.resolve(
            case_id=case.pk,
            actor=actor(request),
            resolution=Resolution(data["resolution"]),
            reason=data["reason"],
            held=HeldChoice(data["held"]) if data.get("held") else None,
            version=data.get("version"),
        )
        return self._answer(resolved)

    def _act(self, form: Serializer[None]) -> tuple[Case, dict[str, Any]]:
        case = self.get_object()
        form.is_valid(raise_exception=True)
        return case, form.validated_data

    def _answer(self, case: Case) -> Response:
        return Response(CaseSerializer(case).data)
