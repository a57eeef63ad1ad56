"""What the hub asks of an ERP beyond delivery, and the vocabulary that both ERP clients answer in.

Operations, amounts as decimal strings; the posting key is the entry's reference at the ERP:

* `journal.post`: {"date", "currency", "description", "lines": [{"account", "cost_center", "debit", "credit",
  "memo"}]}
* `plan.post`: {"date", "currency", "account", "cost_center", "amount", "description"}: a planning entry, not
  part of the books.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, Self, TypeVar

from connectors.base import DeliveryRequest, SystemClient
from hub.core.errors import BusinessRefusal, Defect
from hub.core.money import ZERO, amount_from_text

_Answer = TypeVar("_Answer")

JOURNAL_POST = "journal.post"
PLAN_POST = "plan.post"

# The stable codes of what an ERP refuses, whichever ERP it is.
UNBALANCED = "unbalanced"
CLOSED_PERIOD = "closed-period"
UNKNOWN_ACCOUNT = "unknown-account"
UNKNOWN_COST_CENTER = "unknown-cost-center"

#: What is done about each.
HINTS = {
    UNBALANCED: "The entry's debits and credits differ; it was built wrong and must be built again.",
    CLOSED_PERIOD: "Post the entries in the next open period, or have the period opened at the ERP and retry.",
    UNKNOWN_ACCOUNT: "Add the account at the ERP, or correct the mapping to it.",
    UNKNOWN_COST_CENTER: "Add the cost center at the ERP, or correct the mapping to it.",
}


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account's posted totals at the ERP, over all periods."""

    debit: Decimal = ZERO
    credit: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of an entry; exactly one of `debit` and `credit` is above zero."""

    account: str
    cost_center: str | None
    debit: Decimal
    credit: Decimal
    memo: str = ""

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError for a line that is none."""
        return cls(
            account=line["account"],
            cost_center=line.get("cost_center"),
            debit=amount_from_text(line["debit"]),
            credit=amount_from_text(line["credit"]),
            memo=line.get("memo") or "",
        )


@dataclass(frozen=True, slots=True)
class ErpEntry:
    """A posted journal entry as the ERP has it."""

    number: str
    date: date
    total_debit: Decimal
    lines: tuple[JournalLine, ...]


class ErpClient(SystemClient, Protocol):
    """An ERP: deliveries, and the reads of the tie-out. The reads raise Failure where it cannot be asked."""

    def balances(self, accounts: Sequence[str]) -> dict[str, AccountBalance]:
        """Posted totals by account code; an account that the ERP does not know is left out."""

    def entries_by_reference(self, posting_keys: Sequence[str]) -> dict[str, list[ErpEntry]]:
        """The posted entries of each key that has any, oldest first; several are duplicates."""


def refusal(code: str, *, system: str, subject: str = "") -> BusinessRefusal:
    """What the ERP refused and about what (an account, a period): equal subjects are one cause."""
    about = f" {subject}" if subject else ""
    return BusinessRefusal(
        code,
        f"{system} refused the entry: {code.replace('-', ' ')}{about}.",
        cause=(system, subject) if subject else (system,),
        hint=HINTS.get(code, ""),
    )


def unknown_operation(operation: str) -> Defect:
    return Defect("unknown-operation", f"An ERP knows no operation {operation}.", cause=(operation,))


def by_operation(
    requests: Sequence[DeliveryRequest],
    handle: Callable[[str, Sequence[DeliveryRequest]], Sequence[_Answer]],
    *,
    max_batch: int,
) -> list[_Answer]:
    """`handle` each operation's requests in chunks of `max_batch`; the answers in the order of `requests`."""
    places: dict[str, list[int]] = {}
    for place, request in enumerate(requests):
        places.setdefault(request.operation, []).append(place)
    answers: dict[int, _Answer] = {}
    for operation, mine in places.items():
        for start in range(0, len(mine), max_batch):
            chunk = mine[start : start + max_batch]
            answers.update(zip(chunk, handle(operation, [requests[place] for place in chunk]), strict=True))
    return [answers[place] for place in range(len(requests))]
