"""Which deeds the mapping pages offer to whom. The services have the last word."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from hub.governance import access
from hub.governance.roles import Permission
from hub.masterdata.domains import policy_of
from hub.masterdata.models import Mapping, Match
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.states import WAITING, MappingState
from hub.ui.pages import Action


def list_deeds(who: User | AnonymousUser) -> list[Action]:
    found = [
        Action("Coverage", reverse("console:mapping-coverage"), "table-2", dialog=False),
        Action("Domains", reverse("console:domains"), "square-stack", dialog=False),
    ]
    if access.may(who, Permission.PROPOSE_MAPPINGS):
        found += [
            Action("Import", reverse("console:mapping-import"), "file-up", dialog=False),
            Action("Propose", reverse("console:mapping-propose"), "plus", primary=True),
        ]
    return found


def deeds(who: User | AnonymousUser, mapping: Mapping) -> list[Action]:
    may_approve = access.may(who, Permission.APPROVE_MAPPINGS, mapping.facility)
    may_propose = access.may(who, Permission.PROPOSE_MAPPINGS, mapping.facility)
    if mapping.state in WAITING:
        return _deeds_on_proposal(who, mapping, may_propose=may_propose, may_approve=may_approve)
    found = []
    if mapping.state == MappingState.APPROVED and may_approve:
        found.append(_action(mapping, "Retire", "mapping-retire", "archive"))
    if may_propose:
        found.append(Action("Propose a change", propose_url(mapping), "pencil"))
    return found


def _deeds_on_proposal(
    who: User | AnonymousUser, mapping: Mapping, *, may_propose: bool, may_approve: bool
) -> list[Action]:
    """In a domain that asks for a review first, that comes before the approval."""
    own = mapping.proposed_by == who.get_username()
    found = []
    if may_propose:
        found.append(_action(mapping, "Edit", "mapping-amend", "pencil"))
    if may_approve or (own and may_propose):
        found.append(_action(mapping, "Withdraw" if own else "Reject", "mapping-reject", "x"))
    if mapping.state == MappingState.PROPOSED and policy_of(mapping.domain).review:
        if may_propose and not own:
            found.append(_action(mapping, "Review", "mapping-review", "eye", primary=True))
    elif may_approve:
        found.append(_action(mapping, "Approve", "mapping-approve", "check", primary=True))
    return found


def _action(mapping: Mapping, label: str, name: str, icon: str, *, primary: bool = False) -> Action:
    return Action(label, reverse(f"console:{name}", args=[mapping.pk]), icon, primary=primary)


def propose_url(mapping: Mapping, *, note: str = "", days: bool = False) -> str:
    """The form of a new proposal that says what `mapping` says; its days too where `days` asks for them."""
    start, end = start_of(mapping.effective), end_of(mapping.effective)
    values = {
        "system": mapping.system,
        "facility": mapping.facility,
        "match": mapping.match,
        "local_code": "" if mapping.match == Match.DEFAULT else mapping.local_code,
        "canonical": f"{mapping.domain}:{mapping.canonical_code}",
        "owner": mapping.owner,
        "note": note,
        "effective_from": start.isoformat() if days and start else "",
        "effective_until": end.isoformat() if days and end else "",
    }
    values = {name: value for name, value in values.items() if value or name == "facility"}
    return f"{reverse('console:mapping-propose')}?{urlencode(values)}"
