"""Which replays a second person approves: governed rules, changed by those who may, each change audited."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from exceptions.errors import Changed, NotAllowedNow
from exceptions.replays.models import Replay, ReplayRule
from hub.core.money import ZERO
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission
from hub.ui.format import money_text


def asks(replay: Replay) -> list[str]:
    """Why a second person decides about a previewed replay, one sentence a rule; empty where none has to."""
    return [why for rule in ReplayRule.objects.filter(active=True) if (why := _fits(rule, replay))]


def _fits(rule: ReplayRule, replay: Replay) -> str:
    items, dollars, what = _concerned(rule, replay)
    if not items:
        return ""
    if rule.items_above is not None and items <= rule.items_above:
        return ""
    if rule.dollars_above is not None and dollars <= rule.dollars_above:
        return ""
    limits = []
    if rule.items_above:
        limits.append(f"more than {rule.items_above:,}")
    if rule.dollars_above:
        limits.append(f"more than {money_text(rule.dollars_above)}")
    beyond = f" ({' and '.join(limits)})" if limits else ""
    return f"{rule.name}: {items:,} {'item' if items == 1 else 'items'}{what} with {money_text(dollars)}{beyond}."


def _concerned(rule: ReplayRule, replay: Replay) -> tuple[int, Decimal, str]:
    """The items and dollars that a rule looks at, and what they are in words."""
    if rule.label:
        items, dollars = _of(replay.labels, rule.label)
        return items, dollars, f" of {rule.label}"
    if rule.failure_class:
        items, dollars = _of(replay.classes, rule.failure_class)
        return items, dollars, f" in cases of class {rule.failure_class}"
    return replay.chosen, replay.amount, ""


def _of(tally: Mapping[str, Any], name: str) -> tuple[int, Decimal]:
    items, dollars = tally.get(name, (0, ZERO))
    return int(items), Decimal(dollars)


@transaction.atomic
def keep_rule(
    *, actor: Actor, values: Mapping[str, Any], rule_id: int | None = None, version: int | None = None
) -> ReplayRule:
    """Make a rule, or change one. Raises Changed where somebody else changed it meanwhile."""
    access.require(actor, Permission.APPROVE_REPLAY, "")
    if values.get("items_above") is None and values.get("dollars_above") is None:
        raise NotAllowedNow("rule-without-limit", "Give a number of items or of dollars; 0 means every replay.")
    if ReplayRule.objects.filter(name=values.get("name", "")).exclude(pk=rule_id or 0).exists():
        raise NotAllowedNow("rule-name-taken", "Another rule has this name.")
    rule = _for_change(rule_id, version) if rule_id else ReplayRule()
    before = rule.values() if rule.pk else {}
    for name, value in values.items():
        setattr(rule, name, value)
    rule.version += 1 if rule.pk else 0
    rule.save()
    _audited(actor, "replay.rule", rule, before, rule.values())
    return rule


@transaction.atomic
def remove_rule(*, actor: Actor, rule_id: int, version: int | None = None) -> None:
    access.require(actor, Permission.APPROVE_REPLAY, "")
    rule = _for_change(rule_id, version)
    before, pk = rule.values(), rule.pk
    rule.delete()
    rule.pk = pk
    _audited(actor, "replay.rule_removed", rule, before, {})


def _for_change(rule_id: int, version: int | None) -> ReplayRule:
    rule = ReplayRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None or (version is not None and rule.version != version):
        raise Changed("rule-changed", "Somebody changed this rule meanwhile; nothing was done. Look at it again.")
    return rule


def _audited(actor: Actor, action: str, rule: ReplayRule, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    audit.record(
        actor=actor, action=action, object_kind="replay rule", object_id=str(rule.pk), before=before, after=after
    )
