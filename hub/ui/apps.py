from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "hub.ui"
    label = "ui"
    verbose_name = "User interface"
    default_auto_field = "django.db.models.BigAutoField"
