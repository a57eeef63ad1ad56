"""Tryton's two doors: REST with an application key for reading, JSON-RPC with a session for writing.

Only JSON-RPC posts in batches; only REST lets a key in without a password check. The key is never sent as HTTP
Basic: it would work, and count as a failed sign-in each time until the door stays shut.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from connectors import verdict
from connectors.base import Outcome, SystemConfig
from connectors.erp_tryton import refusals
from connectors.http import Exchange, HttpClient
from connectors.http_auth import FixedHeader
from connectors.tryton_session import TrytonSession
from connectors.verdict import Effect

Domain = Sequence[object]


class TrytonWire:
    """Reads and writes of one Tryton database. Options: `database`, `company` (id), `user`.

    Secrets: `rest_key`, `password`.
    """

    def __init__(self, config: SystemConfig) -> None:
        self.system = config.code
        database = config.options.get("database", "tryton")
        self._rest_path = f"/{database}/rest/model"
        self._rpc_path = f"/{database}/rpc/"
        self._context = {"company": int(config.options.get("company", 1)), "language": "en"}
        self._rest = HttpClient(config, FixedHeader.bearer(config.secrets["rest_key"]))
        self._rpc = HttpClient(config, TrytonSession(config, self._rpc_path))

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        context: Mapping[str, object] | None = None,
        *,
        order: Sequence[Sequence[str]] = (),
    ) -> Exchange:
        """The records of `model` that match, as a list in `body`.

        A POST of the action `search_read` and not a GET: fifty posting keys do not fit into a URL.
        """
        merged = msgspec.json.encode({**self._context, **(context or {})})
        exchange = self._rest.exchange(
            "POST",
            f"{self._rest_path}/{model}/search_read",
            Effect.READ,
            body={"domain": domain, "fields_names": list(fields), "order": list(order) or None},
            headers={"X-Tryton-Context": base64.urlsafe_b64encode(merged).decode()},
        )
        if exchange.status == 500:
            return replace(exchange, outcome=Outcome.FAILED, failure=refusals.wrong_call(self.system))
        if exchange.ok and not isinstance(exchange.body, list):
            outcome, failure = verdict.lost(
                "answer-unreadable", f"The answer of {self.system} cannot be read.", self.system, Effect.READ
            )
            return replace(exchange, outcome=outcome, failure=failure)
        return exchange

    def call(self, method: str, *params: object) -> Exchange:
        """A write over JSON-RPC; what Tryton refused, it says with HTTP 200 and an `error`."""
        body = {"id": 1, "method": method, "params": [*params, self._context]}
        exchange = self._rpc.write("POST", self._rpc_path, body)
        if not exchange.ok:
            return exchange
        if not isinstance(exchange.body, dict) or not exchange.body.keys() & {"result", "error"}:
            outcome, failure = verdict.lost(
                "answer-unreadable", f"The answer of {self.system} cannot be read.", self.system, Effect.WRITE
            )
            return replace(exchange, outcome=outcome, failure=failure)
        if "error" not in exchange.body:
            return exchange
        refused, reason = refusals.of_rpc_error(exchange.body["error"], system=self.system)
        return replace(exchange, outcome=refused, failure=reason)

    def close(self) -> None:
        self._rest.close()
        self._rpc.close()


def decimal_json(amount: Decimal) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": str(amount)}


def date_json(day: date) -> dict[str, str | int]:
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


def decimal_of(value: Mapping[str, Any]) -> Decimal:
    return Decimal(value["decimal"])


def date_of(value: Mapping[str, Any]) -> date:
    return date(value["year"], value["month"], value["day"])
