"""The webhook door: `POST /in/v1/<feed>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

import msgspec
import structlog
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from connectors import throttle
from connectors.intake import Flooded, Outcome, Receipt, receive, too_large
from connectors.models import Feed, Transport
from connectors.polling import ask
from connectors.selectors import FeedInfo, feed
from connectors.translation import NOTIFIED
from hub.core.errors import Failure, FailureClass

_log = structlog.get_logger(__name__)

JSON_TYPES = frozenset({"application/json", "application/cloudevents+json", "application/fhir+json"})

#: Request headers that are kept with the message, as WSGI names them: those that say what it is and who signed it.
_KEPT = frozenset({"CONTENT_TYPE", "HTTP_USER_AGENT", "HTTP_STRIPE_SIGNATURE", "HTTP_TRACEPARENT"})
_KEPT_PREFIXES = ("HTTP_WEBHOOK_", "HTTP_X_")
#: What senders and proxies put their credentials into is not kept, whatever else the name says.
_CREDENTIALS = ("AUTH", "COOKIE", "CREDENTIAL", "KEY", "PASSWORD", "SECRET", "TOKEN")
_MOST_HEADERS = 32
_LONGEST_HEADER = 500
#: What is wrong on our side although the sender cannot be proved: it is to try again later.
_OUR_FAULT = frozenset({"webhook-secret-malformed"})


class _Incomplete(Exception):
    """The sender hung up before the end of the body."""


@csrf_exempt
def webhook(request: HttpRequest, code: str) -> HttpResponse:
    """202 with the message id once it is committed; 200 with the first id for a repetition."""
    try:
        if request.method != "POST":
            return problem(
                HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", "Send messages with POST.", allow="POST"
            )
        return _take(request, feed(code))
    except Flooded:
        return problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-messages", "Slow down.", retry_after=1)
    except _Incomplete:
        return problem(HTTPStatus.BAD_REQUEST, "incomplete", "The body ended before its stated length.")
    except Feed.DoesNotExist:
        return no_feed(request)
    except DatabaseError as error:
        # Nothing is acknowledged that is not committed; the connection is renewed before the sender's next try.
        _log.warning("a message could not be stored", feed=code, error=type(error).__name__)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-stored", "Not stored; send it again.", retry_after=1)


@csrf_exempt
def no_feed(request: HttpRequest, path: str = "") -> HttpResponse:
    """Whatever lies below /in/ and is no feed."""
    return problem(HTTPStatus.NOT_FOUND, "unknown-feed", "There is no such feed.")


def _take(request: HttpRequest, info: FeedInfo) -> HttpResponse:
    if not info.connector.signed:
        return no_feed(request)
    if request.content_type not in JSON_TYPES and not _is_ping(request, info):
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Send application/json.")
    body = _body(request, info.max_bytes)
    if body is None:
        # Nobody is proven yet, so it is turned away and not kept.
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "message-too-large", too_large(info).message)
    receipt = receive(
        info,
        body=body,
        headers=_headers(request) | _door(info),
        content_type=request.content_type or "",
        credentials={"authorization": request.META.get("HTTP_AUTHORIZATION", "")},
    )
    if receipt.failure is not None:
        return _refused(info, receipt, receipt.failure)
    if info.transport == Transport.POLL:
        ask(info)
    status = HTTPStatus.OK if receipt.outcome is Outcome.DUPLICATE else HTTPStatus.ACCEPTED
    return _answer(status, {"message_id": receipt.message_id, "outcome": receipt.outcome}, "application/json")


def _is_ping(request: HttpRequest, info: FeedInfo) -> bool:
    """A feed that is polled may be told without a word that there is something new."""
    return info.transport == Transport.POLL and not int(request.META.get("CONTENT_LENGTH") or 0)


def _door(info: FeedInfo) -> dict[str, str]:
    """What comes to a polled feed by this door is a notification: its translator reads it as one."""
    return {NOTIFIED: "webhook"} if info.transport == Transport.POLL else {}


def _answer(status: HTTPStatus, fields: Mapping[str, object], content_type: str) -> HttpResponse:
    """JSON with its length: it goes out in one packet, where the server would else send it in chunks."""
    content = msgspec.json.encode(fields)
    headers = {"Content-Length": str(len(content))}
    return HttpResponse(content, status=status.value, content_type=content_type, headers=headers)


def _body(request: HttpRequest, limit: int) -> bytes | None:
    """The whole body; None where it is longer than `limit`, by its stated length or by what came.

    Django itself takes a body without a stated length for an empty one.
    """
    stated = request.META.get("CONTENT_LENGTH") or ""
    if not stated and request.META.get("wsgi.input_terminated"):
        body = _read(request.META["wsgi.input"].read, limit + 1)
        return body if len(body) <= limit else None
    length = int(stated) if stated.isdecimal() else 0
    if length > limit:
        return None
    body = _read(request.read, length)
    if len(body) < length:
        raise _Incomplete
    return body


def _read(read: Callable[[int], bytes], most: int) -> bytes:
    """Up to `most` bytes. Raises _Incomplete where the connection breaks."""
    pieces = []
    try:
        while most > 0 and (piece := read(most)):
            pieces.append(piece)
            most -= len(piece)
    except OSError as error:
        raise _Incomplete from error
    return b"".join(pieces)


def _refused(info: FeedInfo, receipt: Receipt, failure: Failure) -> HttpResponse:
    message_id = str(receipt.message_id)
    if failure.failure_class is not FailureClass.SECURITY:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, failure.code, failure.message, message_id=message_id)
    throttle.count_refusal(info.code)
    if failure.code in _OUR_FAULT:
        words = "The signature cannot be checked just now; send it again."
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-verifiable", words, retry_after=60, message_id=message_id)
    return problem(HTTPStatus.UNAUTHORIZED, failure.code, failure.message, message_id=message_id)


def _headers(request: HttpRequest) -> dict[str, str]:
    wanted = [name for name in request.META if name in _KEPT or name.startswith(_KEPT_PREFIXES)]
    harmless = [name for name in wanted if not any(word in name for word in _CREDENTIALS)]
    # Where there are too many, those that nobody standardized go.
    harmless.sort(key=lambda name: name.startswith("HTTP_X_"))
    return {_lower(name): request.META[name][:_LONGEST_HEADER] for name in harmless[:_MOST_HEADERS]}


def _lower(name: str) -> str:
    """`HTTP_WEBHOOK_ID` as `webhook-id`."""
    return name.removeprefix("HTTP_").replace("_", "-").lower()


def problem(
    status: HTTPStatus, code: str, detail: str, *, retry_after: int = 0, allow: str = "", **more: str
) -> HttpResponse:
    """A refusal as RFC 9457 problem details."""
    kind = f"urn:throughline:problem:{code}"
    fields = {"type": kind, "title": status.phrase, "status": status.value, "detail": detail, **more}
    response = _answer(status, fields, "application/problem+json")
    if retry_after:
        response["Retry-After"] = str(retry_after)
    if allow:
        response["Allow"] = allow
    return response
