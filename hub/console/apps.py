from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "hub.console"
    label = "console"
    verbose_name = "Console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hub.console.navigation import PLACES, SEARCH
        from hub.console.replay_sources import register_sources
        from hub.ui import navigation

        for place in PLACES:
            navigation.register(place)
        navigation.register_search(SEARCH)
        register_sources()
