from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig

#: Packages within that have models of their own. They refer to those of `models`, which knows none of them.
WITHIN = ("alerts", "deeds", "replays", "runbooks", "teams")


class ExceptionsConfig(AppConfig):
    name = "exceptions"
    label = "exceptions"
    verbose_name = "Exceptions"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        super().import_models()
        for package in WITHIN:
            import_module(f"exceptions.{package}.models")

    def ready(self) -> None:
        from exceptions.triage import receive
        from hub.core.parking import Parked, parked

        parked.connect(receive, sender=Parked, dispatch_uid="exceptions.triage")
