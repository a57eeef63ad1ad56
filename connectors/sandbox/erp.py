"""The sandbox's cloud ERP: strict books behind a REST API, with faults on demand.

    python -m connectors.sandbox.erp --port 9012 --books var/sandbox/erp.sqlite

Wants OAuth 2.0 client credentials, limits the request rate, refuses what is unbalanced, unknown or in a
closed period, and does not deduplicate. `/_control/` is the sandbox's back door: the books in figures, and
the faults.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from connectors.sandbox import chart
from connectors.sandbox.erp_books import Books
from connectors.sandbox.erp_rules import EntryIn, PlanIn, Rules
from connectors.sandbox.faults import Faults, add_control
from connectors.sandbox.wsgi import (
    Problem,
    Reply,
    Request,
    Router,
    WsgiApp,
    json_reply,
    require_secret,
    serve,
)
from hub.core import clock

LARGEST_BATCH = 100
_Item = TypeVar("_Item")
_Checked = TypeVar("_Checked")


@dataclass(frozen=True)
class ErpOptions:
    """How one sandbox ERP runs. The defaults are for loopback."""

    books: Path
    client_id: str = "throughline"
    client_secret: str = "sandbox-erp-secret"  # noqa: S105 (loopback default, overridden on the command line)
    control_token: str = "sandbox-control"  # noqa: S105
    token_life: timedelta = timedelta(minutes=15)
    requests_per_second: float = 200.0


class PeriodOrder(msgspec.Struct):
    """The body of `POST /_control/periods`."""

    period: str
    open: bool


class Tokens:
    """Bearer tokens handed out by this process; a restart forgets them, and clients ask again."""

    def __init__(self, options: ErpOptions) -> None:
        self._options = options
        self._lock = Lock()
        self._ends: dict[str, datetime] = {}

    def issue(self, request: Request) -> Reply:
        """RFC 6749 §4.4, with the client in HTTP Basic or in the form."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        if form.get("grant_type") != "client_credentials":
            return json_reply({"error": "unsupported_grant_type"}, 400)
        client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        try:
            require_secret(f"{self._options.client_id}:{self._options.client_secret}", f"{client_id}:{secret}")
        except Problem:
            return json_reply({"error": "invalid_client"}, 401)
        token = secrets.token_urlsafe(24)
        now = clock.machine_now()
        with self._lock:
            self._ends = {kept: ends for kept, ends in self._ends.items() if ends > now}
            self._ends[token] = now + self._options.token_life
        life = int(self._options.token_life.total_seconds())
        return json_reply({"access_token": token, "token_type": "Bearer", "expires_in": life})

    def guard(self, request: Request) -> Reply | None:
        if request.path == "/oauth/token":
            return None
        ends = self._ends.get(request.bearer)
        if ends is None or ends <= clock.machine_now():
            raise Problem(401, "token-invalid", headers=(("WWW-Authenticate", "Bearer"),))
        return None


