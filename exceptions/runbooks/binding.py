"""Which runbook fits a trouble: the one that says most about it comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: What a binding may name, and how much each says: together they order by code, then system, then class, then alert.
WEIGHTS: Mapping[str, int] = {"code": 8, "system": 4, "failure_class": 2, "alert": 1}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong where a runbook is looked for; what is not known is empty."""

    failure_class: str = ""
    code: str = ""
    system: str = ""
    alerts: frozenset[str] = field(default_factory=frozenset)


def fits(binding: Mapping[str, str], trouble: Trouble) -> int:
    """How much a binding says about `trouble`, 0 where it does not fit. One that names nothing fits nothing."""
    for name, value in binding.items():
        at_hand = trouble.alerts if name == "alert" else {getattr(trouble, name, None)}
        if value not in at_hand:
            return 0
    return sum(WEIGHTS[name] for name in binding)


def best(bindings: Iterable[Mapping[str, str]], trouble: Trouble) -> int:
    return max((fits(binding, trouble) for binding in bindings), default=0)


def tidied(bindings: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Bindings without empty parts, empty ones and repetitions."""
    kept: list[dict[str, str]] = []
    for binding in bindings:
        named = {name: binding[name] for name in WEIGHTS if binding.get(name)}
        if named and named not in kept:
            kept.append(named)
    return kept
