"""How the hub proves itself to a system over HTTP. Secrets stay in here; they reach no log and no repr."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

import httpx
import msgspec

from connectors import verdict
from connectors.http_body import post
from hub.core import clock
from hub.core.errors import ConfigurationFault, Failure, Transient

# A token is replaced this long before it ends, so that none expires on its way to the far side.
_RENEW_BEFORE = timedelta(seconds=20)
# RFC 6749 §5.1 leaves `expires_in` optional; without it the token is asked for again after this long.
_UNSTATED_LIFE = timedelta(minutes=5)


class Credentials(Protocol):
    """What goes into the headers of each request."""

    def headers(self, http: httpx.Client) -> Mapping[str, str]:
        """The headers that prove us. Raises Failure where they cannot be had; nothing was sent then."""

    def refused(self, headers: Mapping[str, str]) -> bool:
        """The far side answered 401 to these headers. True where asking for new ones may help."""


class FixedHeader:
    """A secret that is sent as it is: an API key, or a bearer token handed out by hand."""

    def __init__(self, name: str, value: str) -> None:
        self._headers = {name: value}

    @classmethod
    def bearer(cls, token: str) -> FixedHeader:
        return cls("Authorization", f"Bearer {token}")

    def headers(self, http: httpx.Client) -> Mapping[str, str]:
        return self._headers

    def refused(self, headers: Mapping[str, str]) -> bool:
        return False


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int = int(_UNSTATED_LIFE.total_seconds())


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749 §4.4): one token shared by all threads, renewed when it ends."""

    def __init__(self, *, system: str, token_url: str, client_id: str, client_secret: str) -> None:
        self._system = system
        self._token_url = token_url
        self._basic = httpx.BasicAuth(client_id, client_secret)
        self._lock = Lock()
        self._headers: dict[str, str] = {}
        self._ends: datetime | None = None

    def headers(self, http: httpx.Client) -> Mapping[str, str]:
        with self._lock:
            if self._ends is None or clock.machine_now() >= self._ends:
                self._fetch(http)
            return self._headers

    def refused(self, headers: Mapping[str, str]) -> bool:
        with self._lock:
            # Another thread may have renewed it meanwhile: then only this request used the old one.
            if headers is self._headers:
                self._ends = None
        return True

    def _fetch(self, http: httpx.Client) -> None:
        asked = clock.machine_now()
        try:
            reply, content = post(http, self._token_url, data={"grant_type": "client_credentials"}, auth=self._basic)
        except httpx.TransportError as error:
            raise self._unavailable() from error
        if not reply.is_success:
            raise self._refusal(reply)
        try:
            token = msgspec.json.decode(content, type=_Token)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unavailable() from error
        self._headers = {"Authorization": f"Bearer {token.access_token}"}
        life = timedelta(seconds=token.expires_in)
        self._ends = asked + max(life - _RENEW_BEFORE, life / 2)

    def _refusal(self, reply: httpx.Response) -> Failure:
        # RFC 6749 §5.2: wrong client credentials are answered with 400 or 401.
        if reply.status_code in (400, 401, 403):
            return ConfigurationFault(
                "credentials-refused",
                f"{self._system} refused the hub's client credentials (HTTP {reply.status_code}).",
                cause=(self._system,),
                hint="Check the client id and secret of this system.",
            )
        _, failure = verdict.of_answer(
            reply.status_code, reply.headers, None, system=self._system, effect=verdict.Effect.READ
        )
        return failure or self._unavailable()

    def _unavailable(self) -> Failure:
        return Transient(
            "token-unavailable",
            f"{self._system} gave no access token; nothing was sent.",
            cause=(self._system,),
        )
