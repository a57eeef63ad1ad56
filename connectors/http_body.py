"""Reading an answer's body with an end in sight."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx

from hub.core import clock

# No answer of a system that takes single deliveries is larger; a bigger one is a wrong address.
_LARGEST_ANSWER_BYTES = 32 * 1024 * 1024


def whole_body(reply: httpx.Response, limit: timedelta, started: datetime) -> bytes:
    """The whole body of a streamed answer. A peer that drips bytes, or never stops, counts as one that did not answer.

    `limit` is the patience for one exchange. Raises httpx.TransportError and httpx.DecodingError.
    """
    content = bytearray()
    for chunk in reply.iter_bytes():
        content += chunk
        if len(content) > _LARGEST_ANSWER_BYTES:
            raise httpx.ReadError("the answer does not end")
        if clock.machine_now() - started > 2 * limit:
            raise httpx.ReadTimeout("the answer comes too slowly")
    return bytes(content)


def post(http: httpx.Client, url: str, **request: object) -> tuple[httpx.Response, bytes]:
    """One POST and the body of its answer, read with the client's own patience. For credentials.

    Raises httpx.TransportError where no answer came, or none that can be read.
    """
    started = clock.machine_now()
    limit = timedelta(seconds=http.timeout.read or 0)
    try:
        with http.stream("POST", url, **request) as reply:  # type: ignore[arg-type]
            return reply, whole_body(reply, limit, started)
    except httpx.DecodingError as error:
        raise httpx.ReadError("the answer cannot be decoded") from error
