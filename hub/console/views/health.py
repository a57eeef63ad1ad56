"""`/healthz`: for load balancers and watchers. It says whether, never what or who."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hub.console.selectors.health import health


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while requests can be answered, 503 otherwise; late sweeps are said and do not take us out of service."""
    found = health()
    body = {
        "status": found.status,
        "database": found.database,
        "broker": found.broker,
        "sweep": found.sweep,
        "sweep_age_seconds": found.sweep_age_seconds,
    }
    return JsonResponse(body, status=200 if found.serving else 503)
