"""Wire client of a payer: one X12 inquiry in a CORE envelope, answered on the spot.

An inquiry changes nothing there, and a 278 is recognized by its trace; so whatever is lost on the way is asked again,
and nothing is ever read back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors import verdict
from connectors.base import DeliveryRequest, DeliveryResult, Outcome, SystemConfig
from connectors.formats.core_envelope import (
    SUCCESS,
    UNAUTHORIZED,
    Envelope,
    EnvelopeError,
    pack,
    unpack,
)
from connectors.http import Content, Exchange, HttpClient
from connectors.payers.answers import reference_of, refusal_of
from connectors.payers.asking import Parties, Question, question
from connectors.verdict import Effect
from hub.core import clock
from hub.core.errors import BusinessRefusal, ConfigurationFault, Failure
from hub.core.ids import uuid7

#: CAQH CORE: a real-time answer comes within 20 seconds.
LONGEST = timedelta(seconds=20)
_PATH = "/core/realtime"


class PayerClient:
    """A payer as a `SystemClient`. Secret: `password`. Options: those of `Parties`, `username`, `path`."""

    max_batch = 1

    def __init__(self, config: SystemConfig) -> None:
        self._system = config.code
        self._parties = Parties.of(config.options, config.code)
        self._user = str(config.options.get("username", self._parties.sender_id))
        self._password = config.secrets.get("password", "")
        self._path = str(config.options.get("path", _PATH))
        self._http = HttpClient(replace(config, timeout=min(config.timeout, LONGEST)))

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        return [self._ask(request) for request in requests]

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Nothing to be found there: what was asked and not answered is asked again."""
        return [None] * len(requests)

    def probe(self) -> DeliveryResult:
        """An empty envelope: a payer that is up refuses it as empty, and one that does not know us says that."""
        exchange = self._exchange(self._envelope("X12_270_Request_005010X279A1", b"", clock.now()))
        try:
            answer = unpack(exchange.content.body, exchange.content.media_type)
        except EnvelopeError:
            return exchange.result()
        refused = self._refused(answer, exchange)
        if refused is not None and refused.outcome is Outcome.FAILED:
            return refused
        return DeliveryResult(Outcome.CONFIRMED, status=exchange.status, elapsed=exchange.elapsed)

    def close(self) -> None:
        self._http.close()

    def _ask(self, request: DeliveryRequest) -> DeliveryResult:
        created = clock.now()
        try:
            asked = question(
                request.operation, request.payload, self._parties, posting_key=request.posting_key, created=created
            )
        except Failure as failure:
            return DeliveryResult(Outcome.REJECTED, failure=failure)
        exchange = self._exchange(self._envelope(asked.payload_type, asked.content, created))
        try:
            answer = unpack(exchange.content.body, exchange.content.media_type)
        except EnvelopeError:
            return self._unreadable(exchange) if exchange.ok else _bare(exchange)
        return self._refused(answer, exchange) or self._answered(asked, answer, exchange)

    def _envelope(self, payload_type: str, content: bytes, created: datetime) -> Envelope:
        return Envelope(
            payload_type=payload_type,
            payload_id=str(uuid7()),
            time_stamp=f"{created:%Y-%m-%dT%H:%M:%SZ}",
            user_name=self._user,
            password=self._password,
            sender_id=self._parties.sender_id,
            receiver_id=self._parties.receiver_id,
            payload=content,
        )

    def _exchange(self, envelope: Envelope) -> Exchange:
        body, media_type = pack(envelope)
        return self._http.exchange(
            "POST", self._path, Effect.READ, body=Content(body, media_type), headers={"Accept": "multipart/form-data"}
        )

    def _refused(self, answer: Envelope, exchange: Exchange) -> DeliveryResult | None:
        """What an envelope that names an error means: our credentials, or something else of our envelope."""
        code = answer.error_code
        if code in ("", SUCCESS):
            return None
        failure: Failure
        if code == UNAUTHORIZED or exchange.status in (401, 403):
            failure = ConfigurationFault(
                "credentials-refused",
                f"{self._system} does not let the hub in.",
                cause=(self._system,),
                hint="Check the user name and password of this system.",
            )
            return _result(Outcome.FAILED, answer, exchange, failure)
        known = code if verdict.remote_code({"code": code}) else "envelope-refused"
        failure = BusinessRefusal(
            known, f"{self._system} refused the envelope ({known}).", cause=(self._system, known)
        )  # fmt: skip
        return _result(Outcome.REJECTED, answer, exchange, failure)

    def _answered(self, asked: Question, answer: Envelope, exchange: Exchange) -> DeliveryResult:
        """The envelope is in order: what is in it is the answer, or says why there is none."""
        if not exchange.ok:
            return _bare(exchange)
        if b"ISA" not in answer.payload[:16]:
            return self._unreadable(exchange)
        refused = refusal_of(answer.payload, asked.answered_by, self._system)
        if refused is not None:
            return _result(Outcome.REJECTED, answer, exchange, refused)
        confirmed = _result(Outcome.CONFIRMED, answer, exchange, None)
        return replace(confirmed, reference=reference_of(answer.payload), answer=answer.payload)

    def _unreadable(self, exchange: Exchange) -> DeliveryResult:
        outcome, failure = verdict.lost(
            "answer-unreadable", f"The answer of {self._system} cannot be read.", self._system, Effect.READ
        )
        return DeliveryResult(outcome, failure=failure, status=exchange.status, elapsed=exchange.elapsed)


def _bare(exchange: Exchange) -> DeliveryResult:
    """The result without the text of the answer, which may name the patient."""
    return DeliveryResult(
        exchange.outcome, failure=exchange.failure, status=exchange.status, elapsed=exchange.elapsed
    )  # fmt: skip


def _result(outcome: Outcome, answer: Envelope, exchange: Exchange, failure: Failure | None) -> DeliveryResult:
    said = {"payload_type": answer.payload_type, "payload_id": answer.payload_id, "error_code": answer.error_code}
    return DeliveryResult(outcome, failure=failure, response=said, status=exchange.status, elapsed=exchange.elapsed)
