"""Where each room's pages hang."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

ROOMS = {
    "in/v1/": "connectors.urls",
    "api/v1/": "hub.api.urls",
    "ui/": "hub.ui.urls",
    "": "hub.console.urls",
}

urlpatterns: list[URLPattern | URLResolver] = [path("admin/", admin.site.urls)]
urlpatterns += [path(prefix, include(module)) for prefix, module in ROOMS.items() if find_spec(module)]

handler400 = "hub.ui.errors.bad_request"
handler403 = "hub.ui.errors.permission_denied"
handler404 = "hub.ui.errors.page_not_found"
handler500 = "hub.ui.errors.server_error"
