"""Replay from a time: what a feed brought since then, processed again. Asked for here; the replay's page shows it."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from connectors.models import Message
from connectors.states import MessageState
from exceptions.replays import services
from exceptions.replays.states import Source
from exceptions.runbooks.states import SafeAction
from hub.console.forms.operate import ReplayFromForm
from hub.console.replay_sources import SINCE, UNTIL, chosen_by
from hub.console.views.replay_requests import ReplayRequest
from hub.console.views.system_actions import FeedAction
from hub.core.errors import BusinessRefusal


class ReplayFeed(ReplayRequest, FeedAction):
    safe_action = SafeAction.REPLAY_FROM
    title = "Replay from a time"
    question = "Its messages since then are processed again, the oldest first. First comes a preview."
    form_class = ReplayFromForm

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        since, until = data["since"], data["until"]
        rows = Message.objects.filter(feed_code=self.object.code, received_at__gte=since)
        rows = rows.exclude(state=MessageState.DUPLICATE)
        if not (rows.filter(received_at__lt=until) if until else rows).exists():
            raise BusinessRefusal("nothing-came", "Nothing came in that time.")
        times = {SINCE: since.isoformat(), **({UNTIL: until.isoformat()} if until else {})}
        filters = chosen_by(QueryDict(f"feed={self.object.code}")) | times
        self.made = services.request(actor=self.actor, source=Source.MESSAGES, reason=data["reason"], filters=filters)
        return "The preview is being made. Nothing has happened yet."
