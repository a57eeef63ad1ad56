"""The one mapping from what happened on the wire to what is known of the effect (`Outcome`, `Failure`).

The line that matters is between "nothing was sent" and "it was sent and nobody answered". The first may be
tried again as it is; the second may have taken effect and is read back before anything else.

| what happened                            | a write                    | a read             |
|------------------------------------------|----------------------------|--------------------|
| refused, DNS, TLS, no free connection    | FAILED, Transient          | the same           |
| no request can be made of the settings   | FAILED, ConfigurationFault | the same           |
| time-out or cut after sending            | UNCONFIRMED, Ambiguous     | FAILED, Transient  |
| 2xx                                      | CONFIRMED                  | CONFIRMED          |
| 408, 425, 429, 503 (`Retry-After` kept)  | FAILED, Transient          | the same           |
| 401, 403, 3xx, 404 and 405 without code  | FAILED, ConfigurationFault | the same           |
| other 4xx                                | REJECTED, BusinessRefusal  | the same           |
| other 5xx                                | UNCONFIRMED, Ambiguous     | FAILED, Transient  |

A 5xx after a write is unknown, not failed: the far side may have committed before it broke.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import httpx

from connectors.base import Outcome
from hub.core import clock
from hub.core.errors import Ambiguous, BusinessRefusal, ConfigurationFault, Failure, Transient

Verdict = tuple[Outcome, Failure | None]

# A far side that asks for more than a day of patience is misconfigured; the breaker takes over long before.
LONGEST_RETRY_AFTER = timedelta(days=1)

_TRY_LATER = frozenset({408, 425, 429, 503})
_NO_SUCH_ENDPOINT = frozenset({404, 405, 410})
_STABLE_CODE = re.compile(r"[A-Za-z][A-Za-z0-9._:-]{0,63}")

#: The code of a connection that broke in the middle of an exchange.
CUT = "connection-cut"


class Effect(StrEnum):
    """Whether a request changes anything at the far side."""

    READ = "read"
    WRITE = "write"


def of_answer(status: int, headers: Mapping[str, str], body: object, *, system: str, effect: Effect) -> Verdict:
    """What an answer means; `system` is the cause that folds its failures."""
    if 200 <= status < 300:
        return Outcome.CONFIRMED, None
    code = remote_code(body)
    if status in _TRY_LATER:
        return Outcome.FAILED, Transient(
            code or f"http-{status}",
            f"{system} cannot take it just now (HTTP {status}).",
            cause=(system,),
            retry_after=retry_after(headers),
        )
    if status in (401, 403):
        return Outcome.FAILED, ConfigurationFault(
            "credentials-refused",
            f"{system} does not let the hub in (HTTP {status}).",
            cause=(system,),
            hint="Check the credentials of this system and what they are allowed to do.",
        )
    if status < 400 or (status in _NO_SUCH_ENDPOINT and not code):
        return Outcome.FAILED, ConfigurationFault(
            "endpoint-missing",
            f"{system} does not answer at this address (HTTP {status}).",
            cause=(system,),
            hint="Check the base URL of this system.",
        )
    if status < 500:
        return Outcome.REJECTED, BusinessRefusal(
            code or f"http-{status}", f"{system} refused it (HTTP {status}).", cause=(system,)
        )
    return lost(f"http-{status}", f"{system} failed while it worked on it (HTTP {status}).", system, effect)


def of_silence(error: httpx.TransportError, *, system: str, effect: Effect) -> Verdict:
    """What it means that no whole answer came."""
    match error:
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return Outcome.FAILED, ConfigurationFault(
                "request-malformed",
                f"No request to {system} can be made of its address and credentials.",
                cause=(system,),
                hint="Check the base URL and the secrets of this system.",
            )
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError():
            return Outcome.FAILED, Transient(
                _why_unreachable(error), f"{system} cannot be reached; nothing was sent.", cause=(system,)
            )
        case httpx.TimeoutException():
            return lost("no-answer-in-time", f"{system} did not answer in time.", system, effect)
        case _:
            return lost(CUT, f"The connection to {system} was cut.", system, effect)


def lost(code: str, message: str, system: str, effect: Effect) -> Verdict:
    """It was sent and what came of it is unknown; harmless where it changes nothing."""
    if effect is Effect.READ:
        return Outcome.FAILED, Transient(code, message, cause=(system,))
    return Outcome.UNCONFIRMED, Ambiguous(code, message, cause=(system,))


def remote_code(body: object) -> str:
    """The far side's own stable code, from a problem document or the usual error envelopes; "" without one.

    Only what looks like a code is taken: free text may hold patient data and never becomes a cause.
    """
    if not isinstance(body, Mapping):
        return ""
    error: Any = body.get("error")
    candidates = (body.get("code"), error.get("code") if isinstance(error, Mapping) else error)
    for candidate in candidates:
        if isinstance(candidate, str) and _STABLE_CODE.fullmatch(candidate):
            return candidate
    return ""


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long the far side asks us to wait (RFC 9110 §10.2.3: seconds or an HTTP date)."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return timedelta(seconds=min(int(value), int(LONGEST_RETRY_AFTER.total_seconds())))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return min(max(_aware(moment) - clock.machine_now(), timedelta(0)), LONGEST_RETRY_AFTER)


def _aware(moment: datetime) -> datetime:
    # The obsolete asctime form carries no zone; RFC 9110 §5.6.7 says that it is UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _why_unreachable(error: BaseException) -> str:
    if isinstance(error, httpx.PoolTimeout):
        return "no-free-connection"
    if isinstance(error, httpx.ConnectTimeout):
        return "connect-timeout"
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLError):
            return "tls-failed"
        if isinstance(link, socket.gaierror):
            return "name-not-resolved"
        link = link.__cause__ or link.__context__
    return "connection-refused"
