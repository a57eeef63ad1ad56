"""The webhook door: `POST /in/v1/<feed>`."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from connectors import throttle
from connectors.intake import Flooded, Outcome, Receipt, receive
from connectors.models import Feed
from connectors.selectors import FeedInfo, feed
from hub.core.errors import Failure, FailureClass

JSON_TYPES = frozenset({"application/json", "application/cloudevents+json"})

#: Request headers that are kept with the message, as WSGI names them: those that say what it is and who signed it.
_KEPT = frozenset({"CONTENT_TYPE", "HTTP_USER_AGENT", "HTTP_STRIPE_SIGNATURE", "HTTP_TRACEPARENT"})
_KEPT_PREFIXES = ("HTTP_WEBHOOK_", "HTTP_X_")
_LONGEST_HEADER = 500


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
        return _slow_down()
    except Feed.DoesNotExist:
        return problem(HTTPStatus.NOT_FOUND, "unknown-feed", "There is no such feed.")
    except DatabaseError:
        # Nothing is acknowledged that is not committed; the connection is renewed before the sender's next try.
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-stored", "Not stored; send it again.", retry_after=1)


def _take(request: HttpRequest, info: FeedInfo) -> HttpResponse:
    refusal = _refusal(request, info)
    if refusal is not None:
        return refusal
    receipt = receive(info, body=request.body, headers=_headers(request), content_type=request.content_type or "")
    if receipt.failure is not None:
        return _refused(info, receipt, receipt.failure)
    status = HTTPStatus.OK if receipt.outcome is Outcome.DUPLICATE else HTTPStatus.ACCEPTED
    answer = msgspec.json.encode({"message_id": receipt.message_id, "outcome": receipt.outcome})
    # With its length the answer is one packet; without it the server sends it in chunks.
    headers = {"Content-Length": str(len(answer))}
    return HttpResponse(answer, status=status.value, content_type="application/json", headers=headers)


def _refusal(request: HttpRequest, info: FeedInfo) -> HttpResponse | None:
    """What is turned away before its body is read."""
    if info.connector.signed is False:
        return problem(HTTPStatus.NOT_FOUND, "unknown-feed", "There is no such feed.")
    if request.content_type not in JSON_TYPES:
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Send application/json.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > info.max_bytes:
        return problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "message-too-large",
            f"A message of this feed may have {info.max_bytes} bytes.",
        )
    if not throttle.may_send(info.code, info.rate_per_second):
        return _slow_down()
    return None


def _slow_down() -> HttpResponse:
    return problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-messages", "Slow down.", retry_after=1)


def _refused(info: FeedInfo, receipt: Receipt, failure: Failure) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if failure.failure_class is FailureClass.SECURITY:
        throttle.count_refusal(info.code)
        status = HTTPStatus.UNAUTHORIZED
    elif failure.code == "message-too-large":
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return problem(status, failure.code, failure.message, message_id=str(receipt.message_id))


def _headers(request: HttpRequest) -> dict[str, str]:
    return {
        _lower(name): value[:_LONGEST_HEADER]
        for name, value in request.META.items()
        if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }


def _lower(name: str) -> str:
    """`HTTP_WEBHOOK_ID` as `webhook-id`."""
    return name.removeprefix("HTTP_").replace("_", "-").lower()


def problem(
    status: HTTPStatus, code: str, detail: str, *, retry_after: int = 0, allow: str = "", **more: str
) -> HttpResponse:
    """A refusal as RFC 9457 problem details."""
    body = {"type": f"urn:throughline:problem:{code}", "title": status.phrase, "status": status.value, "detail": detail}
    response = HttpResponse(
        msgspec.json.encode({**body, **more}), status=status.value, content_type="application/problem+json"
    )
    if retry_after:
        response["Retry-After"] = str(retry_after)
    if allow:
        response["Allow"] = allow
    return response
