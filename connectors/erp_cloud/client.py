"""Wire client of the cloud ERP: journal and planning entries in batches, read back by reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from connectors import verdict
from connectors.base import DeliveryRequest, DeliveryResult, Outcome, SystemConfig
from connectors.erp import (
    JOURNAL_POST,
    PLAN_POST,
    AccountBalance,
    ErpEntry,
    JournalLine,
    by_operation,
    refusal,
    unknown_operation,
)
from connectors.http import Exchange, HttpClient, Query
from connectors.http_auth import ClientCredentials
from connectors.verdict import Effect

_PATHS = {JOURNAL_POST: "/api/v1/journal-entries", PLAN_POST: "/api/v1/plan-entries"}
# The ERP takes 100 entries a batch; half of that keeps what a cut connection leaves unknown small.
_MAX_BATCH = 50


class ErpCloudClient:
    """The cloud ERP as an `ErpClient`. Secrets: `client_id`, `client_secret`."""

    max_batch = _MAX_BATCH

    def __init__(self, config: SystemConfig) -> None:
        self._system = config.code
        credentials = ClientCredentials(
            system=config.code,
            token_url="/oauth/token",  # noqa: S106 (an address, not a secret)
            client_id=config.secrets["client_id"],
            client_secret=config.secrets["client_secret"],
        )
        self._http = HttpClient(config, credentials)

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Post; where a batch's answer is lost, each of its entries is unconfirmed."""
        return by_operation(requests, self._post, max_batch=self.max_batch)

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Look each posting key up among the references of the books."""
        return by_operation(requests, self._look_up, max_batch=self.max_batch)

    def probe(self) -> DeliveryResult:
        return self._http.read("/api/v1/status").result()

    def balances(self, accounts: Sequence[str]) -> dict[str, AccountBalance]:
        exchange = self._read("/api/v1/account-balances", [("account", code) for code in accounts])
        exchange.raise_for_failure()
        return {
            item["account"]: AccountBalance(Decimal(item["debit"]), Decimal(item["credit"]))
            for item in _items(exchange)
        }

    def entries_by_reference(self, posting_keys: Sequence[str]) -> dict[str, list[ErpEntry]]:
        found: dict[str, list[ErpEntry]] = {}
        for start in range(0, len(posting_keys), self.max_batch):
            exchange = self._by_reference(_PATHS[JOURNAL_POST], posting_keys[start : start + self.max_batch])
            exchange.raise_for_failure()
            for item in _items(exchange):
                found.setdefault(item["reference"], []).append(_entry(item))
        return found

    def close(self) -> None:
        self._http.close()

    def _post(self, operation: str, requests: Sequence[DeliveryRequest]) -> Sequence[DeliveryResult]:
        path = _path(operation)
        bodies = [{**request.payload, "reference": request.posting_key} for request in requests]
        if operation == JOURNAL_POST and len(requests) == 1:
            return [self._post_one(path, bodies[0], requests[0].posting_key)]
        exchange = self._http.write("POST", f"{path}/batch", bodies)
        if not exchange.ok:
            return [exchange.result()] * len(requests)
        items = _items(exchange)
        if len(items) != len(requests):
            return [self._unreadable(exchange)] * len(requests)
        return [self._item_result(item, exchange) for item in items]

    def _post_one(self, path: str, body: Mapping[str, Any], posting_key: str) -> DeliveryResult:
        exchange = self._http.write("POST", path, body, posting_key=posting_key)
        if (exchange.ok or exchange.outcome is Outcome.REJECTED) and isinstance(exchange.body, dict):
            return self._item_result(exchange.body, exchange)
        return exchange.result()

    def _item_result(self, item: Mapping[str, Any], exchange: Exchange) -> DeliveryResult:
        status = item.get("status")
        if status == 201:
            return DeliveryResult(
                Outcome.CONFIRMED,
                reference=item["number"],
                response=item,
                status=status,
                elapsed=exchange.elapsed,
            )
        code = verdict.remote_code(item)
        if not code:
            return self._unreadable(exchange)
        failure = refusal(code, system=self._system, subject=str(item.get("subject", "")))
        return DeliveryResult(Outcome.REJECTED, failure=failure, response=item, status=status, elapsed=exchange.elapsed)

    def _unreadable(self, exchange: Exchange) -> DeliveryResult:
        outcome, failure = self._unreadable_verdict(Effect.WRITE)
        return replace(exchange, outcome=outcome, failure=failure).result()

    def _look_up(self, operation: str, requests: Sequence[DeliveryRequest]) -> Sequence[DeliveryResult | None]:
        exchange = self._by_reference(_path(operation), [request.posting_key for request in requests])
        if not exchange.ok:
            return [exchange.result()] * len(requests)
        found: dict[str, Mapping[str, Any]] = {}
        for item in _items(exchange):
            found.setdefault(item["reference"], item)
        return [self._found(found.get(request.posting_key), exchange) for request in requests]

    def _found(self, item: Mapping[str, Any] | None, exchange: Exchange) -> DeliveryResult | None:
        if item is None:
            return None
        return DeliveryResult(
            Outcome.CONFIRMED,
            reference=item["number"],
            response=item,
            status=exchange.status,
            elapsed=exchange.elapsed,
        )

    def _by_reference(self, path: str, posting_keys: Sequence[str]) -> Exchange:
        return self._read(path, [("reference", key) for key in posting_keys])

    def _read(self, path: str, query: Query) -> Exchange:
        """GET a list. An answer that is none counts as no answer: a proxy's page must not read as "empty"."""
        exchange = self._http.read(path, query)
        if exchange.ok and not (isinstance(exchange.body, dict) and "items" in exchange.body):
            outcome, failure = self._unreadable_verdict(Effect.READ)
            return replace(exchange, outcome=outcome, failure=failure)
        return exchange

    def _unreadable_verdict(self, effect: Effect) -> verdict.Verdict:
        return verdict.lost("answer-unreadable", f"The answer of {self._system} cannot be read.", self._system, effect)


def _items(exchange: Exchange) -> list[dict[str, Any]]:
    items = exchange.body.get("items") if isinstance(exchange.body, dict) else None
    return items if isinstance(items, list) else []


def _path(operation: str) -> str:
    if operation not in _PATHS:
        raise unknown_operation(operation)
    return _PATHS[operation]


def _entry(item: Mapping[str, Any]) -> ErpEntry:
    return ErpEntry(
        number=item["number"],
        date=date.fromisoformat(item["date"]),
        total_debit=Decimal(item["total"]),
        lines=tuple(JournalLine.from_json(line) for line in item["lines"]),
    )
