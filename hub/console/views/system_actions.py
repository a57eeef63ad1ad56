"""Pausing and resuming systems and feeds, and closing a breaker by hand: each with a reason."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.forms import Form
from django.urls import reverse

from connectors import services
from connectors.models import Feed, System
from exceptions.runbooks.states import SafeAction
from hub.console.forms.deeds import ReasonForm
from hub.console.runbook_use import FromRunbook
from hub.console.tables.systems import system_url
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.pages import Crumb


class SystemAction(FromRunbook, ActionView):
    needs: ClassVar[Permission] = Permission.OPERATE_SYSTEMS
    nav = "systems"
    lookup_field = "code"
    version_field = ""
    form_class: ClassVar[type[Form] | None] = ReasonForm
    object: System

    def get_queryset(self) -> QuerySet[System]:
        return System.objects.defer("sealed_secrets")

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, "")

    def get_title(self) -> str:
        return f"{self.title}: {self.object.name}"

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Systems", reverse("console:systems")), Crumb(self.object.name, system_url(self.object))]

    def get_success_url(self) -> str:
        return self.back_to() or system_url(self.object)


class PauseSystem(SystemAction):
    safe_action = SafeAction.PAUSE_SYSTEM
    title = "Pause"
    question = "Nothing more is sent to it. What is meant for it waits here in order and is sent when it is resumed."
    submit_label = "Pause"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        system = services.pause_system(code=self.object.code, actor=self.actor, reason=data["reason"])
        return f"{system.name} is paused."


class ResumeSystem(SystemAction):
    safe_action = SafeAction.RESUME_SYSTEM
    title = "Resume"
    question = "What waits for it is sent, the oldest first, at its own rate."
    submit_label = "Resume"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        system = services.resume_system(code=self.object.code, actor=self.actor, reason=data["reason"])
        return f"{system.name} is resumed."


class ResetLane(SystemAction):
    safe_action = SafeAction.RESET
    title = "Close the breaker"
    question = "The next delivery is tried at once. If the system is still down, the breaker opens again."
    submit_label = "Close it"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        system = services.reset_lane(code=self.object.code, actor=self.actor, reason=data["reason"])
        return f"{system.name} is tried at once."


class FeedAction(FromRunbook, ActionView):
    needs: ClassVar[Permission] = Permission.OPERATE_SYSTEMS
    nav = "systems"
    lookup_field = "code"
    version_field = ""
    form_class: ClassVar[type[Form] | None] = ReasonForm
    object: Feed

    def get_queryset(self) -> QuerySet[Feed]:
        return Feed.objects.select_related("system").defer("sealed_secrets")

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.object.facility)

    def get_title(self) -> str:
        return f"{self.title}: {self.object.name}"

    def get_crumbs(self) -> list[Crumb]:
        system = self.object.system
        return [Crumb("Systems", reverse("console:systems")), Crumb(system.name, system_url(system))]

    def get_success_url(self) -> str:
        return self.back_to() or reverse("console:system", args=[self.object.system.code])


class PauseFeed(FeedAction):
    safe_action = SafeAction.PAUSE_FEED
    title = "Pause"
    question = "Messages are taken and kept, so that no sender has to wait, and not processed until it is resumed."
    submit_label = "Pause"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        feed = services.pause_feed(code=self.object.code, actor=self.actor, reason=data["reason"])
        return f"{feed.name} is paused."


class ResumeFeed(FeedAction):
    safe_action = SafeAction.RESUME_FEED
    title = "Resume"
    question = "What it took meanwhile is processed, the oldest first."
    submit_label = "Resume"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        feed = services.resume_feed(code=self.object.code, actor=self.actor, reason=data["reason"])
        return f"{feed.name} is resumed."
