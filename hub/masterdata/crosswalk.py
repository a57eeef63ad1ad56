"""Local codes to canonical ones, on the hot path: a snapshot in the process, keyed by the crosswalk's version.

The database raises `CrosswalkVersion.number` with every statement that changes mappings or reference data, whatever
door it came through. A process looks at the number at most every half second, and before it says that something is
missing: a mapping approved a moment ago must not hold the work that it was approved for.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from hub.core.errors import MappingMissing
from hub.masterdata.models import (
    Account,
    CostCenter,
    CrosswalkVersion,
    Department,
    Facility,
    Fee,
    Location,
    Match,
    Payer,
    PayerRule,
    Provider,
)
from hub.masterdata.models import Mapping as MappingRow
from hub.masterdata.precedence import beginning
from hub.masterdata.ranges import end_of, start_of
from hub.masterdata.rule_loading import decision_tables, denial_reasons
from hub.masterdata.snapshot import (
    AccountInfo,
    Crosswalk,
    FacilityInfo,
    LocationInfo,
    MappingKey,
    PayerInfo,
    PayerRuleInfo,
    ProviderInfo,
    Span,
)
from hub.masterdata.states import MappingState

_RECHECK_SECONDS = 0.5

_Answer = TypeVar("_Answer")
_current: Crosswalk | None = None
_checked = float("-inf")
_fixed: ContextVar[Crosswalk | None] = ContextVar("fixed crosswalk", default=None)


@contextmanager
def fixed(edition: Crosswalk) -> Iterator[None]:
    """Inside, `snapshot` gives `edition`, whatever stands by now: work is done again with what it was done with."""
    token = _fixed.set(edition)
    try:
        yield
    finally:
        _fixed.reset(token)


def snapshot(*, fresh: bool = False) -> Crosswalk:
    """The crosswalk as it stands. `fresh` asks the database now: one small query, worth it once per batch.

    Keep the object to resolve everything of one unit of work at one version; its `number` is what a run notes.
    """
    global _checked, _current
    held = _fixed.get()
    if held is not None:
        return held
    if _current is not None and not fresh and time.monotonic() - _checked < _RECHECK_SECONDS:
        return _current
    asked = time.monotonic()
    number = version()
    # Two threads may both load; both get the truth, and the later one stays.
    if _current is None or _current.number != number:
        _current = load(number)
    _checked = asked
    return _current


def forget() -> None:
    """Make the next look-up ask for the version; services call it after they changed something."""
    global _checked
    _checked = float("-inf")


def version() -> int:
    """The crosswalk's number in the database. It never repeats, not even after a rollback."""
    return CrosswalkVersion.objects.values_list("number", flat=True).first() or 0


def resolve(domain: str, system: str, facility: str, local_code: str, on: date) -> str:
    """The canonical code of `local_code` on the service date `on`; raises MappingMissing."""
    return _sure(lambda now: now.resolve(domain, system, facility, local_code, on))


def cost_center(facility: str, department: str) -> str:
    return _sure(lambda now: now.cost_center(facility, department))


def service_line_of(department: str) -> str:
    return _sure(lambda now: now.service_line_of(department))


def expected_amount(service_line: str, visit_type: str, payer: str, on: date) -> Decimal:
    return _sure(lambda now: now.expected_amount(service_line, visit_type, payer, on))


def facility_info(code: str) -> FacilityInfo:
    return _sure(lambda now: now.facility(code))


def provider_info(code: str) -> ProviderInfo:
    return _sure(lambda now: now.provider(code))


def payer_info(code: str) -> PayerInfo:
    return _sure(lambda now: now.payer(code))


def location_info(code: str) -> LocationInfo:
    return _sure(lambda now: now.location(code))


def account_info(code: str) -> AccountInfo:
    return _sure(lambda now: now.account(code))


def _sure(look_up: Callable[[Crosswalk], _Answer]) -> _Answer:
    """`look_up`, and once more at the newest version before "missing" is believed."""
    seen = snapshot()
    try:
        return look_up(seen)
    except MappingMissing:
        newest = snapshot(fresh=True)
        if newest.number == seen.number:
            raise
        return look_up(newest)


