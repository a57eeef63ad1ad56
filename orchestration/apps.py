from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrchestrationConfig(AppConfig):
    name = "orchestration"
    label = "orchestration"
    verbose_name = "Orchestration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(prepare_partitions, sender=self)


def prepare_partitions(**_: Any) -> None:
    """A new database has its partitions before its first message; the beat makes those of later months."""
    from orchestration import sweeps

    sweeps.prepare_partitions()
