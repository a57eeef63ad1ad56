"""Where each room's pages hang."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("in/v1/", include("connectors.urls")),
    path("api/v1/", include("hub.api.urls")),
    path("ui/", include("hub.ui.urls")),
    path("", include("hub.console.urls")),
]

handler400 = "hub.ui.errors.bad_request"
handler403 = "hub.ui.errors.permission_denied"
handler404 = "hub.ui.errors.page_not_found"
handler500 = "hub.ui.errors.server_error"
