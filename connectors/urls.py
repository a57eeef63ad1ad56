from __future__ import annotations

from django.urls import path

from connectors.views import webhook

urlpatterns = [path("<slug:code>", webhook, name="webhook")]
