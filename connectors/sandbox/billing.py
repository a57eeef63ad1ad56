"""The sandbox's billing system (S7): patient transactions and billing status behind a REST API.

    python -m connectors.sandbox.billing --port 9013 --books var/sandbox/billing.sqlite

Unlike the ERP it deduplicates: a PUT of the same posting key again has no second effect. `/_control/` is the
sandbox's back door: the accounts in figures, and faults on demand.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from connectors.sandbox.billing_books import BillingBooks, PaymentIn, ReadinessIn, StatusIn
from connectors.sandbox.faults import Faults, add_control
from connectors.sandbox.wsgi import Problem, Reply, Request, Router, WsgiApp, json_reply, require_secret, serve

# CLM01, which joins billing with its claims, holds 38 characters.
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,38}")


@dataclass(frozen=True)
class BillingOptions:
    """How one sandbox billing system runs. The defaults are for loopback."""

    books: Path
    api_key: str = "sandbox-billing-key"
    control_token: str = "sandbox-control"  # noqa: S105 (loopback default, overridden on the command line)
    requests_per_second: float = 0.0


class BillingServer:
    """The routes of the API, over one set of accounts."""

    def __init__(self, books: BillingBooks, faults: Faults, api_key: str) -> None:
        self._books = books
        self._faults = faults
        self._api_key = api_key

    def guard(self, request: Request) -> Reply | None:
        require_secret(self._api_key, request.header("X-Api-Key"))
        return None

    def put_payment(self, request: Request) -> Reply:
        account, reference = request.parts
        _check_account(account)
        if lost := self._faults.lose_request():
            return lost
        kept, inserted = self._books.put_payment(account, reference, request.decode(PaymentIn))
        return self._faults.after_commit(json_reply(kept, 201 if inserted else 200))

    def payment(self, request: Request) -> Reply:
        _, reference = request.parts
        return json_reply(self._books.payment(reference))

    def put_status(self, request: Request) -> Reply:
        (account,) = request.parts
        _check_account(account)
        if lost := self._faults.lose_request():
            return lost
        kept = self._books.put_status(account, request.decode(StatusIn))
        return self._faults.after_commit(json_reply(kept))

    def status(self, request: Request) -> Reply:
        """The newest status, or the change that `?reference=` names."""
        (account,) = request.parts
        references = request.query.get("reference")
        if references:
            return json_reply(self._books.status_change(references[0]))
        return json_reply(self._books.status(account))

    def put_readiness(self, request: Request) -> Reply:
        account, reference = request.parts
        _check_account(account)
        if lost := self._faults.lose_request():
            return lost
        kept = self._books.put_readiness(account, reference, request.decode(ReadinessIn))
        return self._faults.after_commit(json_reply(kept))

    def readiness(self, request: Request) -> Reply:
        _, reference = request.parts
        return json_reply(self._books.readiness(reference))

    def health(self, request: Request) -> Reply:
        return json_reply({"status": "up"})


def make_app(options: BillingOptions) -> WsgiApp:
    """The WSGI application over the accounts at `options.books`."""
    books = BillingBooks(options.books)
    faults = Faults(requests_per_second=options.requests_per_second)
    server = BillingServer(books, faults, options.api_key)
    router = Router(guards=[faults.guard, server.guard])
    router.add("PUT", "/api/v1/accounts/{account}/transactions/{reference*}", server.put_payment)
    router.add("GET", "/api/v1/accounts/{account}/transactions/{reference*}", server.payment)
    router.add("PUT", "/api/v1/accounts/{account}/status", server.put_status)
    router.add("GET", "/api/v1/accounts/{account}/status", server.status)
    router.add("PUT", "/api/v1/accounts/{account}/readiness/{reference*}", server.put_readiness)
    router.add("GET", "/api/v1/accounts/{account}/readiness/{reference*}", server.readiness)
    router.add("GET", "/api/v1/health", server.health)
    add_control(router, faults, books.summary, control_token=options.control_token)
    return router


def _check_account(account: str) -> None:
    if not _ACCOUNT.fullmatch(account):
        raise Problem(404, "unknown-account")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.billing", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--books", type=Path, required=True, help="SQLite file, made where it is missing")
    parser.add_argument("--api-key", default=BillingOptions.api_key)
    parser.add_argument("--control-token", default=BillingOptions.control_token)
    parser.add_argument("--requests-per-second", type=float, default=0.0, help="0 for no limit")
    given = parser.parse_args()
    options = BillingOptions(
        books=given.books,
        api_key=given.api_key,
        control_token=given.control_token,
        requests_per_second=given.requests_per_second,
    )
    serve(partial(make_app, options), host=given.host, port=given.port)


if __name__ == "__main__":
    main()
