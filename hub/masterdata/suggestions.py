"""What an unmapped local code probably means, with the reason, so that a steward decides and does not search."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db.models.functions import Greatest

from hub.masterdata.models import CANONICAL, Mapping
from hub.masterdata.states import MappingState

# Below this similarity (pg_trgm, 0 to 1) what is alike is alike by chance: pg_trgm's own limit is 0.3.
_ALIKE = 0.3
# What other facilities decided says more than any likeness of letters.
_SISTERS_SAY = 1.0
_OTHER_SYSTEM_SAYS = 0.8
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A canonical code, how sure (0 to 1) and why."""

    code: str
    name: str
    score: float
    reason: str


def suggest(*, domain: str, system: str, facility: str, local_code: str, limit: int = 5) -> list[Suggestion]:
    """The likeliest canonical codes for a local one, best first."""
    names = dict(CANONICAL[domain]._default_manager.filter(active=True).values_list("code", "name"))
    best: dict[str, tuple[float, list[str]]] = {}
    for code, score, reason in _hints(domain, system, facility, local_code):
        if code not in names:
            continue
        known, reasons = best.get(code, (0.0, []))
        best[code] = (max(known, score), [*reasons, reason])
    ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
    return [
        Suggestion(code, names[code], round(score, 2), "; ".join(reasons)) for code, (score, reasons) in ranked[:limit]
    ]


Hint = tuple[str, float, str]
"""Canonical code, score, reason."""


def _hints(domain: str, system: str, facility: str, local_code: str) -> Iterator[Hint]:
    yield from _same_code_elsewhere(domain, system, facility, local_code)
    yield from _alike_codes(domain, system, local_code)
    yield from _alike_names(domain, local_code)


def _same_code_elsewhere(domain: str, system: str, facility: str, local_code: str) -> Iterator[Hint]:
    """What the same local code means at sister facilities, in this system and in others."""
    rows = (
        Mapping.objects.filter(domain=domain, local_code__iexact=local_code, state=MappingState.APPROVED)
        .exclude(system=system, facility=facility)
        .order_by("facility", "system")
        .values_list("canonical_code", "system", "facility")
    )
    users: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    for code, other, place in rows:
        same = other == system
        users[code, same].append((place or "every facility") if same else other)
    for (code, same), who in users.items():
        if same:
            yield code, _SISTERS_SAY, f"{_named(who)} use it for this code"
        else:
            yield code, _OTHER_SYSTEM_SAYS, f"{_named(sorted(set(who)))} use it for this code"


def _alike_codes(domain: str, system: str, local_code: str) -> Iterator[Hint]:
    """Local codes of the same system that look alike."""
    rows = (
        Mapping.objects.filter(domain=domain, system=system, state=MappingState.APPROVED)
        .exclude(local_code__iexact=local_code)
        .annotate(likeness=TrigramSimilarity("local_code", local_code))
        .filter(likeness__gte=_ALIKE)
        .order_by("-likeness")
        .values_list("canonical_code", "likeness", "local_code")[:10]
    )
    told: set[str] = set()
    for code, likeness, other in rows:
        if code not in told:
            told.add(code)
            yield code, likeness, f"looks like {other}"


def _alike_names(domain: str, local_code: str) -> Iterator[Hint]:
    """Canonical codes and names that look alike."""
    words = re.sub(r"[^0-9A-Za-z]+", " ", local_code).strip() or local_code
    rows = (
        CANONICAL[domain]
        ._default_manager.filter(active=True)
        .annotate(
            likeness=Greatest(
                TrigramSimilarity("name", words),
                TrigramWordSimilarity(words, "name"),
                TrigramSimilarity("code", words),
            )
        )
        .filter(likeness__gte=_ALIKE)
        .order_by("-likeness")
        .values_list("code", "likeness", "name")[:10]
    )
    for code, likeness, name in rows:
        yield code, likeness, f"the name {name} is alike"


def _named(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown
