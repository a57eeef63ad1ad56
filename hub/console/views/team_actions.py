"""Deeds on teams and on who is in them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import Form

from exceptions.models import Case
from exceptions.teams import handing_over, services
from exceptions.teams.models import Team, TeamMember
from hub.console.forms.teams import MemberForm, MoveForm, ShareForm, TeamForm
from hub.console.tables.teams import team_url
from hub.console.views.case_actions import CaseAction
from hub.console.views.kept import Kept, Removed
from hub.console.words import count_text, person_name
from hub.governance.roles import Permission


class SaveTeam(Kept):
    """A new team, or another name, lead or rule for one."""

    model = Team
    place = "teams"
    form_class = TeamForm
    shown = ("name", "about", "facility", "lead", "assignment", "person")
    object: Team

    def get_title(self) -> str:
        return "New team" if self.is_new else f"Edit {self.object.name}"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() or {"assignment": self.object.assignment}

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.object = services.save_team(actor=self.actor, team_id=self.key, version=version, **data)
        return "Kept."

    def get_success_url(self) -> str:
        return team_url(self.object) if self.object.pk else super().get_success_url()


class RemoveTeam(Removed):
    model = Team
    place = "teams"
    question = "Its rules go with it. Cases that ended keep their story, and its people their cases."
    object: Team

    def get_title(self) -> str:
        return f"Remove {self.object.name}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.remove_team(team_id=self.object.pk, actor=self.actor)
        return "The team is removed."


class AddMember(Kept):
    model = Team
    place = "team"
    title = "Add a member"
    submit_label = "Add"
    version_field = ""
    object: Team

    def get_form(self, data: Any = None) -> Form:
        return MemberForm(data, team=self.object)

    def get_success_url(self) -> str:
        return team_url(self.object)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        member = services.set_member(team_id=self.object.pk, actor=self.actor, **data)
        return f"{person_name(member.user)} is in the team."


class OfMember(Kept):
    model = TeamMember
    place = "team"
    version_field = ""
    object: TeamMember

    def get_queryset(self) -> QuerySet[TeamMember]:
        return TeamMember.objects.select_related("team", "user")

    def get_success_url(self) -> str:
        return team_url(self.object.team)


class SetShare(OfMember):
    form_class = ShareForm
    shown = ("share",)

    def get_title(self) -> str:
        return f"Share of {person_name(self.object.user)}"

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.set_member(team_id=self.object.team_id, user=self.object.user, actor=self.actor, share=data["share"])
        return "Kept."


class RemoveMember(OfMember):
    danger = True
    submit_label = "Take out"

    def get_title(self) -> str:
        return f"Take {person_name(self.object.user)} out of {self.object.team.name}"

    def get_question(self) -> str:
        mine = Case.objects.filter(owner=self.object.user, team=self.object.team, resolved_at=None).count()
        return f"They keep what they own ({count_text(mine, 'open case')} of this team) until it is handed over."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.remove_member(member_id=self.object.pk, actor=self.actor)
        return "They are out of the team."


class MoveCase(CaseAction):
    """A case to another team."""

    needs = Permission.ASSIGN_CASES
    title = "Move to another team"
    submit_label = "Move"

    def get_form(self, data: Any = None) -> Form:
        return MoveForm(data, facility=self.object.facility, initial={"team": self.object.team_id or ""})

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        case = handing_over.move_case(case_id=self.object.pk, actor=self.actor, version=version, **data)
        return f"It is with {case.team.name} now." if case.team else "It is with no team now."
