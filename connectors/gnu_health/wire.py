"""Reading over Tryton 7.0's JSON-RPC, with a session that is opened again when the server has forgotten it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import httpx
import msgspec

from connectors.base import SystemConfig
from connectors.http import HttpClient
from connectors.http_body import post
from connectors.verdict import Effect
from hub.core.errors import ConfigurationFault, Transient


class Session:
    """Signs in with `options["user"]` and the secret `password`."""

    def __init__(self, config: SystemConfig, path: str) -> None:
        self._system = config.code
        self._path = path
        self._user = str(config.options.get("user", "hub"))
        self._password = config.secrets["password"]
        self._lock = Lock()
        self._headers: dict[str, str] = {}

    def headers(self, http: httpx.Client) -> Mapping[str, str]:
        with self._lock:
            if not self._headers:
                self._headers = {"Authorization": f"Session {self._sign_in(http)}"}
            return self._headers

    def refused(self, headers: Mapping[str, str]) -> bool:
        with self._lock:
            if headers is self._headers:
                self._headers = {}
        return True

    def _sign_in(self, http: httpx.Client) -> str:
        body = {"id": 0, "method": "common.db.login", "params": [self._user, {"password": self._password}]}
        try:
            reply, content = post(http, self._path, json=body)
        except httpx.TransportError as error:
            raise self._unavailable() from error
        if reply.status_code in (401, 403, 429):
            # 429 comes after too many wrong passwords: trying on would only keep the door shut.
            raise ConfigurationFault(
                "credentials-refused",
                f"{self._system} does not let the hub's user in (HTTP {reply.status_code}).",
                cause=(self._system,),
                hint="Check the user and the password of this system.",
            )
        try:
            user_id, token = msgspec.json.decode(content)["result"][:2]
        except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            raise self._unavailable() from error
        return base64.b64encode(f"{self._user}:{user_id}:{token}".encode()).decode()

    def _unavailable(self) -> Transient:
        words = f"{self._system} opened no session; nothing was asked."
        return Transient("session-unavailable", words, cause=(self._system,))


class Wire:
    """One database of a GNU Health server. Options: `database`, `user`. Secret: `password`."""

    def __init__(self, config: SystemConfig) -> None:
        self.system = config.code
        self._path = f"/{config.options['database']}/"
        self._http = HttpClient(config, Session(config, self._path))

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
