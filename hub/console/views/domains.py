"""The domains of reference data: who answers for each, who decides what is right, and what a change takes."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404
from django.urls import reverse

from hub.console.forms.domains import PolicyForm
from hub.console.guard import Guarded
from hub.console.links import domains_url
from hub.console.tables.domains import DOMAIN_COLUMNS, domain_lines, policy_columns
from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata import domains, policy_services
from hub.masterdata.models import Domain, DomainPolicy
from hub.ui.actions import ActionView
from hub.ui.pages import Crumb, PageView
from hub.ui.tables import build_table


class Domains(Guarded, PageView):
    needs = Permission.VIEW_MAPPINGS
    title = "Domains"
    lead = "What is kept, who answers for it, who decides what is right, and how many people a change takes."
    nav = "mappings"
    template_name = "console/mappings/domains.html"

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Mappings", reverse("console:mappings")), Crumb("Domains")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = domain_lines(domains.overview(), staff=self.who.is_staff)
        may_change = access.may(self.who, Permission.APPROVE_MAPPINGS, "")
        columns = policy_columns() if may_change else DOMAIN_COLUMNS
        return super().get_context_data(table=build_table(columns, rows), **kwargs)


class EditPolicy(Guarded, ActionView):
    """How a domain is kept. A domain without a row has the house's own defaults, as version 0."""

    needs = Permission.APPROVE_MAPPINGS
    nav = "mappings"
    submit_label = "Save"
    object: DomainPolicy

    def get_queryset(self) -> QuerySet[DomainPolicy]:
        return DomainPolicy.objects.all()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A domain need not have a row yet, so it is not looked up as other objects are."""
        if request.user.is_authenticated:
            if self.key not in Domain.values and self.key not in domains.OTHER_KINDS:
                raise Http404
            found = DomainPolicy.objects.filter(domain=self.key).first()
            self.object = found or DomainPolicy(domain=self.key, version=0)
            if not access.may(request.user, self.needs, ""):
                raise PermissionDenied
        return PageView.dispatch(self, request, *args, **kwargs)

    @property
    def key(self) -> str:
        return str(self.kwargs["key"])

    def get_title(self) -> str:
        return f"How {domains.label_of(self.key).lower()} is kept"

    def get_initial(self) -> dict[str, Any]:
        policy = domains.policy_of(self.key)
        names = ("owner", "authority", "two_people", "review", "only_steward", "gaps")
        steward = str(policy.steward.pk) if policy.steward else ""
        return {"steward": steward, **{name: getattr(policy, name) for name in names}}

    def get_form(self, data: Any = None) -> Form:
        return PolicyForm(data, initial=self.get_initial(), is_mapped=self.key in Domain.values)

    def get_success_url(self) -> str:
        return domains_url()

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        policy_services.set_policy(domain=self.key, actor=self.actor, version=version, **data)
        return f"{domains.label_of(self.key)}: saved."
