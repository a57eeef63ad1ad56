"""The sandbox's payers (S9) over HTTP: X12 inquiries in CORE envelopes, answered at once.

    python -m connectors.sandbox.payer_server --port 8104 --books var/sandbox/payers.sqlite

One process is every payer of the group: `POST /{payer}/core/realtime`, with the payer's code in lower case. A 278 is
recognized by its trace; claims are those that the clearinghouse has taken. `/_control/{payer}/` is the back door: what
the payer was asked, and faults on demand.
"""

from __future__ import annotations

import argparse
import hmac
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from connectors.formats.core_envelope import (
    ENVELOPE_ERROR,
    REAL_TIME,
    SUCCESS,
    UNAUTHORIZED,
    Envelope,
    EnvelopeError,
    pack,
    unpack,
)
from connectors.sandbox import group, settings
from connectors.sandbox.claims_kept import ClaimShelf
from connectors.sandbox.faults import Faults, add_control
from connectors.sandbox.payer_books import PayerBooks
from connectors.sandbox.payer_desk import Desk
from connectors.sandbox.wsgi import Problem, Reply, Request, Router, WsgiApp, json_reply, serve
from hub.core import clock
from hub.core.ids import uuid7

_GARBLED = b"\x16\x03\x01 upstream connect error\r\n"


@dataclass(frozen=True)
class PayerOptions:
    """How the sandbox's payers run. The defaults are for loopback."""

    books: Path
    claims: Path
    user_name: str = settings.PAYER_USER
    password: str = settings.PAYER_PASSWORD
    control_token: str = settings.CONTROL_TOKEN


class PayerServer:
    """One payer's front door: it looks at the envelope and hands what is in it to the desk."""

    def __init__(self, payer: group.Payer, books: PayerBooks, options: PayerOptions, faults: Faults) -> None:
        self._payer = payer
        self._desk = Desk(payer, books, ClaimShelf(options.claims))
        self._options = options
        self._faults = faults

    def real_time(self, request: Request) -> Reply:
        if early := self._faults.guard(request):
            return early
        try:
            asked = unpack(request.body, str(request.environ.get("CONTENT_TYPE", "")))
        except EnvelopeError:
            raise Problem(400, "no-envelope") from None
        if lost := self._faults.lose_request():
            return lost
        answer = self._answer(asked)
        if self._faults.garble():
            return Reply(200, _GARBLED, (("Content-Type", "text/html"),))
        body, media_type = pack(answer)
        return self._faults.after_commit(Reply(200, body, (("Content-Type", media_type),)))

    def health(self, request: Request) -> Reply:
        return json_reply({"status": "up", "payer": self._payer.payer_id})

    def _answer(self, asked: Envelope) -> Envelope:
        answer = Envelope(
            payload_type=ENVELOPE_ERROR,
            payload_id=str(uuid7()),
            time_stamp=f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
            sender_id=self._payer.payer_id,
            receiver_id=asked.sender_id,
            error_code=self._complaint(asked),
        )
        if answer.error_code != SUCCESS:
            return replace(answer, error_message="The envelope was refused.")
        decided = self._desk.answer(asked.payload)
        return replace(answer, payload_type=decided.payload_type, payload=decided.content)

    def _complaint(self, asked: Envelope) -> str:
        """The error code of the CORE rule; `Success` where there is nothing to complain of."""
        known = hmac.compare_digest(asked.user_name.encode(), self._options.user_name.encode())
        proved = hmac.compare_digest(asked.password.encode(), self._options.password.encode())
        if not (known and proved):
            return UNAUTHORIZED
        if asked.processing_mode != REAL_TIME:
            return "ProcessingModeIllegal"
        if asked.receiver_id != self._payer.payer_id:
            return "ReceiverIDIllegal"
        return SUCCESS if asked.payload else "PayloadRequired"


def make_app(options: PayerOptions) -> WsgiApp:
    """The WSGI application of all payers, over the books at `options.books`."""
    books = PayerBooks(options.books)
    router = Router()
    for payer in group.PAYERS:
        if not payer.payer_id:
            continue
        faults, name = Faults(), f"/{payer.code.lower()}"
        server = PayerServer(payer, books, options, faults)
        router.add("POST", f"{name}/core/realtime", server.real_time)
        router.add("GET", f"{name}/health", server.health)
        summary = partial(books.summary, payer.code)
        add_control(router, faults, summary, control_token=options.control_token, under=name)
    return router


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.payer_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=settings.payer_port())
    parser.add_argument("--books", type=Path, required=True, help="SQLite file, made where it is missing")
    parser.add_argument("--claims", type=Path, required=True, help="the claims that the clearinghouse has taken")
    given = parser.parse_args()
    serve(partial(make_app, PayerOptions(given.books, given.claims)), host=given.host, port=given.port)


if __name__ == "__main__":
    main()
