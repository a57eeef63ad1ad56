"""Tryton's ids behind the codes that the hub speaks. Ids differ between databases, so they are always looked up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from threading import Lock

from connectors.erp_tryton.wire import TrytonWire, date_json, date_of

_ACCOUNTS = "account.account"
_COST_CENTERS = "analytic_account.account"
_JOURNALS = "account.journal"


class Codes:
    """Accounts, cost centers and journals, kept until a code is asked for that is not among them."""

    def __init__(self, wire: TrytonWire) -> None:
        self._wire = wire
        self._lock = Lock()
        self._ids: dict[str, dict[str, int]] = {}

    def accounts(self, codes: Iterable[str]) -> dict[str, int]:
        """The ids of those that there are. Raises Failure where Tryton cannot be asked."""
        return self._look_up(_ACCOUNTS, [["closed", "!=", True], ["type", "!=", None]], codes)

    def cost_centers(self, codes: Iterable[str]) -> dict[str, int]:
        return self._look_up(_COST_CENTERS, [["type", "=", "normal"]], codes)

    def journals(self, codes: Iterable[str]) -> dict[str, int]:
        return self._look_up(_JOURNALS, [], codes)

    def open_periods(self, days: Iterable[date]) -> dict[date, int]:
        """The open period of each day that has one; asked anew each time, since periods close.

        Raises Failure where Tryton cannot be asked.
        """
        wanted = set(days)
        if not wanted:
            return {}
        domain = [
            ["type", "=", "standard"],
            ["state", "=", "open"],
            ["start_date", "<=", date_json(max(wanted))],
            ["end_date", ">=", date_json(min(wanted))],
        ]
        exchange = self._wire.search("account.period", domain, ["start_date", "end_date"])
        exchange.raise_for_failure()
        return {
            day: period["id"]
            for period in exchange.body
            for day in wanted
            if date_of(period["start_date"]) <= day <= date_of(period["end_date"])
        }

    def forget(self) -> None:
        """What is kept no longer holds: Tryton did not know one of the ids."""
        with self._lock:
            self._ids.clear()

    def _look_up(self, model: str, domain: list[object], codes: Iterable[str]) -> dict[str, int]:
        wanted = set(codes)
        with self._lock:
            if not wanted <= self._ids.get(model, {}).keys():
                self._ids[model] = self._load(model, domain)
            kept = self._ids[model] if wanted else {}
        return {code: kept[code] for code in wanted if code in kept}

    def _load(self, model: str, domain: list[object]) -> dict[str, int]:
        exchange = self._wire.search(model, domain, ["code"])
        exchange.raise_for_failure()
        return {record["code"]: record["id"] for record in exchange.body if record["code"]}
