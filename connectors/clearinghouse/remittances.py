"""835 files: checked whole in a first pass, told claim by claim in a second. Memory does not grow with the file.

A remittance is one payment: nothing of it may post before all of it is known to balance. So `check_remittance` is
called first and refuses the whole file; `claim_events` goes through it again, from any position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice

from connectors.clearinghouse.adjudication import Heads, claim_event
from connectors.clearinghouse.files import Items
from connectors.formats.x12 import (
    BalanceBreak,
    BalanceRule,
    ClaimPayment,
    Fault,
    Item,
    RemittanceEnd,
    RemittanceStart,
    Severity,
    TransactionHeader,
)
from connectors.formats.x12 import FaultCode as Code
from connectors.formats.x12 import ProviderAdjustment as ProviderAdjustmentItem
from connectors.translation import Incoming
from connectors.x12_feeds import malformed
from hub.core.errors import DataFault
from hub.core.events.claim import AdjudicationEvent, ProviderAdjustment, RemittanceReceived
from hub.core.money import USD

_BALANCE = frozenset({Code.LINE_BALANCE, Code.CLAIM_BALANCE, Code.TRANSACTION_BALANCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceSummary:
    """One 835 transaction that balances. `event.entity_key` is the `remittance_key` of its claim events."""

    event: RemittanceReceived
    charge_total: Decimal
    paid_total: Decimal
    adjustment_total: Decimal
    provider_adjustment_total: Decimal


def check_remittance(message: Incoming) -> list[RemittanceSummary]:
    """Go through the whole file; one summary for each transaction, in order.

    Raises DataFault: `remittance-out-of-balance` naming rule, claim position and difference, or `x12-malformed`
    naming the place. Neither names a patient. Nothing of such a file may post.
    """
    items = Items(message)
    check = _Check(Heads(message))
    for item in items:
        check.take(item, items.created)
    check.raise_for_findings()
    return check.summaries


def claim_events(message: Incoming, start_at: int = 0) -> Iterator[AdjudicationEvent]:
    """The claim payments of a file that was checked, in file order; the first `start_at` are left out."""
    return islice(_claim_events(message), start_at, None)


def _claim_events(message: Incoming) -> Iterator[AdjudicationEvent]:
    items = Items(message)
    heads = Heads(message)
    head: RemittanceReceived | None = None
    position = 0
    for item in items:
        if isinstance(item, RemittanceStart):
            head, position = heads.of(item, items.created), 0
        elif isinstance(item, ClaimPayment) and head is not None:
            position += 1
            yield claim_event(item, head, position)


@dataclass(slots=True)
class _Check:
    """The first pass. Of all that is wrong, the first finding of a sort is kept: it names the case."""

    heads: Heads
    summaries: list[RemittanceSummary] = field(default_factory=list)
    _head: RemittanceReceived | None = None
    _provider: list[ProviderAdjustment] = field(default_factory=list)
    _claims: int = 0
    _out_of_balance: DataFault | None = None
    _malformed: DataFault | None = None

    def take(self, item: Item, created: datetime | None) -> None:
        match item:
            case RemittanceStart():
                self._head, self._provider, self._claims = self.heads.of(item, created), [], 0
            case ClaimPayment():
                self._claims += 1
                self._note(item.breaks, f"claim {self._claims}")
            case ProviderAdjustmentItem():
                self._provider.append(
                    ProviderAdjustment(reason=item.reason, reference=item.reference, amount=item.amount)
                )
            case RemittanceEnd():
                self._note(item.breaks, "the transaction")
                self._finish(item)
            case TransactionHeader() if item.code != "835":
                self._malformed = self._malformed or _other_transaction()
            case Fault() if item.severity is Severity.ERROR and item.code not in _BALANCE:
                self._malformed = self._malformed or malformed(item)

    def raise_for_findings(self) -> None:
        """A file that cannot be read is not asked whether it balances."""
        if finding := self._malformed or self._out_of_balance:
            raise finding
        if not self.summaries:
            raise DataFault("x12-malformed", "The file holds no remittance; expected an 835.", cause=("835",))

    def _note(self, breaks: Iterable[BalanceBreak], place: str) -> None:
        for found in breaks:
            if self._out_of_balance is None and self._head is not None:
                self._out_of_balance = _out_of_balance(found, place, self._head)

    def _finish(self, end: RemittanceEnd) -> None:
        if self._head is None:
            return
        self.summaries.append(
            RemittanceSummary(
                event=replace(self._head, claim_count=end.claims, provider_adjustments=tuple(self._provider)),
                charge_total=end.charge_total,
                paid_total=end.paid_total,
                adjustment_total=end.adjustment_total,
                provider_adjustment_total=end.provider_adjustment_total,
            )
        )
        self._head = None


_RULES = {
    BalanceRule.LINE: "charge less adjustments of a service line is its payment",
    BalanceRule.CLAIM: "charge less adjustments is the payment",
    BalanceRule.TRANSACTION: "claim payments less provider adjustments are the payment (BPR02)",
}


def _out_of_balance(found: BalanceBreak, place: str, head: RemittanceReceived) -> DataFault:
    difference = f"{found.difference:.2f} {USD}"
    return DataFault(
        "remittance-out-of-balance",
        f"Remittance {head.trace_number} is off by {difference} at {place}: it does not hold that"
        f" {_RULES[found.rule]} (segment {found.segment}, {found.element}).",
        cause=(head.entity_key,),
        hint="Nothing of this file was posted. Ask the payer for a corrected 835; replay it when it is here.",
        subject={
            "trace_number": head.trace_number,
            "rule": found.rule.value,
            "place": place,
            "difference": f"{found.difference:.2f}",
            "amount": f"{head.amount:.2f}",
        },
    )


def _other_transaction() -> DataFault:
    return DataFault(
        "x12-malformed",
        "The file mixes remittances with other transactions; expected 835 only.",
        cause=("ST01",),
    )
