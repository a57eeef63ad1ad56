"""Wire client of the billing system: patient payments and billing status, each a PUT under its posting key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from connectors import verdict
from connectors.base import DeliveryRequest, DeliveryResult, SystemConfig
from connectors.http import Exchange, HttpClient
from connectors.http_auth import FixedHeader
from connectors.verdict import Effect
from hub.core.errors import Defect

POST_PAYMENT = "billing.post_payment"
UPDATE_STATUS = "billing.update_status"
UPDATE_READINESS = "billing.update_readiness"
_NOTHING_THERE = frozenset({"no-such-transaction", "no-such-status", "no-such-readiness"})


class BillingClient:
    """Billing as a `SystemClient`. Secret: `api_key`.

    * `billing.post_payment`: {"account_number", "amount", "currency", "date", "method"}
    * `billing.update_status`: {"account_number", "status", "claim_number"}
    * `billing.update_readiness`: {"account_number", "status", "service_date", "payer", "coverage",
      "authorization_number", "patient_share", "currency"}
    """

    max_batch = 1

    def __init__(self, config: SystemConfig) -> None:
        self._system = config.code
        self._http = HttpClient(config, FixedHeader("X-Api-Key", config.secrets["api_key"]))

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        return [self._put(request) for request in requests]

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        return [self._look_up(request) for request in requests]

    def probe(self) -> DeliveryResult:
        return self._http.read("/api/v1/health").result()

    def close(self) -> None:
        self._http.close()

    def _put(self, request: DeliveryRequest) -> DeliveryResult:
        payload = {name: value for name, value in request.payload.items() if name != "account_number"}
        if request.operation == UPDATE_STATUS:
            payload["reference"] = request.posting_key
        return self._result(
            self._http.write("PUT", _path(request), payload, posting_key=request.posting_key), Effect.WRITE
        )

    def _look_up(self, request: DeliveryRequest) -> DeliveryResult | None:
        query = [("reference", request.posting_key)] if request.operation == UPDATE_STATUS else []
        exchange = self._http.read(_path(request), query)
        if exchange.status == 404 and exchange.failure and exchange.failure.code in _NOTHING_THERE:
            return None
        return self._result(exchange, Effect.READ)

    def _result(self, exchange: Exchange, effect: Effect) -> DeliveryResult:
        """With billing's own number. An answer without one is a proxy's page, say, and confirms nothing."""
        number = exchange.body.get("number") if isinstance(exchange.body, dict) else None
        if exchange.ok and not number:
            words = f"The answer of {self._system} cannot be read."
            outcome, failure = verdict.lost("answer-unreadable", words, self._system, effect)
            return replace(exchange, outcome=outcome, failure=failure).result()
        return exchange.result(str(number or ""))


def _path(request: DeliveryRequest) -> str:
    account = f"/api/v1/accounts/{quote(str(request.payload['account_number']), safe='')}"
    match request.operation:
        case "billing.post_payment":
            return f"{account}/transactions/{quote(request.posting_key, safe='')}"
        case "billing.update_status":
            return f"{account}/status"
        case "billing.update_readiness":
            return f"{account}/readiness/{quote(request.posting_key, safe='')}"
        case unknown:
            raise Defect("unknown-operation", f"Billing knows no operation {unknown}.", cause=(unknown,))
