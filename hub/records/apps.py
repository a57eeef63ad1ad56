from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "hub.records"
    label = "records"
    verbose_name = "Records"
    default_auto_field = "django.db.models.BigAutoField"
