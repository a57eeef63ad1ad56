"""What a sandbox server does wrong on demand: outage, latency, rate limit, lost answers, lost requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import msgspec

from connectors.sandbox.wsgi import Problem, Reply, Request, Router, json_reply, require_secret
from hub.core import clock


class FaultOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /_control/faults`; what is left out stays as it is.

    outage_seconds: answer 503 to everything for so long. outage_cut: instead of the 503, drop the connection.
    answers_lost: the next N writes commit, and the answer never comes (held for hold_seconds, or cut at once
    where that is 0). requests_lost: the next N writes are dropped before they have any effect.
    latency_ms: added to every request. requests_per_second: the rate limit, 0 for none.
    answers_garbled: the next N answers are nothing that anybody can read (servers that answer in X12).
    """

    outage_seconds: float | None = None
    outage_cut: bool | None = None
    answers_lost: int | None = None
    hold_seconds: float | None = None
    requests_lost: int | None = None
    latency_ms: float | None = None
    requests_per_second: float | None = None
    answers_garbled: int | None = None


class Faults:
    """The faults of one server, shared by its threads. They do not survive a restart."""

    def __init__(self, *, requests_per_second: float = 0.0) -> None:
        self._lock = Lock()
        self._outage_until: datetime | None = None
        self._outage_cut = False
        self._answers_lost = 0
        self._requests_lost = 0
        self._answers_garbled = 0
        self._hold = 0.0
        self._latency = 0.0
        self._rate = requests_per_second
        self._tokens = self._burst
        self._refilled = clock.machine_now()

    def order(self, order: FaultOrder) -> None:
        with self._lock:
            if order.outage_seconds is not None:
                self._outage_until = clock.machine_now() + timedelta(seconds=order.outage_seconds)
            if order.outage_cut is not None:
                self._outage_cut = order.outage_cut
            if order.answers_lost is not None:
                self._answers_lost = order.answers_lost
            if order.hold_seconds is not None:
                self._hold = order.hold_seconds
            if order.answers_garbled is not None:
                self._answers_garbled = order.answers_garbled
            if order.requests_lost is not None:
                self._requests_lost = order.requests_lost
            if order.latency_ms is not None:
                self._latency = order.latency_ms / 1000
            if order.requests_per_second is not None:
                self._rate = order.requests_per_second
                self._tokens = self._burst

    def guard(self, request: Request) -> Reply | None:
        """Outage, latency and rate limit, before the request is looked at."""
        if self._latency:
            time.sleep(self._latency)
        with self._lock:
            if self._outage_until is not None and clock.machine_now() < self._outage_until:
                return Reply(503, cut=True) if self._outage_cut else Problem(503, "maintenance").reply()
            self._take_token()
        return None

    def lose_request(self) -> Reply | None:
        """A cut for a write that is to get lost before it has any effect."""
        with self._lock:
            if self._requests_lost <= 0:
                return None
            self._requests_lost -= 1
        return Reply(200, cut=True)

    def after_commit(self, reply: Reply) -> Reply:
        """The answer to a write that took effect: itself, or one that the caller never gets."""
        with self._lock:
            if self._answers_lost <= 0:
                return reply
            self._answers_lost -= 1
            hold = self._hold
        time.sleep(hold)
        return Reply(reply.status, cut=True)

    def garble(self) -> bool:
        """Whether this answer is to be unreadable."""
        with self._lock:
            if self._answers_garbled <= 0:
                return False
            self._answers_garbled -= 1
        return True

    @property
    def _burst(self) -> float:
        """A second's worth may come at once."""
        return max(self._rate, 1.0)

    def _take_token(self) -> None:
        if not self._rate:
            return
        moment = clock.machine_now()
        self._tokens += (moment - self._refilled).total_seconds() * self._rate
        self._tokens = min(self._tokens, self._burst)
        self._refilled = moment
        if self._tokens < 1:
            # RFC 9110 §10.2.3 knows whole seconds only.
            raise Problem(429, "rate-limited", headers=(("Retry-After", "1"),))
        self._tokens -= 1


def add_control(
    router: Router, faults: Faults, summary: Callable[[], dict[str, Any]], *, control_token: str, under: str = ""
) -> None:
    """The sandbox's back door: `GET /_control/books` in figures, `POST /_control/faults`.

    A server that is several systems has one for each, `under` its name: `/_control/aetna/faults`.
    """

    def books(request: Request) -> Reply:
        require_secret(control_token, request.bearer)
        return json_reply(summary())

    def set_faults(request: Request) -> Reply:
        require_secret(control_token, request.bearer)
        faults.order(request.decode(FaultOrder))
        return json_reply({"accepted": True})

    router.add("GET", f"/_control{under}/books", books)
    router.add("POST", f"/_control{under}/faults", set_faults)
