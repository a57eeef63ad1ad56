"""Messages: the list, and the page of one with its payload, masked."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from connectors.models import Message
from connectors.states import MessageState
from exceptions.interventions import held_member
from hub.console.bulk_replays import REPLAY_MESSAGES
from hub.console.filters.messages import MessageFilter
from hub.console.guard import Guarded
from hub.console.selectors import messages as selectors
from hub.console.selectors.payload import PayloadView, message_view
from hub.console.tables.message_story import RUN_COLUMNS, contract_facts, door_facts, neighbour_links
from hub.console.tables.messages import (
    EVENT_COLUMNS,
    MESSAGE_COLUMNS,
    REPEATED_COLUMNS,
    event_rows,
    header_facts,
    message_facts,
    message_meta,
    message_name,
    message_url,
)
from hub.console.tables.rule_use import ruled_panel
from hub.console.views.case_panels import mended_panel_of
from hub.core.errors import FailureClass
from hub.core.parking import Held
from hub.governance import access
from hub.governance.roles import Permission
from hub.records.models import Event
from hub.ui.badges import Badge, badge_for
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty
from hub.ui.tables import build_table
from orchestration.models import Run


class MessageList(Guarded, ListView):
    needs = Permission.VIEW_MESSAGES
    title = "Messages"
    lead = "What arrived, whole, and what became of it."
    nav = "messages"
    order = "-id"
    live_seconds = 15
    filterset_class = MessageFilter
    columns = MESSAGE_COLUMNS
    bulk_actions = (REPLAY_MESSAGES,)
    empty = Empty("Nothing has arrived yet", "Messages appear here as soon as a feed takes them.", "mail-open")

    def get_queryset(self) -> QuerySet[Message]:
        return selectors.messages(self.who)

    def chosen_order(self) -> str:
        """Within days by when they came: ids are of the machine's time, and would be walked from the newest on."""
        order = super().chosen_order()
        return "-received_at" if order == self.order and self._within_days() else order

    def _within_days(self) -> bool:
        return any(self.request.GET.get(name) for name in ("since", "until"))

    def get_presets(self) -> list[Preset]:
        return [
            Preset("All"),
            Preset("Held", "state=held"),
            Preset("Returned", "state=returned"),
            Preset("Rejected", "state=rejected"),
            Preset("Waiting", "state=received"),
            Preset("Duplicates", "state=duplicate"),
        ]


