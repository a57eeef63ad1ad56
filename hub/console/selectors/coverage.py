"""What the coverage pages show beside the counts: what is held for a code, and what it probably means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from exceptions import selectors as exceptions
from exceptions.models import Case, Queue
from exceptions.states import CASE_OPEN
from hub.core.errors import FailureClass
from hub.core.money import ZERO
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata import coverage, local_codes
from hub.masterdata.coverage import Cell, CodeStanding, Key
from hub.masterdata.models import Domain
from hub.masterdata.suggestions import Suggestion, Wanted, suggest_each


def unmapped(who: Who) -> QuerySet[Case]:
    """Open cases of codes without a meaning, each with its `domain`, `place` and `local_code`."""
    rows = exceptions.cases(who).filter(queue=Queue.MAPPING, state__in=CASE_OPEN)
    rows = rows.filter(failure_class=FailureClass.MAPPING, code__startswith="unmapped-", subject__has_key="local_code")
    return rows.annotate(
        domain=_of_subject("domain"), place=_of_subject("facility"), local_code=_of_subject("local_code"),
        sender=_of_subject("system"),
    )  # fmt: skip


def _of_subject(key: str) -> Any:
    return Coalesce(KeyTextTransform(key, "subject"), Value(""), output_field=CharField())


@dataclass(frozen=True, slots=True)
class Held:
    """What waits for codes: how many things, their dollars, and the case of one code."""

    count: int = 0
    amount: Decimal = ZERO
    case: int | None = None

    def plus(self, other: Held) -> Held:
        return Held(self.count + other.count, self.amount + other.amount)


def held_by_code(who: Who) -> dict[Key, Held]:
    """What waits for each code, by domain, system, facility and code: one statement over the open mapping cases."""
    if not access.may(who, Permission.VIEW_CASES):
        return {}
    rows: QuerySet[Any] = unmapped(who).order_by()
    return {
        (domain, system, "" if domain == Domain.FACILITY else place, code): Held(things, dollars, number)
        for domain, system, place, code, things, dollars, number in rows.values_list(
            "domain", "sender", "place", "local_code", "held", "amount", "number"
        )
    }


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of one cell, as the page lists it."""

    code: CodeStanding
    name: str
    held: Held
    suggestions: Sequence[Suggestion]

    @property
    def pk(self) -> str:
        return f"{self.code.domain}:{self.code.local_code}"


@dataclass(frozen=True, slots=True)
class Overview:
    """The matrix of one domain, or of all; `rows` are by facility, each with a cell a system."""

    domain: str
    domains: list[str]
    systems: list[str]
    rows: list[dict[str, Any]]
    total: Cell
    held: Held
    cells: list[Cell]
    held_in: dict[tuple[str, str, str], Held]


def overview(who: Who, *, domain: str, days: int) -> Overview:
    codes = coverage.standing(who, days=days)
    held = held_by_code(who)
    found = coverage.matrix(codes).cells
    domains = [name for name in Domain.values if any(cell.domain == name for cell in found.values())]
    domain = domain if domain in domains else ""
    shown = [cell for cell in found.values() if not domain or cell.domain == domain]
    rows: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    total = Cell("", "", domain)
    for cell in sorted(shown, key=lambda one: (one.facility, one.system)):
        row = rows[cell.facility]
        row.setdefault(cell.system, Cell(cell.facility, cell.system, domain)).include(cell)
        row["facility"] = cell.facility
        total.include(cell)
    held_in = _by_cell(held)
    return Overview(
        domain=domain,
        domains=domains,
        systems=_by_weight(shown),
        rows=[rows[place] for place in sorted(rows)],
        total=total,
        held=_sum(one for key, one in held.items() if not domain or key[0] == domain),
        cells=sorted(shown, key=lambda one: (one.facility, one.system, one.domain)),
        held_in=held_in,
    )


def _by_weight(cells: Iterable[Cell]) -> list[str]:
    """Systems in the order in which they are looked at: what lacks a meaning first, then who sends from most places."""
    lacking: defaultdict[str, int] = defaultdict(int)
    places: defaultdict[str, set[str]] = defaultdict(set)
    for cell in cells:
        lacking[cell.system] += cell.codes - cell.mapped
        places[cell.system].add(cell.facility)
    return sorted(places, key=lambda system: (-lacking[system], -len(places[system]), system))


def _by_cell(held: dict[Key, Held]) -> dict[tuple[str, str, str], Held]:
    found: defaultdict[tuple[str, str, str], Held] = defaultdict(Held)
    for (domain, system, place, _), one in held.items():
        found[place, system, domain] = found[place, system, domain].plus(one)
    return dict(found)


def _sum(each: Iterable[Held]) -> Held:
    total = Held()
    for one in each:
        total = total.plus(one)
    return total


def cell_rows(who: Who, *, system: str, facility: str, domain: str, days: int, most: int) -> list[CodeRow]:
    """The codes of one cell: what is missing first, by dollars, held work and how often it came; then the rest."""
    held = held_by_code(who)
    codes = [
        code
        for code in coverage.standing(who, days=days, cell=(system, facility))
        if not domain or code.domain == domain
    ]
    codes.sort(key=lambda one: _rank(one, held.get(one.key, Held())))
    return _with_suggestions(codes[:most], held)


def _rank(code: CodeStanding, held: Held) -> tuple[Any, ...]:
    return code.mapped, -held.amount, -held.count, -code.count, code.domain, code.local_code


def _with_suggestions(codes: Sequence[CodeStanding], held: dict[Key, Held]) -> list[CodeRow]:
    known = local_codes.names([code.key for code in codes])
    asked = {code.key: Wanted(*code.key, known.get(code.key, "")) for code in codes if not code.mapped}
    found = suggest_each(list(asked.values()))
    return [
        CodeRow(
            code=code,
            name=known.get(code.key, ""),
            held=held.get(code.key, Held()),
            suggestions=found.get(asked[code.key], []) if code.key in asked else [],
        )
        for code in codes
    ]


def _key_of(case: Case) -> Key:
    subject = case.subject
    return subject.get("domain", ""), subject.get("system", ""), subject.get("facility", ""), subject["local_code"]


def suggestions_of(cases: Sequence[Case]) -> dict[Any, list[Suggestion]]:
    """What the codes of these cases probably mean, by the case's key."""
    names = local_codes.names([_key_of(case) for case in cases])
    asked = {case.pk: Wanted(*_key_of(case), names.get(_key_of(case), "")) for case in cases}
    found = suggest_each(list(asked.values()))
    return {pk: found[wanted] for pk, wanted in asked.items()}
