"""What people did to many cases at once: how far it has come, what became of each, and the way back."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import trigger_client_event

from exceptions.deeds import services
from exceptions.deeds.models import Deed
from exceptions.deeds.selectors import Account, account, deeds_of, left_alone, under_way
from exceptions.deeds.states import DeedAct, DeedState
from hub.console.bulk_cases import outcome_words, reasons_words, undo_url
from hub.console.guard import Guarded
from hub.console.tables.deeds import LEFT_COLUMNS
from hub.console.words import count_text, person_name
from hub.core.ids import is_uuid
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.badges import Badge, Tone, badge_for
from hub.ui.columns import Kind
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.pages import Action, Crumb, Empty, PageView, announce
from hub.ui.tables import build_table

#: The page names this many of what was left alone; the reasons count them all.
_SHOWN = 200


def strip(who: User | AnonymousUser) -> dict[str, Any]:
    """The lines above the queue: one for each deed of the reader's own that is under way."""
    return {"accounts": [account(deed) for deed in under_way(who)]}


class OfDeeds(Guarded):
    """One's own deeds: nobody else can stop or undo them, or needs to see them."""

    needs = Permission.VIEW_CASES

    def get_queryset(self) -> QuerySet[Deed]:
        return deeds_of(self.who)


class DeedsUnderWay(OfDeeds, PageView):
    """The lines above the queue, asked again while there are any; says what came of those that ended meanwhile."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        going = strip(self.who)
        response = render(request, "console/queue/_deeds.html", going)
        ended = self._ended()
        if not ended:
            return response
        told = account(ended[0])
        text = " ".join((outcome_words(told), *reasons_words(told)))
        trigger_client_event(response, "ui:changed", {})
        tone = Tone.CAUTION if told.left else Tone.POSITIVE
        return announce(request, response, text, tone, undo=undo_url(told.deed), more=_url(told.deed))

    def _ended(self) -> list[Deed]:
        shown = [key for key in self.request.GET.getlist("shown") if is_uuid(key)]
        rows = (
            self.get_queryset().filter(pk__in=shown).exclude(state=DeedState.UNDER_WAY)
            if shown
            else Deed.objects.none()
        )
        return list(rows.order_by("-id"))


class DeedPage(OfDeeds, DetailView):
    nav = "cases"
    live_seconds = 2
    object: Deed

    def get_title(self) -> str:
        return f"{DeedAct(self.object.act).label} {count_text(self.object.total, 'case')}"

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, DeedState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Work queue", reverse("console:queue")), Crumb("Many cases at once")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.told: Account = account(self.object)
        return super().get_context_data(**kwargs | ({} if self.told.under_way else {"live_seconds": 0}))

    def get_actions(self) -> list[Action]:
        if self.told.under_way:
            return [Action("Stop", reverse("console:deed-stop", args=[self.object.pk]), "square", danger=True)]
        undo = undo_url(self.object)
        return [Action("Undo", undo, "undo-2")] if undo else []

    def get_facts(self) -> list[Fact]:
        return [
            Fact("Done", self.told.done, Kind.NUMBER),
            Fact("Left alone", self.told.left, Kind.NUMBER),
            Fact("Not begun", self.told.waiting, Kind.NUMBER),
            Fact("By", person_name(self.object.user), Kind.PERSON),
            Fact("Begun", self.object.at, Kind.WHEN),
        ]

    def get_panels(self) -> list[Panel]:
        progress = {
            "label": outcome_words(self.told),
            "done": self.told.over,
            "total": self.object.total,
            "tone": "" if self.told.under_way else "positive",
        }
        panels = [Panel("Progress", "ui/_progress.html", progress, icon="list-checks")]
        if self.told.reasons:
            reasons = {"reasons": self.told.reasons}
            panels.append(Panel("Why some were left alone", "console/queue/_reasons.html", reasons, icon="info"))
            table = build_table(LEFT_COLUMNS, left_alone(self.object, _SHOWN))
            context = {"table": table, "table_label": "Left alone", "empty": Empty("None")}
            panels.append(Panel("Left alone", "ui/_data_table.html", context, count=self.told.left, flush=True))
        return panels


class StopDeed(OfDeeds, ActionView):
    title = "Stop"
    question = "What is done stays done; the cases that are not begun stay as they are."
    danger = True
    nav = "cases"
    version_field = ""
    object: Deed

    def get_success_url(self) -> str:
        return _url(self.object)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        stopped = services.stop(deed_id=self.object.pk, actor=self.actor)
        return "Stopped." if stopped else "It was done already."


class UndoDeed(OfDeeds, ActionView):
    """Puts back what a deed changed, wherever nothing happened to the case since."""

    title = "Undo"
    nav = "cases"
    version_field = ""
    object: Deed

    def get_question(self) -> str:
        told = account(self.object)
        return f"{outcome_words(told)} They become what they were before, where nothing happened to them since."

    def get_success_url(self) -> str:
        following = self.request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(following, allowed_hosts=None)
        return following if following and safe else reverse("console:queue")

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        undoing = services.undo(deed_id=self.object.pk, actor=self.actor)
        told = account(undoing)
        if told.under_way:
            return f"{count_text(undoing.total, 'case')} will be {told.what}. It goes on while you do."
        return " ".join((outcome_words(told), *reasons_words(told)))


def _url(deed: Deed) -> str:
    return reverse("console:deed", args=[deed.pk])
