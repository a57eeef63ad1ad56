from __future__ import annotations

from django.apps import AppConfig


class ExceptionsConfig(AppConfig):
    name = "exceptions"
    label = "exceptions"
    verbose_name = "Exceptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exceptions.triage import receive
        from hub.core.parking import Parked, parked

        parked.connect(receive, sender=Parked, dispatch_uid="exceptions.triage")