class MessagePage(Guarded, DetailView):
    needs = Permission.VIEW_MESSAGES
    template_name = "console/messages/page.html"
    nav = "messages"
    object: Message

    def get_queryset(self) -> QuerySet[Message]:
        return access.scoped(Message.objects.all(), self.who, Permission.VIEW_MESSAGES)

    def get_title(self) -> str:
        return message_name(self.object)

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, MessageState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Messages", reverse("console:messages")), Crumb(str(self.object.pk)[-8:])]

    def get_meta(self) -> list[Fact]:
        return message_meta(self.object)

    def get_facts(self) -> list[Fact]:
        return message_facts(self.object, self.who)

    # --- what can be done -----------------------------------------------------------------------------------
    def get_actions(self) -> list[Action]:
        message, actions = self.object, []
        held = held_member(Held.MESSAGE, message.pk)
        releasable = held is not None and held.case.failure_class != FailureClass.SECURITY.value
        if releasable and self._may(Permission.WORK_CASES):
            actions.append(Action("Retry", self._url("message-retry"), "refresh-cw", primary=True))
        if message.state == MessageState.PROCESSED and self._may(Permission.REPLAY):
            actions.append(Action("Replay", self._url("message-replay"), "rotate-ccw"))
        if message.state != MessageState.DUPLICATE and self._may(Permission.BREAK_GLASS):
            actions.append(Action("Break the glass", self._url("message-reveal"), "eye", dialog=False))
        if message.state != MessageState.DUPLICATE and self._may(Permission.MAKE_FIXTURES):
            actions.append(Action("Make a fixture", self._url("message-fixture"), "test-tube", dialog=False))
        return actions

    def _may(self, permission: Permission) -> bool:
        return access.may(self.who, permission, self.object.facility)

    def _url(self, name: str) -> str:
        return reverse(f"console:{name}", args=[self.object.pk])

    # --- panels ---------------------------------------------------------------------------------------------
    @property
    def cases(self) -> list[Any]:
        if not hasattr(self, "_cases"):
            self._cases = selectors.cases(self.who, self.object)
        return self._cases

    @property
    def payload(self) -> PayloadView:
        if not hasattr(self, "_payload"):
            subject = self.cases[0].subject if self.cases else {}
            self._payload = message_view(self.object, subject=subject)
        return self._payload

    def get_panels(self) -> list[Panel]:
        panels = [
            Panel(
                "Payload", "console/messages/_payload.html", {"payload": self.payload}, icon="file-code", flush=True,
                note=self.payload.place,
            ),
            mended_panel_of(self.object),
            self._events(),
            self._runs(),
            ruled_panel([self.object.pk]),
            self._repetitions(),
        ]  # fmt: skip
        if facts := header_facts(self.object):
            panels.append(Panel("Headers", "ui/_facts.html", {"facts": facts}, icon="tags"))
        return [panel for panel in panels if panel]

    @cached_property
    def events(self) -> list[Event]:
        return selectors.events(self.object)

    @cached_property
    def started(self) -> dict[UUID, list[Run]]:
        """The runs that its events began."""
        return selectors.runs_of(self.who, self.events) if access.may(self.who, Permission.VIEW_RUNS) else {}

    def _runs(self) -> Panel | None:
        rows = [run for event in self.events for run in self.started.get(event.pk, [])]
        if not rows:
            return None
        context = {"table": build_table(RUN_COLUMNS, rows[: selectors.MOST_EVENTS]), "table_label": "Runs"}
        return Panel("Runs it began", "ui/_data_table.html", context, icon="workflow", count=len(rows), flush=True)

    def _events(self) -> Panel:
        found, started = self.events, self.started
        table = build_table(EVENT_COLUMNS, event_rows(found, started))  # type: ignore[arg-type]
        more = f"the first {selectors.MOST_EVENTS}" if len(found) == selectors.MOST_EVENTS else ""
        return Panel(
            "What it brought", "console/messages/_events.html", {"table": table, "table_label": "Events"},
            icon="zap", count=len(found) or None, note=more, flush=True,
        )  # fmt: skip

    def _repetitions(self) -> Panel | None:
        found = selectors.repetitions(self.object)
        table = build_table(REPEATED_COLUMNS, found)
        context = {"table": table, "table_label": "Repetitions"}
        if not found:
            return None
        return Panel("Sent again", "ui/_data_table.html", context, icon="copy", count=len(found), flush=True)

    def get_aside(self) -> list[Panel]:
        message = self.object
        feed = selectors.feed_of(message)
        failure_class = self.cases[0].failure_class if self.cases else ""
        answered = door_facts(message, feed, selectors.acknowledgement(self.who, message, feed))
        panels = [
            Panel(
                "Contract", "ui/_facts.html", {"facts": contract_facts(message, feed, failure_class)}, icon="file-check"
            ),
            Panel("How it was answered", "ui/_facts.html", {"facts": answered}, icon="check"),
        ]
        if self.cases:
            panels.insert(0, Panel("Cases", "console/_cases.html", {"cases": self.cases}, icon="inbox", flush=True))
        if links := neighbour_links(selectors.neighbours(self.who, message)):
            context = {"neighbours": links}
            panels.append(Panel("Beside it", "console/messages/_neighbours.html", context, icon="layers", flush=True))
        return panels

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        first = selectors.original(self.object)
        return super().get_context_data(original_url=message_url(first) if first else "", **kwargs)
