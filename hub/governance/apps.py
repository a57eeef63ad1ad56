from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from hub import checks


class GovernanceConfig(AppConfig):
    name = "hub.governance"
    label = "governance"
    verbose_name = "Governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register_all()
        post_migrate.connect(store_contracts, sender=self, dispatch_uid="governance.contracts")


def store_contracts(**_: Any) -> None:
    """Every database knows the contracts of the code that migrated it."""
    from hub.governance import contracts

    contracts.sync()