class ErpServer:
    """The routes of the API, over one set of books."""

    def __init__(self, books: Books, faults: Faults) -> None:
        self._books = books
        self._rules = Rules(books.open_periods)
        self._faults = faults

    def post_entry(self, request: Request) -> Reply:
        if lost := self._faults.lose_request():
            return lost
        [result] = self._post([request.body], EntryIn, self._rules.check_entry, self._books.post_entries)
        return self._faults.after_commit(json_reply(result, result["status"]))

    def post_entries(self, request: Request) -> Reply:
        return self._batch(request, EntryIn, self._rules.check_entry, self._books.post_entries)

    def post_plans(self, request: Request) -> Reply:
        return self._batch(request, PlanIn, self._rules.check_plan, self._books.post_plans)

    def entries(self, request: Request) -> Reply:
        return json_reply({"items": self._books.entries(_references(request))})

    def plans(self, request: Request) -> Reply:
        return json_reply({"items": self._books.plans(_references(request))})

    def balances(self, request: Request) -> Reply:
        return json_reply({"items": self._books.balances(request.query.get("account", []))})

    def accounts(self, request: Request) -> Reply:
        return json_reply({"items": self._books.accounts()})

    def cost_centers(self, request: Request) -> Reply:
        return json_reply({"items": [{"code": c, "name": n} for c, n in chart.COST_CENTERS.items()]})

    def periods(self, request: Request) -> Reply:
        return json_reply({"items": self._books.periods()})

    def status(self, request: Request) -> Reply:
        return json_reply({"enterprise": chart.ENTERPRISE, "currency": chart.CURRENCY})

    def _batch(
        self,
        request: Request,
        shape: type[_Item],
        check: Callable[[_Item], _Checked],
        post: Callable[[Sequence[_Checked]], list[str]],
    ) -> Reply:
        if lost := self._faults.lose_request():
            return lost
        items = request.decode(list[msgspec.Raw])
        if not 0 < len(items) <= LARGEST_BATCH:
            raise Problem(400, "batch-size")
        return self._faults.after_commit(json_reply({"items": self._post(items, shape, check, post)}))

    def _post(
        self,
        items: Sequence[bytes | msgspec.Raw],
        shape: type[_Item],
        check: Callable[[_Item], _Checked],
        post: Callable[[Sequence[_Checked]], list[str]],
    ) -> list[dict[str, Any]]:
        """One result an item, in order: what stands up is posted in one transaction, the rest is refused."""
        results: list[dict[str, Any]] = []
        good: list[tuple[dict[str, Any], _Checked]] = []
        for item in items:
            result: dict[str, Any] = {}
            results.append(result)
            try:
                good.append((result, check(msgspec.json.decode(item, type=shape))))
            except msgspec.DecodeError:
                result.update(Problem(422, "malformed").as_dict())
            except Problem as problem:
                result.update(problem.as_dict())
        for (result, _), number in zip(good, post([checked for _, checked in good]), strict=True):
            result.update(status=201, number=number)
        return results


def make_app(options: ErpOptions) -> WsgiApp:
    """The WSGI application over the books at `options.books`."""
    books = Books(options.books)
    faults = Faults(requests_per_second=options.requests_per_second)
    tokens = Tokens(options)
    server = ErpServer(books, faults)
    router = Router(guards=[faults.guard, tokens.guard])
    router.add("POST", "/oauth/token", tokens.issue)
    router.add("POST", "/api/v1/journal-entries", server.post_entry)
    router.add("POST", "/api/v1/journal-entries/batch", server.post_entries)
    router.add("GET", "/api/v1/journal-entries", server.entries)
    router.add("POST", "/api/v1/plan-entries/batch", server.post_plans)
    router.add("GET", "/api/v1/plan-entries", server.plans)
    router.add("GET", "/api/v1/account-balances", server.balances)
    router.add("GET", "/api/v1/accounts", server.accounts)
    router.add("GET", "/api/v1/cost-centers", server.cost_centers)
    router.add("GET", "/api/v1/periods", server.periods)
    router.add("GET", "/api/v1/status", server.status)

    def set_period(request: Request) -> Reply:
        require_secret(options.control_token, request.bearer)
        order = request.decode(PeriodOrder)
        books.set_period(order.period, is_open=order.open)
        return json_reply({"accepted": True})

    router.add("POST", "/_control/periods", set_period)
    add_control(router, faults, books.summary, control_token=options.control_token)
    return router


def _references(request: Request) -> list[str]:
    references = request.query.get("reference", [])
    if not 0 < len(references) <= LARGEST_BATCH:
        raise Problem(400, "reference-count")
    return references


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.header("Authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client_id, secret


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.erp", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--books", type=Path, required=True, help="SQLite file, made where it is missing")
    parser.add_argument("--client-id", default=ErpOptions.client_id)
    parser.add_argument("--client-secret", default=ErpOptions.client_secret)
    parser.add_argument("--control-token", default=ErpOptions.control_token)
    parser.add_argument("--token-seconds", type=float, default=900.0)
    parser.add_argument("--requests-per-second", type=float, default=200.0, help="0 for no limit")
    given = parser.parse_args()
    options = ErpOptions(
        books=given.books,
        client_id=given.client_id,
        client_secret=given.client_secret,
        control_token=given.control_token,
        token_life=timedelta(seconds=given.token_seconds),
        requests_per_second=given.requests_per_second,
    )
    serve(partial(make_app, options), host=given.host, port=given.port)


if __name__ == "__main__":
    main()
