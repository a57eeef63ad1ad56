"""What each KPI means. The definition and its version travel with every number; a changed formula is a new version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hub.governance.roles import Role


class Kpi(StrEnum):
    UNBILLED = "unbilled-completed-appointments"
    UNMATCHED = "unmatched-payments"
    CHARGE_LAG = "charge-lag"
    POSTING_LAG = "payment-posting-lag"
    SYNC_LAG = "sync-lag"


class Unit(StrEnum):
    """What a number counts; `value` of a figure is in it."""

    DOLLARS = "$"
    DAYS = "days"
    HOURS = "h"
    MINUTES = "min"


class Direction(StrEnum):
    """Which way is good."""

    DOWN = "down"
    UP = "up"


class Combine(StrEnum):
    """How figures of several facilities make one."""

    SUM = "sum"
    MEAN = "mean"  #: weighted by count
    WORST = "worst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """`value_label` and `tail_label` name the two numbers; `sources` are the systems that feed them.

    A source that reported nothing for `stale_after` makes the number doubtful, and the page says so.
    """

    kpi: Kpi
    version: int
    name: str
    formula: str
    unit: Unit
    direction: Direction
    owner: Role
    combine: Combine
    value_label: str
    tail_label: str = ""
    sources: tuple[str, ...]
    stale_after: timedelta = timedelta(days=1)


DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        kpi=Kpi.UNBILLED,
        version=1,
        name="Unbilled completed appointments",
        formula="Completed appointments without a charge in their journey once the facility's grace is over:"
        " count, and the revenue expected of them",
        unit=Unit.DOLLARS,
        direction=Direction.DOWN,
        owner=Role.LEAD,
        combine=Combine.SUM,
        value_label="expected",
        sources=("scheduling", "hospital-scheduling", "ehr"),
    ),
    Definition(
        kpi=Kpi.UNMATCHED,
        version=1,
        name="Unmatched payments",
        formula="Settled patient payments without an account, and payer payments without a claim: count and"
        " dollars, by whole days since the money came",
        unit=Unit.DOLLARS,
        direction=Direction.DOWN,
        owner=Role.FINANCE,
        combine=Combine.SUM,
        value_label="unmatched",
        sources=("gateway", "clearinghouse"),
    ),
    Definition(
        kpi=Kpi.CHARGE_LAG,
        version=1,
        name="Charge lag",
        formula="Day a charge was captured, where it was captured, minus its service date; charges captured in"
        " the period, voided ones left out",
        unit=Unit.DAYS,
        direction=Direction.DOWN,
        owner=Role.LEAD,
        combine=Combine.MEAN,
        value_label="mean",
        tail_label="p90",
        sources=("ehr",),
    ),
    Definition(
        kpi=Kpi.POSTING_LAG,
        version=1,
        name="Payment posting lag",
        formula="Posted at the ERP minus received (remittance received, patient payment settled); payments posted"
        " in the period",
        unit=Unit.HOURS,
        direction=Direction.DOWN,
        owner=Role.FINANCE,
        combine=Combine.MEAN,
        value_label="mean",
        tail_label="p90",
        sources=("gateway", "clearinghouse"),
    ),
    Definition(
        kpi=Kpi.SYNC_LAG,
        version=1,
        name="Sync lag",
        formula="Confirmed at the target minus changed at the source, over the newest 5,000 changes a target"
        " confirmed; charge to claim is left out, since it waits on purpose",
        unit=Unit.MINUTES,
        direction=Direction.DOWN,
        owner=Role.ENGINEER,
        combine=Combine.WORST,
        value_label="p50",
        tail_label="p95",
        sources=("scheduling", "hospital-scheduling", "ehr", "gateway", "clearinghouse"),
    ),
)

BY_KPI: dict[Kpi, Definition] = {definition.kpi: definition for definition in DEFINITIONS}
