from __future__ import annotations

from django.urls import path

from connectors.views import no_feed, webhook

urlpatterns = [path("<slug:code>", webhook, name="webhook"), path("<path:path>", no_feed), path("", no_feed)]
