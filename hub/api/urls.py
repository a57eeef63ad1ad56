"""The versioned API: one list of resources, its schema, its documentation."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from hub.api.views.cases import CaseViewSet
from hub.api.views.journeys import JourneyViewSet
from hub.api.views.kpis import KpiViewSet
from hub.api.views.mappings import MappingViewSet
from hub.api.views.messages import MessageViewSet
from hub.api.views.missing import Missing
from hub.api.views.replays import ReplayViewSet
from hub.api.views.returns import ReturnViewSet
from hub.api.views.runs import RunViewSet

router = SimpleRouter(use_regex_path=False)
router.register("messages", MessageViewSet, basename="message")
router.register("returns", ReturnViewSet, basename="return")
router.register("runs", RunViewSet, basename="run")
router.register("replays", ReplayViewSet, basename="replay")
router.register("cases", CaseViewSet, basename="case")
router.register("mappings", MappingViewSet, basename="mapping")
router.register("journeys", JourneyViewSet, basename="journey")
router.register("kpis", KpiViewSet, basename="kpi")

PAGES: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # The split view keeps its script in a file of its own, as the content security policy asks.
    path(
        "docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"), name="docs"
    ),
    path("", include(router.urls)),
    re_path(r"^.*$", Missing.as_view(), name="missing"),
]

urlpatterns: list[URLPattern | URLResolver] = [path("", include((PAGES, "api")))]
