"""The bare view of the intake figure, and the naive pipeline's way in."""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.http import HttpRequest, HttpResponse

from bench.plain.models import Inbox
from bench.plain.tasks import handle
from connectors.sandbox import settings as sandbox

_SECRET = base64.b64decode(sandbox.SCHEDULING_SECRET.removeprefix("whsec_"))


def bare(request: HttpRequest) -> HttpResponse:
    """Check the signature, insert one row, answer."""
    if not _is_signed(request):
        return HttpResponse(status=401)
    row = Inbox.objects.create(body=request.body)
    return HttpResponse(b'{"id": %d}' % row.pk, status=202, content_type="application/json")


def naive(request: HttpRequest) -> HttpResponse:
    """Insert one row and send a task for it."""
    row = Inbox.objects.create(body=request.body)
    handle.delay(row.pk)
    return HttpResponse(b'{"id": %d}' % row.pk, status=202, content_type="application/json")


def _is_signed(request: HttpRequest) -> bool:
    headers = request.headers
    signed = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + request.body
    expected = base64.b64encode(hmac.new(_SECRET, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(f"v1,{expected}", headers.get("webhook-signature", ""))
