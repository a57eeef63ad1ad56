"""What a person was told of cases: unread first to be seen, each leading to its case."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from exceptions import notices, selectors
from exceptions.models import Notice
from exceptions.replays import selectors as replays
from exceptions.states import NoticeKind
from hub.console.filters.notices import NoticeFilter
from hub.console.forms.notices import PreferenceForm
from hub.console.guard import Guarded
from hub.console.tables.notices import NOTICE_COLUMNS, notice_subject_url
from hub.governance.roles import Permission
from hub.ui.badges import Tone
from hub.ui.bulk import BulkAction, BulkOutcome
from hub.ui.details import find_in_scope
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty, PageView, announce


def _read(request: HttpRequest, rows: QuerySet[Notice], data: dict[str, Any]) -> BulkOutcome:
    return BulkOutcome(f"{notices.read(request.user, rows.values_list('id', flat=True))} marked as read.")


class Notices(Guarded, ListView):
    needs = Permission.VIEW_CASES
    title = "Notices"
    lead = "Cases that you were given, that somebody named you in, and that you watch; replays that wait for you."
    nav = "notices"
    order = "-pk"
    live_seconds = 30
    exportable = False
    filterset_class = NoticeFilter
    columns = NOTICE_COLUMNS
    bulk_actions = (BulkAction(name="read", label="Mark as read", icon="mail-open", run=_read),)
    empty = Empty("Nothing new", "Watch a case, or wait to be named in one.", "bell", tone=Tone.POSITIVE)

    def get_queryset(self) -> QuerySet[Notice]:
        """One's own, of cases and replays that one may still see."""
        return notices.notices(self.request.user).filter(
            Q(case__in=selectors.cases(self.who)) | Q(replay__in=replays.replays(self.who))
        )

    def get_actions(self) -> list[Action]:
        return [Action("How you are told", reverse("console:notice-preferences"), "settings", dialog=False)]

    def get_presets(self) -> list[Preset]:
        return [Preset("All"), Preset("Unread", "unread=on"), Preset("Mentions", f"kind={NoticeKind.MENTION.value}")]

    def row_tone(self, row: Any) -> str:
        return Tone.ACCENT.value if row.read_at is None else ""


class NoticePreferences(Guarded, PageView):
    """How one is told outside the console."""

    needs = Permission.VIEW_CASES
    title = "How you are told"
    lead = "Notices always stand in the console. Choose whether they are mailed as well, and when."
    nav = "notices"
    template_name = "console/notices/preferences.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = PreferenceForm(request.POST, instance=notices.preference(request.user))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        form.save()
        return announce(request, HttpResponseRedirect(reverse("console:notices")), "Kept.")

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Notices", reverse("console:notices")), Crumb(self.title)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or PreferenceForm(instance=notices.preference(self.request.user))
        address = getattr(self.request.user, "email", "")
        return super().get_context_data(form=form, address=address, **kwargs)


class OpenNotice(Guarded, PageView):
    """To its case or replay; having been there is having read it."""

    needs = Permission.VIEW_CASES

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        notice: Notice = find_in_scope(notices.notices(request.user), "pk", self.kwargs["pk"])  # type: ignore[assignment]
        notices.read(request.user, [notice.pk])
        return HttpResponseRedirect(notice_subject_url(notice))
