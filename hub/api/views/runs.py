"""`/api/v1/runs/`."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from rest_framework.serializers import BaseSerializer

from hub.api.base import ScopedViewSet
from hub.api.filters import RunFilter
from hub.api.serializers.runs import RunDetailSerializer, RunSerializer
from hub.console.selectors.runs import runs
from hub.governance.roles import Permission
from orchestration.models import Run


class RunViewSet(ScopedViewSet[Run]):
    """Executions of workflows; the detail tells every step with its deliveries."""

    needs = Permission.VIEW_RUNS
    filterset_class = RunFilter

    def get_serializer_class(self) -> type[BaseSerializer[Run]]:
        return RunDetailSerializer if self.action == "retrieve" else RunSerializer

    def visible(self, who: User | AnonymousUser) -> QuerySet[Run]:
        return runs(who).defer("outputs")
