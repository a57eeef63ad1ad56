"""Errors as problem details (RFC 9457): one shape for everything that the API refuses.

`code` is stable and machine-readable; `errors` names the fields, where it was them; `hint` says what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from exceptions.errors import Changed
from hub.core.errors import Failure

MEDIA_TYPE = "application/problem+json"


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The handler that REST_FRAMEWORK names. Surprises are left to Django: they are defects, and are logged."""
    if isinstance(error, Failure):
        status = HTTPStatus.CONFLICT if isinstance(error, Changed) else HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(status, error.code, error.message, hint=error.hint)
    answered = exception_handler(error, dict(context))
    if answered is None:
        return None
    status = HTTPStatus(answered.status_code)
    fields = error.get_full_details() if isinstance(error, exceptions.ValidationError) else None
    made = problem(status, _code(error), _words(error, status), errors=_errors(fields))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in answered:
            made[name] = answered[name]
    return made


def problem(status: HTTPStatus, code: str, detail: str, *, hint: str = "", errors: Any = None) -> Response:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "code": code, "detail": detail}
    if hint:
        body["hint"] = hint
    if errors:
        body["errors"] = errors
    return Response(body, status=status.value, content_type=MEDIA_TYPE)


def _code(error: Exception) -> str:
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, PermissionDenied):
        return "permission_denied"
    codes = error.get_codes() if isinstance(error, exceptions.APIException) else "error"
    return codes if isinstance(codes, str) else "invalid"


def _words(error: Exception, status: HTTPStatus) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "Some fields or parameters are not as they must be."
    if isinstance(error, exceptions.APIException) and isinstance(error.detail, str):
        return str(error.detail)
    if isinstance(error, PermissionDenied) and str(error):
        return str(error)
    return {HTTPStatus.NOT_FOUND: "There is no such thing in your facilities."}.get(status, status.description)


def _errors(details: Any) -> list[dict[str, str]]:
    """`[{"field": "state", "code": "invalid_choice", "detail": "…"}]`, nested fields with dots."""
    return list(_flat(details, "")) if details else []


def _flat(details: Any, path: str) -> list[dict[str, str]]:
    if isinstance(details, Mapping) and {"message", "code"} == set(details):
        return [{"field": path, "code": str(details["code"]), "detail": str(details["message"])}]
    if isinstance(details, Mapping):
        items = [(f"{path}.{name}".strip("."), value) for name, value in details.items()]
    else:
        items = [(path, value) for value in details]
    return [error for name, value in items for error in _flat(value, name)]
