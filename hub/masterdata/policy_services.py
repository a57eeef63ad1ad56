"""How a domain of reference data is kept: changed by stewards of the whole group, each change audited."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from hub.core.errors import BusinessRefusal
from hub.governance import audit
from hub.governance.access import Actor, require
from hub.governance.roles import Permission
from hub.masterdata import changes
from hub.masterdata.domains import OTHER_KINDS, label_of, policy_of
from hub.masterdata.models import Domain, DomainPolicy, Gaps

_DECIDED = ("two_people", "review", "only_steward", "gaps")
_SAYS = ("owner", "steward", "authority", *_DECIDED)


@transaction.atomic
def set_policy(
    *,
    domain: str,
    actor: Actor,
    owner: str = "",
    steward: User | None = None,
    authority: str = "",
    two_people: bool = False,
    review: bool = False,
    only_steward: bool = False,
    gaps: str = Gaps.SHOWN,
    reason: str = "",
    version: int | None = None,
) -> DomainPolicy:
    """Say who answers for a domain, who decides what is right, and what a change takes.

    Whoever may approve everywhere may change it, but not for themselves: who makes one person enough does not approve
    what they proposed. Raises BusinessRefusal where somebody changed it meanwhile.
    """
    require(actor, Permission.APPROVE_MAPPINGS, "")
    asked: dict[str, Any] = {
        "owner": owner.strip(),
        "steward": steward,
        "authority": authority.strip(),
        "two_people": two_people,
        "review": review,
        "only_steward": only_steward,
        "gaps": gaps,
    }
    _require_sense(domain, asked)
    changes.lock_crosswalk()
    row = DomainPolicy.objects.filter(domain=domain).first()
    if version is not None and version != (row.version if row else 0):
        raise _changed_meanwhile(domain)
    before = _values(domain)
    row = row or DomainPolicy(domain=domain, version=0)
    for name in _SAYS if domain in Domain.values else ("owner", "steward", "authority"):
        setattr(row, name, asked[name])
    row.version += 1
    row._history_user = actor.user
    row._change_reason = reason[: changes.LONGEST_REASON]
    row.save()
    audit.record(
        actor=actor,
        action="domain.policy",
        object_kind="domain",
        object_id=domain,
        reason=reason,
        before=before,
        after=_values(domain),
    )
    return row


def _require_sense(domain: str, asked: dict[str, Any]) -> None:
    if domain not in Domain.values and domain not in OTHER_KINDS:
        raise ValidationError({"domain": f"There is no domain {domain!r}."})
    if asked["only_steward"] and asked["steward"] is None:
        raise ValidationError({"steward": "Where only the owner approves, somebody must be named."})
    if asked["gaps"] not in Gaps.values:
        raise ValidationError({"gaps": "Choose one of those offered."})


def _values(domain: str) -> dict[str, Any]:
    policy = policy_of(domain)
    found: dict[str, Any] = {name: getattr(policy, name) for name in _SAYS}
    found["steward"] = policy.steward.get_username() if policy.steward else ""
    return found


def _changed_meanwhile(domain: str) -> BusinessRefusal:
    return BusinessRefusal(
        "policy-changed-meanwhile",
        f"Somebody else changed how {label_of(domain).lower()} is kept while you were looking at it.",
        cause=(domain,),
        hint="Look at it as it stands now, then decide again.",
    )
