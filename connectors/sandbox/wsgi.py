"""The little web framework of the sandbox's REST servers: routes over WSGI, under granian.

One worker process with threads: the books have one writer anyway, and a hospital group's load fits into it.
"""

from __future__ import annotations

import ctypes
import hmac
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

StartResponse = Callable[[str, list[tuple[str, str]]], object]
_Body = TypeVar("_Body")
WsgiApp = Callable[[Mapping[str, Any], StartResponse], Iterable[bytes]]

# Enough for a few answers that are being held back on purpose beside the ones that are not.
_THREADS = 24
_LARGEST_BODY_BYTES = 8 * 1024 * 1024
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    environ: Mapping[str, Any]
    parts: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        """The request's body, read once by whoever asks first."""
        if int(self.environ.get("CONTENT_LENGTH") or 0) > _LARGEST_BODY_BYTES:
            raise Problem(413, "too-large")
        content: bytes = self.environ["wsgi.input"].read()
        return content

    def decode(self, shape: type[_Body]) -> _Body:
        """The body as `shape`. Raises Problem 422 for one that does not fit."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.DecodeError as error:
            raise Problem(422, "malformed") from error

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.environ.get("QUERY_STRING", ""))

    def header(self, name: str) -> str:
        value: str = self.environ.get("HTTP_" + name.upper().replace("-", "_"), "")
        return value

    @property
    def bearer(self) -> str:
        scheme, _, token = self.header("Authorization").partition(" ")
        return token if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """`cut` sends the head and then drops the connection: the caller cannot know what became of it."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    cut: bool = False


class Problem(Exception):
    """A refusal as a problem document (RFC 9457) with a stable code; `subject` is the refused value."""

    def __init__(self, status: int, code: str, *, subject: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.subject = subject
        self.headers = headers

    def as_dict(self) -> dict[str, object]:
        title = self.code.replace("-", " ").capitalize()
        document = {"type": "about:blank", "title": title, "status": self.status, "code": self.code}
        return {**document, "subject": self.subject} if self.subject else document

    def reply(self) -> Reply:
        headers = (("Content-Type", "application/problem+json"), *self.headers)
        return Reply(self.status, msgspec.json.encode(self.as_dict()), headers)


def json_reply(body: object, status: int = 200) -> Reply:
    return Reply(status, msgspec.json.encode(body))


Handler = Callable[[Request], Reply]
Guard = Callable[[Request], Reply | None]


@dataclass(slots=True)
class Router:
    """`guards` run before every route outside `/_control/`; the first reply ends the request."""

    guards: list[Guard] = field(default_factory=list)
    _exact: dict[tuple[str, str], Handler] = field(default_factory=dict)
    _patterned: list[tuple[str, re.Pattern[str], Handler]] = field(default_factory=list)

    def add(self, method: str, path: str, handler: Handler) -> None:
        """`path` may have parts in braces; they arrive in `Request.parts`. `{name*}` takes slashes too.

        WSGI hands the path over decoded, so an encoded slash in a part cannot be told from a real one.
        """
        if "{" not in path:
            self._exact[method, path] = handler
            return
        pattern = re.compile(re.sub(r"\{\w+\}", "([^/]+)", re.sub(r"\{\w+\*\}", "(.+)", path)))
        self._patterned.append((method, pattern, handler))

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ)
        try:
            reply = self._answer(request)
        except Problem as problem:
            reply = problem.reply()
        if not reply.cut:
            start_response(_status_line(reply.status), list(reply.headers))
            return [reply.body]
        start_response(_status_line(reply.status), [*reply.headers, ("Content-Length", "1024")])
        return _cut_off()

    def _answer(self, request: Request) -> Reply:
        if not request.path.startswith("/_control/"):
            for guard in self.guards:
                if early := guard(request):
                    return early
        if handler := self._exact.get((request.method, request.path)):
            return handler(request)
        for method, pattern, handler in self._patterned:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handler(Request(request.method, request.path, request.environ, tuple(match.groups())))
        raise Problem(404, "no-such-resource")


def require_secret(expected: str, given: str) -> None:
    """Raises Problem 401 unless the secrets are equal, compared in constant time."""
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Problem(401, "credentials-refused")


def serve(make_app: Callable[[], WsgiApp], *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. `make_app` runs in the worker process, and must be picklable."""
    server = Server(
        "app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        websockets=False,
        log_level=LogLevels.critical,
    )
    server.serve(target_loader=partial(_load, make_app), wrap_loader=False)


def _load(make_app: Callable[[], WsgiApp]) -> WsgiApp:
    _die_with_parent()
    return make_app()


def _die_with_parent() -> None:
    """Leave no orphan on the port when the parent is killed without a chance to stop us (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _cut_off() -> Iterator[bytes]:
    yield b'{"'
    raise ConnectionAbortedError("cut on demand")
