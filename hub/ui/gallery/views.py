"""Every component in every state on a few pages: what a page's author picks from, and what axe walks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.views.generic import TemplateView
from django_filters import CharFilter, ChoiceFilter, FilterSet

from hub.core.errors import BusinessRefusal
from hub.ui import charts, errors
from hub.ui.badges import Tone
from hub.ui.bulk import BulkAction, BulkOutcome
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact, Panel, Tab
from hub.ui.filters import FlagFilter
from hub.ui.gallery import examples
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty, OutOfScope, PageView, announce
from hub.ui.payload import side_by_side
from hub.ui.tables import build_table
from hub.ui.waterfall import waterfall


class ExampleForm(Form):
    name = forms.CharField(label="Target code", max_length=12, help_text="As the ledger knows it.")
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    state = forms.ChoiceField(choices=examples.GalleryState.choices)
    since = forms.DateField(label="In effect from", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    scope = forms.ChoiceField(
        choices=[("one", "This place"), ("all", "All four places")], widget=forms.RadioSelect, initial="one"
    )
    release = forms.BooleanField(label="Release what was held", required=False, initial=True)


class Gallery(PageView):
    template_name = "ui/gallery/components.html"
    title = "Components"
    lead = "Every component of the design system in every state. Pages are put together from these and nothing else."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wrong = ExampleForm({"name": "A code that is too long", "state": "nowhere"}, prefix=None, auto_id="wrong_%s")
        return super().get_context_data(
            tones=list(Tone),
            states=list(examples.GalleryState),
            stats=examples.stats(),
            table=build_table(examples.COLUMNS, examples.items(), order="-since"),
            facts=examples.facts(),
            entries=examples.history(),
            stages=examples.stages(),
            waterfall=waterfall(examples.spans()),
            lines=examples.payload(),
            rows=side_by_side(examples.BEFORE, examples.AFTER),
            bars=charts.bars(examples.slices(), title="At risk by kind"),
            stacked=charts.stacked(examples.slices(), title="At risk by kind, as parts of the whole"),
            columns=charts.columns(examples.days(), title="Arrived by day"),
            line=charts.line(
                [part.value for part in examples.days()],
                labels=[part.label for part in examples.days()],
                title="Arrived by day",
            ),
            form=ExampleForm(),
            wrong_form=wrong,
            empty=Empty(
                "All clear",
                "Nothing waits for a person. New work arrives here by itself.",
                "circle-check",
                tone=Tone.POSITIVE,
            ),
            crumbs=[Crumb("Gallery", "#"), Crumb("Components")],
            actions=[
                Action("Open a dialog", "../gallery/action/", "plus", primary=True),
                Action("Not now", "#", disabled="Someone else holds it"),
            ],
            **kwargs,
        )


class PeopleFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(field_name="username", lookup_expr="icontains", label="Name")
    staff = ChoiceFilter(
        field_name="is_staff", choices=[("True", "Staff"), ("False", "Everyone else")], label="Kind", empty_label="Any"
    )
    is_active = FlagFilter(label="Active only")


def _count(request: HttpRequest, rows: QuerySet[Any], data: dict[str, Any]) -> BulkOutcome:
    return BulkOutcome(f"{rows.count()} counted.")


def _refuse(request: HttpRequest, rows: QuerySet[Any], data: dict[str, Any]) -> BulkOutcome:
    raise BusinessRefusal("gallery", "The gallery changes nothing.", hint="Try it on a real list.")


class GalleryList(ListView):
    title = "A list"
    lead = "Filters, sort, keyset pages, selection and export, on the sign-ins of this hub."
    order = "-date_joined"
    page_size = 25
    filterset_class = PeopleFilter
    columns = (
        Column(key="username", label="Sign-in", sort="username", link=lambda row: "../detail/", sub="get_full_name"),
        Column(key="staff", label="Staff", value="is_staff", kind=Kind.FLAG),
        Column(key="joined", label="Joined", value="date_joined", kind=Kind.WHEN, sort="date_joined"),
        Column(key="seen", label="Last seen", value="last_login", kind=Kind.AGE, sort="last_login"),
    )
    bulk_actions = (
        BulkAction(name="count", label="Count", icon="hash", run=_count),
        BulkAction(name="refuse", label="Change", icon="pencil", run=_refuse, confirm="This asks first.", danger=True),
    )

    def get_queryset(self) -> QuerySet[Any]:
        return get_user_model().objects.all()

    def get_presets(self) -> list[Preset]:
        return [Preset("Everyone"), Preset("Staff", "staff=True"), Preset("Others", "staff=False")]


class GalleryDetail(PageView):
    template_name = "ui/detail.html"
    title = "No target code for department “CARDIO-2”"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            title_badge=examples.GalleryState.BLOCKED.badge,
            crumbs=[Crumb("A list", "../list/"), Crumb("Item 42")],
            meta=[Fact("at", "NLM", Kind.CODE), Fact("since", examples.items()[0].since, Kind.AGE)],
            actions=[
                Action("Assign", "../action/", "user-plus"),
                Action("Map the code", "../action/", "check", primary=True),
            ],
            tabs=[Tab("Overview", "#", current=True), Tab("Members", "#members", count=12)],
            facts=examples.facts(),
            panels=[
                Panel("What came", "ui/_payload.html", {"lines": examples.payload(), "payload_note": "Masked."},
                      icon="file-code", flush=True),
                Panel("Steps", "ui/_waterfall.html", {"waterfall": waterfall(examples.spans())}, icon="activity",
                      flush=True),
                Panel("History", "ui/_timeline.html", {"entries": examples.history()}, icon="history"),
            ],
            **kwargs,
        )  # fmt: skip


class GalleryAction(PageView):
    template_name = "ui/action.html"
    title = "Map the code"

    def get_template_names(self) -> list[str]:
        return ["ui/_action_dialog.html" if self.request.headers.get("HX-Request") else "ui/action.html"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ExampleForm(request.POST)
        if form.is_valid():
            response = HttpResponse(status=204, headers={"HX-Trigger": '{"ui:done": {}}'})
            return announce(request, response, "Mapped. 12 held items are released.")
        return self.response_class(request, self.get_template_names(), self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                "form": ExampleForm(),
                "question": "The code takes effect for four places; 12 held items go on with it.",
                "submit_label": "Map",
                "post_url": self.request.path,
                "cancel_url": "../",
                **kwargs,
            }
        )


class GalleryDoor(TemplateView):
    template_name = "ui/signed_out.html"
    extra_context = {"title": "Sign in", "lead": "With your hospital account.", "form": ExampleForm()}


def problem(request: HttpRequest, status: int) -> HttpResponse:
    """What each refusal looks like; 418 stands for an object outside the reader's scope."""
    if status == 500:
        return errors.server_error(request)
    if status in {403, 418}:
        return errors.permission_denied(request, OutOfScope() if status == 418 else PermissionDenied())
    return errors.page_not_found(request, Http404())
