"""What engineers do to a system in trouble: drain it gently, test it, rotate what proves us to each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render

from connectors import credentials, operating
from connectors.base import Outcome
from connectors.models import System
from exceptions.runbooks.states import SafeAction
from hub.console.forms.operate import DrainForm, FeedSecretForm, SystemSecretForm
from hub.console.views.system_actions import FeedAction, SystemAction
from hub.core.errors import BusinessRefusal
from hub.ui.format import duration_text
from hub.ui.pages import is_htmx


class DrainSystem(SystemAction):
    safe_action = SafeAction.DRAIN
    title = "Drain at a rate"
    question = (
        "What waits is sent, the oldest first, no faster than this; a paused system is resumed. "
        "Then its own rate holds again."
    )
    submit_label = "Drain"
    form_class = DrainForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        rate, minutes = data["per_second"], data["minutes"]
        system = operating.drain_lane(
            code=self.object.code, per_second=rate, lasting=timedelta(minutes=minutes), actor=self.actor,
            reason=data["reason"],
        )  # fmt: skip
        return f"{system.name} drains at {rate:,} a second for {duration_text(timedelta(minutes=minutes))}."


class EndDrain(SystemAction):
    title = "Back to its own rate"
    question = "The limit ends now; what still waits is sent at the system's own rate."
    submit_label = "End the limit"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        system = operating.end_drain(code=self.object.code, actor=self.actor, reason=data["reason"])
        return f"{system.name} is at its own rate."


class TryConnection(SystemAction):
    """One click: a harmless call with our own credentials."""

    safe_action = SafeAction.TEST
    title = "Test the connection"
    question = "It is asked, harmlessly, whether it answers and lets us in. Nothing is delivered."
    submit_label = "Test"
    form_class = None

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        result = operating.try_connection(code=self.object.code, actor=self.actor)
        if result.outcome is Outcome.CONFIRMED:
            return f"{self.object.name} answers and lets us in ({duration_text(result.elapsed)})."
        failure = result.failure
        said = failure.message if failure else "It gave no reason."
        raise BusinessRefusal(
            "connection-test", f"{self.object.name} did not pass: {said}", hint=failure.hint if failure else ""
        )


class RotateSystemSecret(SystemAction):
    safe_action = SafeAction.ROTATE_SYSTEM
    title = "Rotate a credential"
    submit_label = "Rotate"
    danger = True

    def get_queryset(self) -> QuerySet[System]:
        return System.objects.all()

    def get_question(self) -> str:
        if credentials.can_be_tried(self.object):
            return "The new secret is tried first. Once the system has let it in, it takes the place of the old one."
        return "The new secret takes the place of the old one at once."

    def get_form(self, data: Any = None) -> Form:
        system = self.object
        tried = credentials.can_be_tried(system)
        return SystemSecretForm(data, code=system.code, names=credentials.secret_names(system), tried=tried)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        system = credentials.rotate_system_secret(
            code=self.object.code, name=data["name"], value=data["value"], actor=self.actor, reason=data["reason"],
            untried=data.get("untried", False),
        )  # fmt: skip
        return f"The secret of {system.name} is replaced."


class RotateFeedSecret(FeedAction):
    safe_action = SafeAction.ROTATE_FEED
    title = "Rotate the secret"
    question = (
        "The new secret counts at once, and the old one beside it for as long as you say: "
        "no message is refused meanwhile."
    )
    submit_label = "Rotate"
    danger = True
    _made = ""

    def get_form(self, data: Any = None) -> Form:
        return FeedSecretForm(data, code=self.object.code)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        secret = credentials.rotate_feed_secret(
            code=self.object.code, overlap=timedelta(hours=data["hours"]), actor=self.actor, reason=data["reason"],
            value=data["value"],
        )  # fmt: skip
        self._made = "" if data["value"] else secret
        return f"The secret of {self.object.name} is rotated."

    def answer(self, said: str) -> HttpResponse:
        """A secret that was made here is shown this once, in the answer itself: it goes through no other hands."""
        if not self._made:
            return super().answer(said)
        template = "console/systems/_secret.html" if is_htmx(self.request) else "console/systems/secret.html"
        context = self.get_context_data(form=None, secret=self._made, said=said)
        response = render(self.request, template, context)
        response["Cache-Control"] = "no-store"
        return response


class EndOverlap(FeedAction):
    title = "End the old secret"
    question = "Only the newest secret counts from now on. Do it once the sender signs with it."
    submit_label = "End it"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        feed = credentials.end_overlap(code=self.object.code, actor=self.actor, reason=data["reason"])
        return f"Only the newest secret of {feed.name} counts."
