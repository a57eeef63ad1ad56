"""The pages that say no: bad request, refused, not found, broken, stale form. As a fragment to htmx."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hub.ui.pages import OutOfScope, is_htmx


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 400, "circle-alert", "That request makes no sense here", str(exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, OutOfScope):
        text = "It belongs to a facility outside your scope. Whoever manages access can widen it."
        return _problem(request, 403, "lock", "This is outside your facilities", text)
    text = str(exception) or "Your role does not include this. Whoever manages access can grant it."
    return _problem(request, 403, "lock", "You may not do this", text)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = "The address may be mistyped, or what it showed has been removed."
    return _problem(request, 404, "search-x", "There is nothing here", text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = "The page was open for long, or you signed in again elsewhere. Load it again; nothing was changed."
    return _problem(request, 403, "refresh-cw", "This form is no longer valid", text)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the shell: what broke may be the very thing that the shell needs."""
    text = "It is recorded, with what led to it. Try again in a moment; nothing was half-done."
    return _problem(request, 500, "triangle-alert", "Something broke on our side", text)


def _problem(request: HttpRequest, status: int, icon: str, title: str, text: str) -> HttpResponse:
    signed_in = status != 500 and getattr(request, "user", None) and request.user.is_authenticated
    if is_htmx(request):
        template = "ui/_problem.html"
    else:
        template = "ui/problem.html" if signed_in else "ui/problem_plain.html"
    context = {"title": title, "text": text, "icon": icon, "status": status}
    return render(request if status != 500 else None, template, context, status=status)
