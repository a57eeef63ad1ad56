"""The gallery of components; only where DEBUG is on."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern

from hub.ui.gallery.urls import urlpatterns as gallery

app_name = "ui"
urlpatterns: list[URLPattern] = gallery if settings.DEBUG else []
