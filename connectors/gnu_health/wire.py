"""Reading over Tryton 7.0's JSON-RPC, with a session that is opened again when the server has forgotten it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.base import SystemConfig
from connectors.http import HttpClient
from connectors.tryton_session import TrytonSession
from connectors.verdict import Effect
from hub.core.errors import ConfigurationFault


class Wire:
    """One database of a GNU Health server. Options: `database`, `user`. Secret: `password`."""

    def __init__(self, config: SystemConfig) -> None:
        self.system = config.code
        self._path = f"/{config.options['database']}/"
        self._http = HttpClient(config, TrytonSession(config, self._path))

    def search_read(
        self, model: str, domain: Sequence[object], order: Sequence[Sequence[str]], fields: Sequence[str], page: range
    ) -> list[dict[str, Any]]:
        """The records of `model` that match, from place `page.start` to before `page.stop` of their order."""
        limit = page.stop - page.start
        parameters = [domain, page.start, limit, order, list(fields), {"language": "en"}]
        body = {"id": 1, "method": f"model.{model}.search_read", "params": parameters}
        exchange = self._http.exchange("POST", self._path, Effect.READ, body=body)
        exchange.raise_for_failure()
        answer = exchange.body if isinstance(exchange.body, dict) else {}
        if isinstance(answer.get("result"), list):
            return list(answer["result"])
        # What it refuses it says with HTTP 200; only the call itself, or our user's rights, can be wrong with a read.
        raise ConfigurationFault(
            "read-refused",
            f"{self.system} does not let the hub read {model}.",
            cause=(self.system, model),
            hint="Check the rights of the hub's user, and that the module health is activated.",
        )

    def close(self) -> None:
        self._http.close()
