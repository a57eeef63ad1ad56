"""The test bench of a decision table: what a version would have decided about adjustments, before it is live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from hub.core.money import ZERO
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata.decisions import Facts, RowInfo, TableInfo
from hub.records.models import ClaimPayment
from orchestration.workflows.claim_to_cash import shares
from orchestration.workflows.late_adjustment import facts_of

#: Claim payments tried at most, the newest: enough to see what a table does, few enough for a page.
MOST = 20_000
NO_RULE = "no rule"


@dataclass(slots=True)
class Sum:
    """How many adjustments, and how many dollars, whatever their sign."""

    count: int = 0
    amount: Decimal = ZERO

    def add(self, amount: Decimal) -> None:
        self.count += 1
        self.amount += abs(amount)


@dataclass(slots=True)
class Trial:
    """What `tried` decides about the adjustments of a period, beside what `standing` decides."""

    tried: TableInfo
    standing: TableInfo | None
    since: date
    until: date
    payments: int = 0
    total: Sum = field(default_factory=Sum)
    by_outcome: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_outcome_now: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_row: dict[int, Sum] = field(default_factory=lambda: defaultdict(Sum))
    moved: dict[tuple[str, str], Sum] = field(default_factory=lambda: defaultdict(Sum))
    without: dict[tuple[str, str, str], Sum] = field(default_factory=lambda: defaultdict(Sum))

    @property
    def cut_off(self) -> bool:
        return self.payments >= MOST

    def take(self, facts: Facts) -> None:
        self.total.add(facts.amount)
        row = self.tried.decide(facts)
        then = _outcome(row)
        now = _outcome(self.standing.decide(facts) if self.standing else None)
        self.by_outcome[then].add(facts.amount)
        self.by_outcome_now[now].add(facts.amount)
        if then != now:
            self.moved[now, then].add(facts.amount)
        if row is None:
            self.without[facts.payer, facts.group_code, facts.carc].add(facts.amount)
        else:
            self.by_row[row.position].add(facts.amount)


def _outcome(row: RowInfo | None) -> str:
    return row.outcome if row is not None else NO_RULE


def try_out(who: Who, tried: TableInfo, standing: TableInfo | None, since: date, until: date) -> Trial:
    """Ask both versions about every adjustment that somebody had to decide from `since` up to and with `until`.

    Only those of facilities whose cases the reader may see count.
    """
    trial = Trial(tried, standing, since, until)
    for facts in _asked(who, trial):
        trial.take(facts)
    return trial


def _asked(who: Who, trial: Trial) -> Iterator[Facts]:
    rows = ClaimPayment.objects.filter(
        remittance__received_at__date__gte=trial.since, remittance__received_at__date__lte=trial.until
    ).exclude(kind="denied").exclude(adjustments=[])  # fmt: skip
    seen = access.scoped(rows, who, Permission.VIEW_CASES).select_related("remittance", "claim")
    for payment in seen.order_by("-id")[:MOST].iterator(chunk_size=2_000):
        trial.payments += 1
        for item in shares(payment).left:
            yield facts_of(payment, item.group, item.reason, item.amount)


def last_month(today: date) -> tuple[date, date]:
    """The thirty days up to today."""
    return today - timedelta(days=30), today
