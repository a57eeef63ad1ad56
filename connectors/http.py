"""Pooled HTTP for wire clients: time-outs, keep-alive, identity, and one `Exchange` for whatever happened.

A client built on this never sees an httpx exception and never asks what a status means: `connectors.verdict`
has said so already.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import msgspec

from connectors import verdict
from connectors.base import DeliveryResult, Outcome, SystemConfig
from connectors.http_auth import Credentials
from connectors.http_body import whole_body
from connectors.verdict import Effect
from hub.core import clock
from hub.core.errors import Failure

USER_AGENT = "Throughline/0.1"

# A peer that needs longer than this to accept a connection is down for our purposes.
_LONGEST_CONNECT_SECONDS = 5.0
# Below the idle limit of common servers (a minute), so that we close first: a request written into a
# connection that the far side is closing has an unknown outcome.
_KEEPALIVE_SECONDS = 15.0
_KEPT_TEXT_CHARACTERS = 2000
_DECODE = msgspec.json.Decoder().decode
_EXACT = msgspec.json.Decoder(float_hook=Decimal).decode

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Content:
    """A body that is not JSON, and its media type with parameters."""

    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it.

    `status` is None where no whole answer came. `body` is the parsed JSON, None where there is none; `text`
    is the beginning of an answer that is not JSON (an error page). `content` is the answer as it came.
    """

    outcome: Outcome
    failure: Failure | None = None
    status: int | None = None
    body: Any = None
    text: str = ""
    elapsed: timedelta = timedelta(0)
    content: Content = field(default=Content(b"", ""), repr=False)

    @property
    def ok(self) -> bool:
        return self.outcome is Outcome.CONFIRMED

    def raise_for_failure(self) -> None:
        """For reads that have no result to put the failure into."""
        if self.failure is not None:
            raise self.failure

    def result(self, reference: str = "") -> DeliveryResult:
        """This exchange as the result of one delivery."""
        return DeliveryResult(
            outcome=self.outcome,
            reference=reference,
            failure=self.failure,
            response=self.response(),
            status=self.status,
            elapsed=self.elapsed,
        )

    def response(self) -> Mapping[str, Any]:
        """What the far side said, as the plain JSON object that is kept with a delivery."""
        if isinstance(self.body, dict):
            return self.body
        if self.body is not None:
            return {"body": self.body}
        return {"text": self.text} if self.text else {}


class HttpClient:
    """One system's connections. Threads may share it.

    Options read from `config.options`: `pool_size` (connections, default 8), `ca_file` (the far side's own
    certificate authority), `proxy` (URL; the environment's proxies are not used).
    """

    def __init__(self, config: SystemConfig, credentials: Credentials | None = None, *, exact: bool = False) -> None:
        """`exact` reads numbers with a point as Decimal: for answers that hold amounts as JSON numbers."""
        self.system = config.code
        self._decode = _EXACT if exact else _DECODE
        self._credentials = credentials
        self._limit = config.timeout
        seconds = config.timeout.total_seconds()
        pool_size = int(config.options.get("pool_size", 8))
        ca_file = config.options.get("ca_file")
        self._http = httpx.Client(
            base_url=config.base_url,
            timeout=httpx.Timeout(seconds, connect=min(seconds, _LONGEST_CONNECT_SECONDS)),
            limits=httpx.Limits(
                max_connections=pool_size,
                max_keepalive_connections=pool_size,
                keepalive_expiry=_KEEPALIVE_SECONDS,
            ),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"},
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
            proxy=config.options.get("proxy"),
            trust_env=False,
        )

    def read(self, path: str, query: Query = (), *, headers: Mapping[str, str] | None = None) -> Exchange:
        """GET `path`; a lost answer costs nothing but the answer.

        Asks once more where the connection was cut: the far side may have closed a pooled one just as we took it.
        """
        exchange = self.exchange("GET", path, Effect.READ, query=query, headers=headers)
        if exchange.failure is not None and exchange.failure.code == verdict.CUT:
            exchange = self.exchange("GET", path, Effect.READ, query=query, headers=headers)
        return exchange

    def write(
        self,
        method: str,
        path: str,
        body: object,
        *,
        posting_key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Send `body` as JSON. `posting_key` goes along as `Idempotency-Key`."""
        named = dict(headers or {})
        if posting_key:
            # A header carries ASCII only; keys made of senders' account numbers may not be.
            named["Idempotency-Key"] = posting_key.encode("ascii", "backslashreplace").decode()
        return self.exchange(method, path, Effect.WRITE, body=body, headers=named)

    def exchange(
        self,
        method: str,
        path: str,
        effect: Effect,
        *,
        query: Query = (),
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """One request, and one more where a renewed token may cure a 401 (nothing happened there then).

        `body` is sent as JSON, unless it is a `Content`, which is sent as it is.
        """
        request_headers = dict(headers or {})
        content = None
        if isinstance(body, Content):
            content = body.body
            request_headers["Content-Type"] = body.media_type
        elif body is not None:
            content = msgspec.json.encode(body)
            request_headers["Content-Type"] = "application/json"
        build = partial(self._http.build_request, method, path, params=list(query) or None, content=content)
        exchange, proof = self._attempt(build, request_headers, effect)
        if exchange.status == 401 and self._credentials and self._credentials.refused(proof):
            exchange, _ = self._attempt(build, request_headers, effect)
        return exchange

    def close(self) -> None:
        self._http.close()

    def _attempt(
        self, build: Callable[..., httpx.Request], headers: Mapping[str, str], effect: Effect
    ) -> tuple[Exchange, Mapping[str, str]]:
        started = clock.machine_now()
        try:
            proof = self._credentials.headers(self._http) if self._credentials else {}
        except Failure as failure:
            return Exchange(Outcome.FAILED, failure, elapsed=clock.machine_now() - started), {}
        return self._send(build(headers={**headers, **proof}), effect, started), proof

    def _send(self, request: httpx.Request, effect: Effect, started: datetime) -> Exchange:
        try:
            reply = self._http.send(request, stream=True)
            try:
                content = whole_body(reply, self._limit, started)
            finally:
                reply.close()
        except httpx.TransportError as error:
            outcome, failure = verdict.of_silence(error, system=self.system, effect=effect)
            return Exchange(outcome, failure, elapsed=clock.machine_now() - started)
        except httpx.DecodingError:
            outcome, failure = verdict.lost(
                "answer-unreadable", f"The answer of {self.system} cannot be read.", self.system, effect
            )
            return Exchange(outcome, failure, elapsed=clock.machine_now() - started)
        body, text = self._parsed(content)
        outcome, failure = verdict.of_answer(reply.status_code, reply.headers, body, system=self.system, effect=effect)
        whole = Content(content, reply.headers.get("content-type", ""))
        return Exchange(outcome, failure, reply.status_code, body, text, clock.machine_now() - started, whole)

    def _parsed(self, content: bytes) -> tuple[Any, str]:
        if not content:
            return None, ""
        try:
            return self._decode(content), ""
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None, content.decode("utf-8", "replace")[:_KEPT_TEXT_CHARACTERS]
