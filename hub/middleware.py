"""What stands before every request: the short way in for senders, and the content security policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve

INTAKE_PREFIX = "/in/"


class IntakeShortcut:
    """Lead senders straight to the intake view, past sessions, CSRF, messages and pages' headers.

    Senders prove themselves per message, so none of it applies, and it costs a tenth of the intake rate.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(INTAKE_PREFIX):
            return self.get_response(request)
        match = _resolve(request.path_info, settings.ROOT_URLCONF)
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response


@lru_cache(maxsize=256)
def _resolve(path: str, urlconf: str) -> ResolverMatch:
    """Few senders post to few addresses, again and again; an address that is none is not kept."""
    return resolve(path, urlconf)


class ContentSecurityPolicy(CSPMiddleware):
    """The strict policy everywhere but below /admin/, where Unfold's Alpine evaluates expressions."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith("/admin/") and not report_only:
            parts.update = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
        return parts


# Nothing but our own origin; `data:` images are the icons inside the style sheets.
STRICT_POLICY: dict[str, list[str]] = {
    "default-src": [SELF],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": [SELF],
    "frame-ancestors": ["'none'"],
}
