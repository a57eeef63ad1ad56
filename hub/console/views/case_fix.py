"""The fix inside a mapping case: the code is mapped, and what waits for it goes on by itself."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import Http404

from hub.console.forms.case import ReasonForm
from hub.console.forms.fix import MapCodeForm
from hub.console.selectors.fix import Fix, fix_for
from hub.console.views.case_actions import CaseAction
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata import services
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState


class _Fixing(CaseAction):
    """The permission is asked at the facility of the code, which may be another than the case's."""

    version_field = ""

    @property
    def fix(self) -> Fix:
        if not hasattr(self, "_fix"):
            found = fix_for(self.who, self.object)
            if found is None:
                raise Http404
            self._fix = found
        return self._fix

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, self.fix.missing.facility)

    def said(self, mapping: Mapping) -> str:
        if mapping.state == MappingState.APPROVED:
            return f"{mapping.local_code} means {mapping.canonical_code}. What waited for it goes on."
        return f"{mapping.canonical_code} is proposed for {mapping.local_code}; a second person approves it."


class MapCode(_Fixing):
    needs = Permission.PROPOSE_MAPPINGS
    title = "Map the code"
    submit_label = "Map"

    def get_form(self, data: Any = None) -> Form:
        return MapCodeForm(data, fix=self.fix)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        missing = self.fix.missing
        mapping = services.propose_and_approve(
            actor=self.actor,
            reason=f"case {self.object.number}",
            domain=missing.domain,
            system=missing.system,
            facility="" if data.get("everywhere") else missing.facility,
            local_code=missing.local_code,
            canonical_code=data["canonical_code"],
            effective_from=data["effective_from"],
            note=data["note"],
        )
        return self.said(mapping)


class DecideProposal(_Fixing):
    """A proposal for this very code, decided from its case."""

    needs = Permission.APPROVE_MAPPINGS

    def find_proposal(self) -> Mapping:
        found = next((one for one in self.fix.proposals if one.pk == self.kwargs["mapping"]), None)
        if found is None:
            raise Http404
        return found


class ApproveProposal(DecideProposal):
    title = "Approve"

    def get_question(self) -> str:
        mapping = self.find_proposal()
        return f"{mapping.local_code} will mean {mapping.canonical_code}, as {mapping.proposed_by} proposed."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        reason = f"case {self.object.number}"
        return self.said(services.approve_mapping(mapping=self.find_proposal(), actor=self.actor, reason=reason))


class RejectProposal(DecideProposal):
    title = "Reject"
    form_class = ReasonForm
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.reject_mapping(mapping=self.find_proposal(), actor=self.actor, reason=data["reason"])
        return "The proposal is rejected."
