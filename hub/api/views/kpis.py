"""`/api/v1/kpis/`."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from hub.api.access import HoldsPermission
from hub.api.serializers.kpis import KpiDetailSerializer, KpiSerializer
from hub.governance.roles import Permission
from hub.kpis.definitions import Kpi
from hub.kpis.selectors import headline, headlines, latest

_NAME = OpenApiParameter("kpi", str, OpenApiParameter.PATH, enum=[kpi.value for kpi in Kpi])


class KpiViewSet(ViewSet):
    """Numbers over what the caller may see, each with its definition and how fresh it is."""

    needs = Permission.VIEW_KPIS
    permission_classes = [IsAuthenticated, HoldsPermission]
    lookup_field = "kpi"

    @extend_schema(responses=KpiSerializer(many=True))
    def list(self, request: Request) -> Response:
        """All of them, in their fixed order."""
        return Response([KpiSerializer(item).data for item in headlines(request.user)])

    @extend_schema(parameters=[_NAME], responses=KpiDetailSerializer)
    def retrieve(self, request: Request, kpi: str) -> Response:
        """One of them, with its figures by facility and part."""
        if kpi not in set(Kpi):
            raise Http404
        found: dict[str, Any] = {"figures": latest(request.user, Kpi(kpi))[0]}
        return Response(KpiDetailSerializer(headline(request.user, Kpi(kpi)), context=found).data)
