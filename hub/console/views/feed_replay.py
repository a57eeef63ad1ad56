"""Replay from a time: what a feed brought since then, processed again. First it says what that would do."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from connectors.models import Message
from connectors.states import MessageState
from exceptions import replay
from exceptions.replay import EffectState, Preview
from exceptions.runbooks.states import SafeAction
from hub.console.forms.operate import ReplayFromForm
from hub.console.views.system_actions import FeedAction
from hub.console.words import count_text
from hub.core.errors import BusinessRefusal
from hub.governance.roles import Permission

_EFFECTS = (
    (EffectState.DONE, "Outside effects done already, and not done again"),
    (EffectState.UNKNOWN, "Sent and unconfirmed: read back first"),
    (EffectState.OPEN, "Not done yet: they would happen"),
)


class ReplayFeed(FeedAction):
    """Asks twice: for the time, and once more with what a replay since then would do."""

    needs = Permission.REPLAY
    safe_action = SafeAction.REPLAY_FROM
    title = "Replay from a time"
    question = "Its messages since then are processed again, the oldest first. What was recorded has no second effect."
    form_class = ReplayFromForm
    template_name = "console/systems/replay.html"
    dialog_template = "console/systems/_replay_dialog.html"
    preview: Preview | None = None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ReplayFromForm(request.POST)
        if not form.is_valid():
            return self.ask(form, status=422)
        self.chosen = messages_between(self.object.code, form.cleaned_data["since"], form.cleaned_data["until"])
        if len(self.chosen) > replay.MOST:
            return self._refused(form, f"More than {replay.MOST:,} messages came since then. Choose an end before now.")
        if not self.chosen:
            return self._refused(form, "Nothing came in that time.")
        self.preview = replay.preview(who=self.actor, message_ids=self.chosen)
        if request.POST.get("seen") != str(len(self.chosen)):
            return self.ask(form)
        return super().post(request, *args, **kwargs)

    def _refused(self, form: Form, why: str) -> HttpResponse:
        return self.ask(form, status=409, refusal=why)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        report = replay.replay(actor=self.actor, reason=data["reason"], message_ids=self.chosen, confirmed=True)
        if not report.replayed:
            raise BusinessRefusal("nothing-replayed", "None of them can be replayed.")
        left = len(report.outcomes) - report.replayed
        return f"{count_text(report.replayed, 'message')} processed again{f', {left:,} left out' if left else ''}."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = self.preview
        context = super().get_context_data(**kwargs)
        effects = [(label, shown.effects(state)) for state, label in _EFFECTS] if shown else []
        hidden = [("seen", len(shown.items))] if shown else []
        label = f"Replay {len(shown.replayable):,}" if shown else "See what it would do"
        return context | {"preview": shown, "effects": effects, "hidden": hidden, "submit_label": label}


def messages_between(feed: str, since: datetime, until: datetime | None) -> list[UUID]:
    """What came on the feed in that time, without duplicates, the oldest first; one more than fit a replay at most."""
    rows = Message.objects.filter(feed_code=feed, received_at__gte=since).exclude(state=MessageState.DUPLICATE)
    if until is not None:
        rows = rows.filter(received_at__lt=until)
    return list(rows.order_by("id").values_list("id", flat=True)[: replay.MOST + 1])
