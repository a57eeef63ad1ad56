"""Hours, absences, and what one person has going to another."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from exceptions.teams import attendance, handing_over
from exceptions.teams.models import Absence, WorkWeek
from exceptions.teams.selectors import open_cases_of
from hub.console.forms.teams import AbsenceForm, HandOverForm, HoursForm
from hub.console.guard import Guarded
from hub.console.views.kept import Removed
from hub.console.words import count_text, person_name
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.actions import ActionView
from hub.ui.badges import Tone
from hub.ui.bulk import refusal_text
from hub.ui.details import find_in_scope
from hub.ui.pages import Crumb, PageView, announce


def people() -> QuerySet[User]:
    return User.objects.filter(is_active=True)


class Hours(Guarded, PageView):
    """A person's week."""

    needs = Permission.WORK_CASES
    nav = "team"
    template_name = "console/teams/hours.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.person: User = find_in_scope(people(), "username", kwargs["username"])  # type: ignore[assignment]
            if not attendance.may_keep(self.person, request.user):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return "My hours" if self.person == self.request.user else f"Hours of {person_name(self.person)}"

    def get_lead(self) -> str:
        return "New cases come only within them. Without any hours, at any time."

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Team", reverse("console:teams")), Crumb(self.get_title())]

    @property
    def week(self) -> WorkWeek:
        known = WorkWeek.objects.filter(user=self.person).prefetch_related("shifts").first()
        return known or WorkWeek(user=self.person)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = HoursForm(request.POST, week=self.week)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        data = form.cleaned_data
        seen = request.POST.get("version", "")
        try:
            attendance.save_hours(
                user=self.person,
                actor=self.actor,
                time_zone=data["time_zone"],
                on_holidays=data["on_holidays"],
                shifts=data["shifts"],
                version=int(seen) if seen.isdecimal() else None,
            )
        except Failure as failure:
            answer = self.render_to_response(self.get_context_data(form=form), status=409)
            return announce(request, answer, refusal_text(failure), Tone.CAUTION)
        return announce(request, HttpResponseRedirect(reverse("console:teams")), "Kept.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or HoursForm(week=self.week)
        return super().get_context_data(form=form, version=self.week.version, person=self.person, **kwargs)


class PersonAction(Guarded, ActionView):
    needs: ClassVar[Permission] = Permission.WORK_CASES
    nav = "team"
    lookup_field = "username"
    version_field = ""
    object: User

    def get_queryset(self) -> QuerySet[User]:
        return people()

    def get_success_url(self) -> str:
        return reverse("console:teams")


class GoAway(PersonAction):
    submit_label = "Keep"

    def may_act(self) -> bool:
        return attendance.may_keep(self.object, self.who)

    def get_title(self) -> str:
        return "I am away" if self.object == self.request.user else f"Absence of {person_name(self.object)}"

    def get_form(self, data: Any = None) -> Form:
        return AbsenceForm(data, user=self.object)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        attendance.add_absence(user=self.object, actor=self.actor, **data)
        left = open_cases_of(self.who, self.object).count()
        if not left:
            return "Kept. No new cases come meanwhile."
        return f"Kept. No new cases come meanwhile; {count_text(left, 'open case')} can be handed over below."


class EndAbsence(Removed):
    needs = Permission.WORK_CASES
    model = Absence
    place = "teams"
    title = "End this absence"
    submit_label = "End it"
    danger = False
    object: Absence

    def get_queryset(self) -> QuerySet[Absence]:
        return Absence.objects.select_related("user")

    def may_act(self) -> bool:
        return attendance.may_keep(self.object.user, self.who)

    def get_question(self) -> str:
        return f"New cases come to {person_name(self.object.user)} again, in their hours."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        attendance.remove_absence(absence_id=self.object.pk, actor=self.actor)
        return "The absence is ended."


class HandOver(PersonAction):
    """All that a person has open, in one go."""

    needs = Permission.ASSIGN_CASES
    submit_label = "Hand over"

    def get_title(self) -> str:
        return f"Hand over the cases of {person_name(self.object)}"

    def get_question(self) -> str:
        count = open_cases_of(self.who, self.object).count()
        most = f" {handing_over.MOST} go at a time." if count > handing_over.MOST else ""
        return f"{count_text(count, 'open case')} change hands, each with a line in its story.{most}"

    def get_form(self, data: Any = None) -> Form:
        away = Absence.objects.filter(user=self.object, stand_in__isnull=False).order_by("-until").first()
        return HandOverForm(data, user=self.object, initial={"to": away.stand_in_id if away else ""})

    def may_act(self) -> bool:
        return access.may(self.who, self.needs)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        done = handing_over.hand_over(owner=self.object, actor=self.actor, **data)
        to = person_name(data["to"]) or "their teams"
        stayed = "".join(f" {count} stayed: {why}" for why, count in done.stayed.most_common(3))
        more = " There are more: hand over again." if done.more else ""
        return f"{count_text(done.cases, 'case')} handed to {to}.{stayed}{more}"
