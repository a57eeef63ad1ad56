"""Alerts by webhook: the endpoints, and what each was told with what outcome."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from exceptions.alerts import services
from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.states import AlertState
from hub.console.forms.teams import EndpointForm
from hub.console.guard import Guarded
from hub.console.tables.teams import (
    ALERT_COLUMNS,
    ENDPOINT_COLUMNS,
    endpoint_badge,
    endpoint_scope,
    endpoint_url,
    event_name,
    events_of,
    with_deeds,
)
from hub.console.views.kept import Kept, Removed
from hub.console.views.teams import TeamPlace
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.badges import Badge
from hub.ui.bulk import refusal_text
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.pages import Action, Crumb, Empty, is_htmx
from hub.ui.tables import build_table

_SHOWN = 100


class Alerts(TeamPlace):
    needs = Permission.MANAGE_TEAMS
    title = "Alerts"
    lead = "Programs outside that hear of cases: a chat, a pager, a ticket system. No patient data goes out."
    tab = "alerts"

    def get_actions(self) -> list[Action]:
        return [Action("New endpoint", reverse("console:alert-endpoint-new"), "plus", primary=True)]

    def get_panels(self) -> list[Panel]:
        rows = AlertEndpoint.objects.select_related("team").defer("sealed_secret")
        empty = Empty("Nobody outside is told", "Add the address of a chat or a pager.", "webhook")
        context = {"table": build_table(ENDPOINT_COLUMNS, rows), "table_label": "Endpoints", "empty": empty}
        return [Panel("Endpoints", "ui/_data_table.html", context, icon="webhook", flush=True)]


class EndpointPage(Guarded, DetailView):
    needs = Permission.MANAGE_TEAMS
    nav = "team"
    live_seconds = 5
    object: AlertEndpoint

    def get_queryset(self) -> QuerySet[AlertEndpoint]:
        return AlertEndpoint.objects.select_related("team").defer("sealed_secret")

    def get_badge(self) -> Badge:
        return endpoint_badge(self.object)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Alerts", reverse("console:alerts")), Crumb(self.object.name)]

    def get_facts(self) -> list[Fact]:
        endpoint = self.object
        return [
            Fact("Address", endpoint.url),
            Fact("Cases", endpoint_scope(endpoint)),
            *(Fact("Is told when", name) for name in events_of(endpoint)),
            Fact("Signed", "Standard Webhooks, HMAC-SHA256"),
        ]

    def get_actions(self) -> list[Action]:
        paused = self.object.paused
        turn = ("Resume", "alert-endpoint-resume", "play") if paused else ("Pause", "alert-endpoint-pause", "pause")
        test = self._action("Send a test", "alert-endpoint-test", "send", at_once=True, primary=True)
        return [
            *([] if paused else [test]),
            self._action(*turn, at_once=True),
            self._action("Edit", "alert-endpoint-edit", "pencil"),
            self._action("New secret", "alert-endpoint-secret", "key-round", more=True),
            self._action("Remove this endpoint", "alert-endpoint-remove", "trash-2", more=True),
        ]

    def _action(
        self, label: str, name: str, icon: str, *, at_once: bool = False, primary: bool = False, more: bool = False
    ) -> Action:
        url = reverse(f"console:{name}", args=[self.object.pk])
        return Action(label, url, icon, at_once=at_once, primary=primary, more=more)

    def get_panels(self) -> list[Panel]:
        rows = Alert.objects.filter(endpoint=self.object).select_related("case").defer("body").order_by("-id")
        deeds = with_deeds(ALERT_COLUMNS, rows[:_SHOWN], self._of)
        empty = Empty("Told of nothing yet", "Send a test to see whether it listens.", "send")
        context = {"deeds": deeds, "label": "What it was told", "empty": empty}
        return [Panel("What it was told", "console/teams/_deeds.html", context, key="told", icon="send",
                      note=f"the newest {_SHOWN}", flush=True)]  # fmt: skip

    def _of(self, alert: Alert) -> list[Action]:
        if alert.state != AlertState.FAILED:
            return []
        url = reverse("console:alert-retry", args=[alert.pk])
        return [Action(f"Try again: {event_name(alert)}", url, "refresh-cw", at_once=True)]


class SaveEndpoint(Kept):
    """The secret of a new one is shown once, in place of the toast."""

    model = AlertEndpoint
    place = "alerts"
    form_class = EndpointForm
    shown = ("name", "url", "events", "team", "queue")
    object: AlertEndpoint

    def get_title(self) -> str:
        return "New endpoint" if self.is_new else f"Edit {self.object.name}"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.is_new:
            return super().post(request, *args, **kwargs)
        form = EndpointForm(request.POST)
        if not form.is_valid():
            return self.ask(form, status=422)
        try:
            endpoint, secret = services.save_endpoint(actor=self.actor, **form.cleaned_data)
        except (Failure, ValidationError) as failure:
            return self.ask(form, status=409, refusal=refusal_text(failure))
        return secret_shown(request, endpoint, secret)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.save_endpoint(actor=self.actor, endpoint_id=self.key, version=version, **data)
        return "Kept."

    def get_success_url(self) -> str:
        return super().get_success_url() if self.is_new else endpoint_url(self.object)


def secret_shown(request: HttpRequest, endpoint: AlertEndpoint, secret: str) -> HttpResponse:
    """The only time that anybody sees it."""
    name = "_secret_dialog" if is_htmx(request) else "secret"
    context = {"object": endpoint, "secret": secret, "title": f"The secret of {endpoint.name}", "nav": "team",
               "next_url": endpoint_url(endpoint)}  # fmt: skip
    response = render(request, f"console/alerts/{name}.html", context)
    response["Cache-Control"] = "no-store"
    return response


class OfEndpoint(Guarded, ActionView):
    needs: ClassVar[Permission] = Permission.MANAGE_TEAMS
    nav = "team"
    version_field = ""
    object: AlertEndpoint

    def get_queryset(self) -> QuerySet[AlertEndpoint]:
        return AlertEndpoint.objects.defer("sealed_secret")

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, "")

    def get_success_url(self) -> str:
        return endpoint_url(self.object)


class TestEndpoint(OfEndpoint):
    title = "Send a test"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.send_test(endpoint_id=self.object.pk, actor=self.actor)
        return "A test is on its way; its outcome appears below."


class PauseEndpoint(OfEndpoint):
    title = "Pause"
    paused = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.set_paused(endpoint_id=self.object.pk, actor=self.actor, paused=self.paused)
        return "Paused. What waits goes on waiting." if self.paused else "Resumed. What waits goes out."


class ResumeEndpoint(PauseEndpoint):
    title = "Resume"
    paused = False


class RenewSecret(OfEndpoint):
    title = "New secret"
    question = "The next attempt is signed with it; the old one signs nothing any more."
    submit_label = "Make a new secret"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        secret = services.renew_secret(endpoint_id=self.object.pk, actor=self.actor)
        return secret_shown(request, self.object, secret)

    def get_form(self, data: Any = None) -> Form | None:
        return None


class RemoveEndpoint(Removed):
    model = AlertEndpoint
    place = "alerts"
    question = "It is told nothing more, and the list of what it was told goes with it."
    object: AlertEndpoint

    def get_title(self) -> str:
        return f"Remove {self.object.name}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.remove_endpoint(endpoint_id=self.object.pk, actor=self.actor)
        return "Removed."


class RetryAlert(Guarded, ActionView):
    needs: ClassVar[Permission] = Permission.MANAGE_TEAMS
    title = "Try again"
    nav = "team"
    version_field = ""
    object: Alert

    def get_queryset(self) -> QuerySet[Alert]:
        return Alert.objects.select_related("endpoint")

    def get_success_url(self) -> str:
        return endpoint_url(self.object.endpoint)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.try_again(alert_id=self.object.pk, actor=self.actor)
        return "It is on its way again."
