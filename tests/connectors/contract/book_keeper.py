"""The least far side that a client can be held to: it takes a PUT once per key, keeps it, and is asked for it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


class BookKeeper:
    """`PUT <prefix><key>` keeps and answers a number, `GET` of the same finds it, or 404 with the code `absent`."""

    def __init__(self, prefix: str, *, api_key: str, absent: str) -> None:
        self._prefix, self._api_key, self._absent = prefix, api_key, absent
        self._kept: dict[str, int] = {}
        self._lock = threading.Lock()
        keeper = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self._say(*keeper.answer(self.path, self.headers.get("X-Api-Key", ""), keep=True))

            def do_GET(self) -> None:
                self._say(*keeper.answer(self.path, self.headers.get("X-Api-Key", ""), keep=False))

            def _say(self, status: int, body: dict[str, Any]) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: tests tell what they expect by themselves."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that goes away in the middle is what the suite is about."""

        self._server = Server(("127.0.0.1", 0), Door)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path: str, api_key: str, *, keep: bool) -> tuple[int, dict[str, Any]]:
        if api_key != self._api_key:
            return 401, {"code": "wrong-key"}
        if not path.startswith(self._prefix):
            return 200, {"status": "up"}
        key = unquote(path.removeprefix(self._prefix))
        with self._lock:
            if keep:
                self._kept.setdefault(key, len(self._kept) + 1)
            number = self._kept.get(key)
        return (200, {"number": f"N{number}"}) if number else (404, {"code": self._absent})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