def load(number: int) -> Crosswalk:
    """Read everything. Rows newer than `number` may be among it; the next check then loads once more."""
    mappings, rules = _mappings()
    return Crosswalk(
        number=number,
        mappings=mappings,
        rules=rules,
        rule_lengths=_lengths(rules),
        fees=_fees(),
        cost_centers={
            (facility, department): code
            for facility, department, code in CostCenter.objects.values_list(
                "facility__code", "department__code", "code"
            )
        },
        service_lines=dict(Department.objects.values_list("code", "service_line__code")),
        facilities=_infos(FacilityInfo, Facility.objects.values_list(*_columns(FacilityInfo))),
        providers=_infos(ProviderInfo, Provider.objects.values_list(*_columns(ProviderInfo))),
        payers=_infos(PayerInfo, Payer.objects.values_list(*_columns(PayerInfo))),
        locations=_infos(
            LocationInfo, Location.objects.values_list("code", "name", "facility__code", "place_of_service")
        ),
        accounts=_infos(AccountInfo, Account.objects.values_list(*_columns(AccountInfo))),
        payer_rules=tuple(_payer_rules()),
        denial_reasons=denial_reasons(),
        decision_tables=decision_tables(),
    )


def _columns(info: type[Any]) -> tuple[str, ...]:
    return tuple(info.__dataclass_fields__)


def _infos(info: Callable[..., _Answer], rows: Iterable[tuple[Any, ...]]) -> dict[str, _Answer]:
    return {row[0]: info(*row) for row in rows}


_Mappings = Mapping[MappingKey, tuple[Span, ...]]


def _mappings() -> tuple[_Mappings, _Mappings]:
    """The mappings of one code each, and the rules by what they begin with."""
    exact: defaultdict[MappingKey, list[Span]] = defaultdict(list)
    rules: defaultdict[MappingKey, list[Span]] = defaultdict(list)
    approved = MappingRow.objects.filter(state=MappingState.APPROVED)
    for pk, match, domain, system, facility, local_code, canonical, effective in approved.values_list(
        "pk", "match", "domain", "system", "facility", "local_code", "canonical_code", "effective"
    ):
        if match == Match.EXACT:
            exact[domain, system, facility, local_code].append(_span(effective, canonical, pk))
        else:
            rules[domain, system, facility, beginning(local_code)].append(_span(effective, canonical, pk, rule=True))
    return (
        {key: tuple(spans) for key, spans in exact.items()},
        {key: tuple(spans) for key, spans in rules.items()},
    )


def _lengths(rules: _Mappings) -> dict[tuple[str, str], tuple[int, ...]]:
    found: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for domain, system, _, start in rules:
        found[domain, system].add(len(start))
    return {key: tuple(sorted(lengths, reverse=True)) for key, lengths in found.items()}


def _fees() -> Mapping[tuple[str, str, str], tuple[Span, ...]]:
    found: defaultdict[tuple[str, str, str], list[Span]] = defaultdict(list)
    for line, visit, payer, amount, effective in Fee.objects.values_list(
        "service_line__code", "visit_type", "payer__code", "amount", "effective"
    ):
        found[line, visit, payer].append(_span(effective, amount))
    return {key: tuple(spans) for key, spans in found.items()}


def _payer_rules() -> Iterator[PayerRuleInfo]:
    for rule in PayerRule.objects.filter(active=True).order_by("code"):
        yield PayerRuleInfo(
            code=rule.code,
            transaction=rule.transaction,
            payer=rule.payer,
            facility=rule.facility,
            kind=rule.kind,
            parameters=rule.parameters,
            message=rule.message,
            start=start_of(rule.effective) or date.min,
            end=end_of(rule.effective) or date.max,
        )


def _span(effective: Any, value: str | Decimal, mapping: int = 0, *, rule: bool = False) -> Span:
    """PostgreSQL writes date ranges half-open; an open end is the end of the calendar."""
    return Span(effective.lower or date.min, effective.upper or date.max, value, mapping, rule)
