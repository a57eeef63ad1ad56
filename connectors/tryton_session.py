"""The session of a Tryton server, 7 or 8: an ERP and a hospital information system are let in the same way."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from threading import Lock

import httpx
import msgspec

from connectors.base import SystemConfig
from connectors.http_body import post
from hub.core.errors import ConfigurationFault, Transient


class TrytonSession:
    """Signs in over JSON-RPC and keeps the session; signs in again when the server has forgotten it.

    Option: `user`. Secret: `password`. `path` is the JSON-RPC address of the database.
    """

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
        return Transient(
            "session-unavailable", f"{self._system} opened no session; nothing was sent.", cause=(self._system,)
        )
