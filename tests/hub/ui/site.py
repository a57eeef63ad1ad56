"""The gallery as a site of its own, since DEBUG is off in tests."""

from __future__ import annotations

from django.urls import include, path

from hub import urls

urlpatterns = [path("ui/", include("hub.ui.gallery.urls")), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
