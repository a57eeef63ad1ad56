"""Journeys: found by any number of a patient's account, and told on one page. Addresses carry our own id only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages as notices
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from hub.console.filters.journeys import JourneyFilter
from hub.console.forms.find import FindForm
from hub.console.guard import Guarded
from hub.console.selectors import journeys as selectors
from hub.console.selectors.expectations import expected
from hub.console.selectors.mend import corrections_by_event
from hub.console.tables import journeys as tables
from hub.console.tables.journey import figures, happened, journey_facts, stages
from hub.console.tables.rule_use import ruled_panel
from hub.console.words import place_name
from hub.governance import access
from hub.governance.roles import Permission
from hub.records.models import Journey
from hub.ui.columns import Column, Kind
from hub.ui.details import DetailView, Fact, Panel
from hub.ui.lists import ListView
from hub.ui.pages import Crumb, Empty, PageView
from hub.ui.tables import build_table


class JourneyList(Guarded, ListView):
    needs = Permission.VIEW_JOURNEYS
    title = "Journeys"
    lead = "One patient account from the booked appointment to the general ledger."
    nav = "journeys"
    template_name = "console/journeys/list.html"
    order = "-id"
    filterset_class = JourneyFilter
    exportable = False
    empty = Empty("No journey yet", "A journey opens with the first appointment, visit or payment.", "route")

    def get_queryset(self) -> QuerySet[Journey]:
        return selectors.journeys(self.who)

    def get_columns(self) -> Sequence[Column]:
        return tables.journey_columns({})

    def get_page_columns(self) -> Sequence[Column]:
        return tables.journey_columns(selectors.standings(self.page.rows))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(find_form=FindForm(), find_url=reverse("console:journeys-find"), **kwargs)


class FindJourney(Guarded, PageView):
    """Posted, never in an address: one hit leads to its page, several are listed, none is said."""

    needs = Permission.VIEW_JOURNEYS
    http_method_names = ["post", "options"]
    title = "Journeys found"
    nav = "journeys"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FindForm(request.POST)
        found = selectors.find(self.who, form.cleaned_data["q"]) if form.is_valid() else []
        if len(found) == 1:
            return HttpResponseRedirect(tables.journey_url(found[0]))
        if not found:
            notices.warning(request, "No journey in your facilities has this number.")
            return HttpResponseRedirect(reverse("console:journeys"))
        table = build_table(tables.journey_columns(selectors.standings(found)), found)
        context = self.get_context_data(
            table=table, table_label="Journeys found", find_form=FindForm(), find_url=reverse("console:journeys-find")
        )
        return render(request, "console/journeys/found.html", context)


class JourneyPage(Guarded, DetailView):
    needs = Permission.VIEW_JOURNEYS
    template_name = "console/journeys/page.html"
    nav = "journeys"
    live_seconds = 15
    object: Journey

    def get_queryset(self) -> QuerySet[Journey]:
        return selectors.journeys(self.who)

    @property
    def story(self) -> selectors.JourneyStory:
        if not hasattr(self, "_story"):
            self._story = selectors.story(self.who, self.object)
        return self._story

    def get_title(self) -> str:
        return (
            f"Journey {tables.journey_name(self.object)}"
            if self.object.account_number
            else tables.journey_name(self.object)
        )

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Journeys", reverse("console:journeys")), Crumb(tables.journey_name(self.object))]

    def get_meta(self) -> list[Fact]:
        return [
            Fact("Facility", place_name(self.object.facility)),
            Fact("Opened", self.object.opened_at, Kind.AGE),
        ]

    def get_facts(self) -> list[Fact]:
        return journey_facts(self.story)

    def get_panels(self) -> list[Panel]:
        story = self.story
        linked = access.may(self.who, Permission.VIEW_LEDGER, self.object.facility)
        parts = (
            ("appointment", "Appointment", "calendar", tables.APPOINTMENT_COLUMNS, story.appointments),
            ("coverage", "Coverage", "shield-check", tables.COVERAGE_COLUMNS, story.coverages),
            ("authorization", "Authorization", "badge-check", tables.AUTHORIZATION_COLUMNS, story.authorizations),
            ("estimate", "Estimate for the patient", "calculator", tables.ESTIMATE_COLUMNS, story.estimates),
            ("visit", "Visit", "stethoscope", tables.ENCOUNTER_COLUMNS, story.encounters),
            ("charges", "Charges", "receipt-text", tables.CHARGE_COLUMNS, story.charges),
            ("claim", "Claim", "file-text", tables.CLAIM_COLUMNS, story.claims),
            ("answers", "What the clearinghouse answered", "messages-square", tables.ANSWER_COLUMNS, story.answers),
            ("remittance", "What the payer paid", "banknote", tables.REMITTED_COLUMNS, story.remitted),
            ("journal", "In the books", "book-open", tables.entry_columns(linked=linked), story.entries),
            ("payments", "What the patient paid", "credit-card", tables.PAYMENT_COLUMNS, story.payments),
        )
        panels = [_table_panel(key, title, icon, columns, rows) for key, title, icon, columns, rows in parts if rows]
        events = {"entries": happened(story.events, corrections_by_event(story.events))}
        return [*panels, Panel("Everything that happened", "ui/_timeline.html", events, icon="history")]

    def get_aside(self) -> list[Panel]:
        story = self.story
        panels = [
            Panel(
                "What is expected next", "console/journeys/_expected.html", {"expected": expected(story)},
                icon="hourglass", flush=True,
            )
        ]  # fmt: skip
        if story.cases:
            panels.append(Panel("Cases", "console/_cases.html", {"cases": story.cases}, icon="inbox", flush=True))
        if story.runs:
            panels.append(
                Panel("Runs", "console/journeys/_runs.html", {"runs": story.runs}, icon="workflow", flush=True)
            )
        if story.messages:
            context = {"messages_found": story.messages}
            panels.append(Panel("Messages", "console/journeys/_messages.html", context, icon="mail", flush=True))
            if ruled := ruled_panel([message.pk for message in story.messages]):
                panels.append(ruled)
        return panels

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(stages=stages(self.story), stats=figures(self.story), **kwargs)


def _table_panel(key: str, title: str, icon: str, columns: Sequence[Column], rows: Sequence[Any]) -> Panel:
    context = {"table": build_table(columns, rows), "table_label": title}
    return Panel(title, "ui/_data_table.html", context, key=key, icon=icon, flush=True)
