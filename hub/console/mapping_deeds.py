"""Which deeds the mapping pages offer to whom. The services have the last word."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from hub.ui.pages import Action


def list_deeds(who: User | AnonymousUser) -> list[Action]:
    found = [Action("Coverage", reverse("console:mapping-coverage"), "table-2", dialog=False)]
    if access.may(who, Permission.PROPOSE_MAPPINGS):
        found += [
            Action("Import", reverse("console:mapping-import"), "file-up", dialog=False),
            Action("Propose", reverse("console:mapping-propose"), "plus", primary=True),
        ]
    return found


def deeds(who: User | AnonymousUser, mapping: Mapping) -> list[Action]:
    may_approve = access.may(who, Permission.APPROVE_MAPPINGS, mapping.facility)
    own = mapping.proposed_by == who.get_username()
    if mapping.state == MappingState.PROPOSED:
        return [
            *([_action(mapping, "Withdraw" if own else "Reject", "mapping-reject", "x")] if may_approve or own else []),
            *([_action(mapping, "Approve", "mapping-approve", "check", primary=True)] if may_approve else []),
        ]
    found = []
    if mapping.state == MappingState.APPROVED and may_approve:
        found.append(_action(mapping, "Retire", "mapping-retire", "archive"))
    if access.may(who, Permission.PROPOSE_MAPPINGS, mapping.facility):
        found.append(Action("Propose a change", _propose_like(mapping), "pencil"))
    return found


def _action(mapping: Mapping, label: str, name: str, icon: str, *, primary: bool = False) -> Action:
    return Action(label, reverse(f"console:{name}", args=[mapping.pk]), icon, primary=primary)


def _propose_like(mapping: Mapping) -> str:
    values = {
        "system": mapping.system,
        "facility": mapping.facility,
        "local_code": mapping.local_code,
        "canonical": f"{mapping.domain}:{mapping.canonical_code}",
    }
    return f"{reverse('console:mapping-propose')}?{urlencode(values)}"
