"""Reference data and mappings written in bulk, once: what is already there stays as people left it.

For a first load (the sandbox group, an acquired clinic), by a command. Day-to-day changes go through `services`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from hub.core.clock import now
from hub.governance import audit
from hub.governance.access import Actor
from hub.masterdata import changes
from hub.masterdata.denial_reasons import DENIAL_REASONS
from hub.masterdata.models import (
    DecisionRow,
    DecisionTable,
    DenialReason,
    DomainPolicy,
    Fee,
    Payer,
    PayerRule,
    Reference,
    ServiceLine,
)
from hub.masterdata.models import Mapping as MappingRow
from hub.masterdata.states import MappingState

_Entity = TypeVar("_Entity", bound=Reference)
Counts = dict[str, int]


def add_missing(model: type[_Entity], rows: Iterable[Mapping[str, Any]]) -> int:
    """Create the entities whose `code` is not there yet, with their history; returns how many."""
    known = set(model._default_manager.values_list("code", flat=True))
    new = [model(**row) for row in rows if row["code"] not in known]
    bulk_create_with_history(new, model, batch_size=500)
    return len(new)


def by_code(model: type[_Entity]) -> dict[str, _Entity]:
    """All entities of one kind, by code: the other end of a foreign key."""
    return {entity.code: entity for entity in model._default_manager.all()}


def add_missing_fees(rows: Iterable[tuple[str, str, str, Any]], *, since: date) -> int:
    """Create fees of (service line, visit type, payer, amount) that the table does not hold yet."""
    lines, payers = by_code(ServiceLine), by_code(Payer)
    known = set(Fee.objects.values_list("service_line__code", "visit_type", "payer__code"))
    new = [
        Fee(
            service_line=lines[line],
            visit_type=visit_type,
            payer=payers[payer],
            amount=amount,
            effective=(since, None),
        )
        for line, visit_type, payer, amount in rows
        if (line, visit_type, payer) not in known
    ]
    bulk_create_with_history(new, Fee, batch_size=500)
    return len(new)


def add_missing_payer_rules(rows: Iterable[Mapping[str, Any]], *, since: date) -> int:
    """Create companion rules of payers whose `code` is not there yet; returns how many."""
    known = set(PayerRule.objects.values_list("code", flat=True))
    new = [PayerRule(**row, effective=(since, None)) for row in rows if row["code"] not in known]
    bulk_create_with_history(new, PayerRule, batch_size=500)
    return len(new)


def add_missing_mappings(rows: Iterable[tuple[str, str, str, str, str]], *, since: date, by: str) -> int:
    """Create approved mappings of (domain, system, facility, local code, canonical code).

    A local code that has a mapping already, in whatever state, is left alone: someone decided about it.
    """
    known = set(MappingRow.objects.values_list("domain", "system", "facility", "local_code"))
    new = [
        MappingRow(
            domain=domain,
            system=system,
            facility=facility,
            local_code=local,
            canonical_code=canonical,
            effective=(since, None),
            state=MappingState.APPROVED,
            proposed_by=by,
            decided_by=by,
            decided_at=now(),
            updated_at=now(),
        )
        for domain, system, facility, local, canonical in rows
        if (domain, system, facility, local) not in known
    ]
    bulk_create_with_history(new, MappingRow, batch_size=500)
    return len(new)


def add_missing_policies(rows: Iterable[tuple[str, str, str, bool]]) -> int:
    """Say of (domain, team, authority, two people) how it is kept, where nobody said so yet; returns how many."""
    known = set(DomainPolicy.objects.values_list("domain", flat=True))
    new = [
        DomainPolicy(domain=domain, owner=owner, authority=authority, two_people=two_people)
        for domain, owner, authority, two_people in rows
        if domain not in known
    ]
    bulk_create_with_history(new, DomainPolicy, batch_size=500)
    return len(new)


def add_missing_denial_reasons() -> int:
    """Create the denial reasons that the table does not hold yet."""
    known = set(DenialReason.objects.values_list("carc", flat=True))
    new = [
        DenialReason(carc=carc, family=family, root_cause=root_cause, advice=advice)
        for carc, family, root_cause, advice in DENIAL_REASONS
        if carc not in known
    ]
    bulk_create_with_history(new, DenialReason, batch_size=500)
    return len(new)


def add_missing_table(*, code: str, name: str, rows: Iterable[Mapping[str, Any]], since: date, by: str) -> int:
    """Create version 1 of a decision table, approved, where no version of it is there; returns how many rows."""
    if DecisionTable.objects.filter(code=code).exists():
        return 0
    table = DecisionTable.objects.create(
        code=code,
        version=1,
        name=name,
        state=MappingState.APPROVED,
        effective=(since, None),
        proposed_by=by,
        decided_by=by,
        decided_at=now(),
    )
    made = [DecisionRow(table=table, position=position, **row) for position, row in enumerate(rows, 1)]
    DecisionRow.objects.bulk_create(made)
    return len(made)


@transaction.atomic
def load(*, name: str, parts: Sequence[tuple[str, Callable[[], int]]], actor: Actor) -> Counts:
    """Run the named `parts` (functions returning how many rows they made), all or none, and audit the load."""
    counts: Counts = {label: part() for label, part in parts}
    if any(counts.values()):
        audit.record(actor=actor, action="masterdata.load", object_kind="masterdata", object_id=name, after=counts)
    changes.announce()
    return counts
