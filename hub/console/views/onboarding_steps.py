"""The steps of an onboarding: each page asks, a service decides, and the page says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from connectors.models import System
from hub.console.forms.onboarding import FacilityForm, ListForm, LocationForm, ShareForm, SystemForm
from hub.console.tables.coverage import label_of
from hub.console.tables.onboarding import FEED_COLUMNS, LIST_COLUMNS, PROPOSED_COLUMNS, lists_table
from hub.console.views.onboarding import OnboardingPage
from hub.console.words import count_text
from hub.core.errors import Failure
from hub.masterdata.local_codes import TEMPLATE_COLUMNS
from hub.masterdata.models import CANONICAL, Domain
from hub.masterdata.models import Mapping as MappingRow
from hub.masterdata.states import WAITING
from hub.masterdata.suggestions import Suggestion, Wanted, suggest_each, sure
from hub.onboarding import progress, selectors, services
from hub.onboarding.selectors import ListedCode
from hub.ui.bulk import refusal_text
from hub.ui.pages import Empty
from hub.ui.tables import build_table

#: Codes on one page of the coverage step; what was decided leaves it, and the next ones come up.
CODES_SHOWN = 60


class _Deeds(OnboardingPage):
    """A step with several forms: `do` in the form says which one was sent."""

    deeds: Mapping[str, str]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = self.deeds.get(request.POST.get("do", ""))
        if name is None:
            raise BadRequest("This step has no such form.")
        deed: Callable[[], HttpResponse] = getattr(self, name)
        return deed()

    def refuse(self, error: Failure | ValidationError, faulty: Form | None = None, **extra: Any) -> HttpResponse:
        """What the service refused, at the fields that it names or above the step."""
        if isinstance(error, ValidationError) and faulty is not None and hasattr(error, "error_dict"):
            for name, messages in error.message_dict.items():
                faulty.add_error(name if name in faulty.fields else None, messages)
            return self.show(status=422, **extra)
        lines = error.messages if isinstance(error, ValidationError) else [refusal_text(error)]
        return self.show(status=409, refusals=lines, **extra)


class FacilityStep(_Deeds):
    step = progress.FACILITY
    template_name = "console/onboarding/facility.html"
    deeds = {"describe": "describe", "cost-centers": "add_cost_centers", "location": "add_location"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        place = self.facts.facility
        return super().get_context_data(
            **{
                "form": FacilityForm(place=place) if place else None,
                "location_form": LocationForm(initial={"code": f"{self.object.facility}-MAIN"}),
                "lacking": self.facts.departments_without_cost_center,
                "has_location": self.facts.has_location,
                "place": place,
                **kwargs,
            }
        )

    def describe(self) -> HttpResponse:
        place = self.facts.facility
        if place is None:
            raise BadRequest("The facility is not in the master data any more.")
        form = FacilityForm(self.request.POST, place=place)
        if not form.is_valid():
            return self.show(status=422, form=form)
        seen = self.request.POST.get("version", "")
        try:
            services.describe(
                onboarding=self.object, values=form.cleaned_data, actor=self.actor,
                version=int(seen) if seen.isdecimal() else None,
            )  # fmt: skip
        except (Failure, ValidationError) as error:
            return self.refuse(error, form, form=form)
        return self.again("The facility is described.")

    def add_cost_centers(self) -> HttpResponse:
        try:
            made = services.add_cost_centers(onboarding=self.object, actor=self.actor)
        except (Failure, ValidationError) as error:
            return self.refuse(error)
        return self.again(f"{count_text(made, 'cost center')} added.")

    def add_location(self) -> HttpResponse:
        form = LocationForm(self.request.POST)
        if not form.is_valid():
            return self.show(status=422, location_form=form)
        try:
            services.add_location(onboarding=self.object, actor=self.actor, **form.cleaned_data)
        except (Failure, ValidationError) as error:
            return self.refuse(error, form, location_form=form)
        return self.again("The location was added.")


class FeedsStep(_Deeds):
    step = progress.FEEDS
    template_name = "console/onboarding/feeds.html"
    deeds = {"add": "add_system", "share": "share_feed", "remove": "remove_feed", "try": "try_feed"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        others = selectors.other_feeds(self.object)
        return super().get_context_data(
            **{
                "table": build_table(FEED_COLUMNS, self.facts.channels),
                "channels": self.facts.channels,
                "system_form": SystemForm(),
                "share_form": ShareForm(feeds=others) if others else None,
                "empty": Empty("No feed yet", "Add what brings its messages. New feeds are paused.", "cable"),
                **kwargs,
            }
        )

    def add_system(self) -> HttpResponse:
        form = SystemForm(self.request.POST)
        if not form.is_valid():
            return self.show(status=422, system_form=form)
        try:
            link, secret = services.add_system(onboarding=self.object, actor=self.actor, **form.values())
        except (Failure, ValidationError) as error:
            return self.refuse(error, form, system_form=form)
        if not secret:
            return self.again("The system was added; its feed is paused.")
        # Shown in this one answer: a secret belongs into no session and no address.
        response = self.show(secret=secret, secret_of=link.feed)
        response["Cache-Control"] = "no-store"
        return response

    def share_feed(self) -> HttpResponse:
        form = ShareForm(self.request.POST, feeds=selectors.other_feeds(self.object))
        if not form.is_valid():
            return self.show(status=422, share_form=form)
        try:
            services.share_feed(onboarding=self.object, actor=self.actor, **form.cleaned_data)
        except (Failure, ValidationError) as error:
            return self.refuse(error, form, share_form=form)
        return self.again("The feed brings this facility's messages too.")

    def remove_feed(self) -> HttpResponse:
        try:
            services.remove_feed(onboarding=self.object, feed=self._feed(), actor=self.actor)
        except (Failure, ValidationError) as error:
            return self.refuse(error)
        return self.again("The feed was taken out.")

    def try_feed(self) -> HttpResponse:
        try:
            link = services.try_feed(onboarding=self.object, feed=self._feed(), actor=self.actor)
        except (Failure, ValidationError) as error:
            return self.refuse(error)
        return self.again(link.tried_said)

    def _feed(self) -> str:
        code = self.request.POST.get("feed", "")
        if code not in {one.link.feed for one in self.facts.channels}:
            raise BadRequest("This is no feed of the facility.")
        return code


class CodesStep(_Deeds):
    step = progress.CODES
    template_name = "console/onboarding/codes.html"
    deeds = {"list": "list_codes"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                "list_form": ListForm(systems=self._systems()),
                "table": build_table(LIST_COLUMNS, lists_table(self.facts.listed)),
                "columns": TEMPLATE_COLUMNS,
                "empty": Empty("No list yet", "Ask the facility for an export of its codes and names.", "file-text"),
                **kwargs,
            }
        )

    def _systems(self) -> list[tuple[str, str]]:
        return list(System.objects.filter(code__in=self.facts.systems).order_by("name").values_list("code", "name"))

    def list_codes(self) -> HttpResponse:
        form = ListForm(self.request.POST, self.request.FILES, systems=self._systems())
        if not form.is_valid():
            return self.show(status=422, list_form=form)
        data = form.cleaned_data
        try:
            count = services.list_codes(
                onboarding=self.object, system=data["system"], domain=data["domain"], content=data["file"].read(),
                actor=self.actor,
            )  # fmt: skip
        except (Failure, ValidationError) as error:
            return self.refuse(error, form, list_form=form)
        return self.again(f"{count_text(count, 'code')} listed.")


class CoverageStep(_Deeds):
    step = progress.COVERAGE
    template_name = "console/onboarding/coverage.html"
    deeds = {"propose": "propose"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = self.facts.open_codes[:CODES_SHOWN]
        domains = sorted({one.row.domain for one in shown})
        waiting = MappingRow.objects.filter(
            state__in=WAITING, system__in=self.facts.systems, facility__in=(self.object.facility, ""),
            local_code__in=[one.row.local_code for one in self.facts.proposed],
        )  # fmt: skip
        return super().get_context_data(
            rows=[_row(one, found) for one, found in _suggested(self.facts.onboarding.facility, shown)],
            not_shown=len(self.facts.open_codes) - len(shown),
            choices=[(domain, _choices(domain)) for domain in domains],
            coverage=self.facts.coverage,
            mapped=len(self.facts.mapped),
            listed=len(self.facts.listed),
            table=build_table(PROPOSED_COLUMNS, waiting.order_by("domain", "local_code")[:200]),
            **kwargs,
        )

    def propose(self) -> HttpResponse:
        chosen = {
            int(key): (self.request.POST.get(f"means-{key}", ""), self.request.POST.get(f"note-{key}", ""))
            for key in self.request.POST.getlist("take")
            if key.isascii() and key.isdecimal() and len(key) < 19
        }
        effective, waiting, refused = services.propose_codes(
            onboarding=self.object, meanings=chosen, approve=self.request.POST.get("approve") == "on", actor=self.actor
        )
        said = f"{effective} in effect, {waiting} wait for a second person."
        if refused:
            return self.show(status=409, refusals=[said, *refused[:20]])
        return self.again(said if chosen else "Choose the codes to propose.")


def _suggested(facility: str, codes: list[ListedCode]) -> list[tuple[ListedCode, list[Suggestion]]]:
    """With each code what it probably means. A facility's own code on its own list means that facility."""
    asked = {
        one.row.pk: Wanted(one.row.domain, one.row.system, one.row.facility, one.row.local_code, one.row.name)
        for one in codes
    }
    found = suggest_each(list(asked.values()))
    own = [Suggestion(facility, "", 0.99, "it stands on this facility's own list")]
    return [(one, own if one.row.domain == Domain.FACILITY else found[asked[one.row.pk]]) for one in codes]


def _row(one: ListedCode, found: list[Suggestion]) -> dict[str, Any]:
    best = found[0] if found else None
    return {"code": one.row, "domain": label_of(one.row.domain), "best": best, "sure": sure(found) is not None}


def _choices(domain: str) -> list[tuple[str, str]]:
    rows = CANONICAL[domain]._default_manager.filter(active=True).values_list("code", "name")
    return list(rows.order_by("code"))
