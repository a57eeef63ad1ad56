"""As much of a FHIR server as polling meets: search by time, pages with links, a bearer token, and its bad days."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "small-token"


class SmallFhir:
    """What the server holds, by place (`Patient/1`), and what it was asked. `status` other than 200 is its answer
    to everything; without `links` it pages like a server that knows none."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}/r4"
        self.resources: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.status = 200
        self.links = True

    def put(self, resource: dict[str, Any], at: str, version: str = "1") -> None:
        place = f"{resource['resourceType']}/{resource['id']}"
        self.resources[place] = {**resource, "meta": {"versionId": version, "lastUpdated": at}}

    def answer(self, target: str, token: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(target)
        url = urlsplit(target)
        path = url.path.removeprefix("/r4/")
        if token != f"Bearer {TOKEN}":
            return 401, {}
        if self.status != 200:
            return self.status, {}
        if "/" in path:
            found = self.resources.get(path)
            return (200, found) if found else (404, {"resourceType": "OperationOutcome"})
        return 200, self._search(path, {name: values[0] for name, values in parse_qs(url.query).items()})

    def _search(self, kind: str, query: dict[str, str]) -> dict[str, Any]:
        found = [one for one in self.resources.values() if one["resourceType"] == kind]
        if since := query.get("_lastUpdated"):
            found = [one for one in found if _time(one) >= datetime.fromisoformat(since.removeprefix("ge"))]
        if patient := query.get("beneficiary"):
            found = [one for one in found if one["beneficiary"]["reference"] == patient]
        found.sort(key=_time)
        start, size = int(query.get("page", 0)), int(query.get("_count", 50))
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
        bundle["entry"] = [{"resource": one, "search": {"mode": "match"}} for one in found[start : start + size]]
        if self.links and start + size < len(found):
            following = urlencode({**query, "page": start + size})
            bundle["link"] = [{"relation": "next", "url": f"{self.base}/{kind}?{following}"}]
        return bundle


def _time(resource: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(resource["meta"]["lastUpdated"])


@contextmanager
def small_fhir() -> Iterator[SmallFhir]:
    """A running server; it ends with the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = held.answer(self.path, self.headers.get("Authorization", ""))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what is asked is in `asked`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        held = SmallFhir(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield held
        server.shutdown()
        thread.join()
