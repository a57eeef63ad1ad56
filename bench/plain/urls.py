from __future__ import annotations

from django.urls import path

from bench.plain.views import bare, naive

urlpatterns = [path("bare", bare), path("naive", naive)]
