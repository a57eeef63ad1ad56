from __future__ import annotations

from django.apps import AppConfig

from hub import checks


class GovernanceConfig(AppConfig):
    name = "hub.governance"
    label = "governance"
    verbose_name = "Governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register_all()
