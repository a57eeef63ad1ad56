"""The sandbox's SaaS scheduling (S3) as its customers read it back: the REST side of what it sends as webhooks.

    python -m connectors.sandbox.scheduling_server --port 9015 --books var/sandbox/scheduling.sqlite

`GET /api/v1/appointments?updated_since=` pages through the changes; each carries the webhook that was sent for it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from connectors.sandbox import settings
from connectors.sandbox.faults import Faults, add_control
from connectors.sandbox.scheduling_books import SchedulingBooks
from connectors.sandbox.wsgi import Problem, Reply, Request, Router, WsgiApp, json_reply, require_secret, serve

_MOST = 100


@dataclass(frozen=True)
class SchedulingOptions:
    """How one sandbox scheduling server runs. The defaults are for loopback."""

    books: Path
    api_key: str = settings.SCHEDULING_API_KEY
    control_token: str = settings.CONTROL_TOKEN


class SchedulingServer:
    """The routes of the API, over one set of changes."""

    def __init__(self, books: SchedulingBooks, api_key: str) -> None:
        self._books = books
        self._api_key = api_key

    def guard(self, request: Request) -> Reply | None:
        require_secret(self._api_key, request.bearer)
        return None

    def appointments(self, request: Request) -> Reply:
        limit = min(_number(request, "limit", _MOST), _MOST)
        rows = self._books.since(_moment(request), _number(request, "cursor", 0), limit)
        items = [
            {"webhook_id": row.webhook_id, "updated_at": row.updated_at.isoformat(), "payload": row.payload}
            for row in rows
        ]
        return json_reply({"items": items, "next": str(rows[-1].number) if len(rows) == limit else None})

    def health(self, request: Request) -> Reply:
        return json_reply({"status": "up"})


def make_app(options: SchedulingOptions) -> WsgiApp:
    """The WSGI application over the changes at `options.books`."""
    books = SchedulingBooks(options.books)
    faults = Faults()
    server = SchedulingServer(books, options.api_key)
    router = Router(guards=[faults.guard, server.guard])
    router.add("GET", "/api/v1/appointments", server.appointments)
    router.add("GET", "/api/v1/health", server.health)
    add_control(router, faults, books.summary, control_token=options.control_token)
    return router


def _moment(request: Request) -> datetime | None:
    values = request.query.get("updated_since")
    if not values:
        return None
    try:
        moment = datetime.fromisoformat(values[0])
    except ValueError as error:
        raise Problem(422, "malformed", subject="updated_since") from error
    if moment.tzinfo is None:
        raise Problem(422, "malformed", subject="updated_since")
    return moment


def _number(request: Request, name: str, default: int) -> int:
    values = request.query.get(name)
    if not values:
        return default
    if not values[0].isdecimal():
        raise Problem(422, "malformed", subject=name)
    return int(values[0])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.scheduling_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--books", type=Path, required=True, help="SQLite file, made where it is missing")
    arguments = parser.parse_args()
    serve(partial(make_app, SchedulingOptions(arguments.books)), host=arguments.host, port=arguments.port)


if __name__ == "__main__":
    main()
