from __future__ import annotations

from django.apps import AppConfig


class MasterDataConfig(AppConfig):
    name = "hub.masterdata"
    label = "masterdata"
    verbose_name = "Master data"
    default_auto_field = "django.db.models.BigAutoField"
