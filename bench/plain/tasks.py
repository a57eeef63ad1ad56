"""The naive pipeline's task: two look-ups, one posting, one update, and none of the guarantees."""

from __future__ import annotations

import json
from functools import cache

import httpx
from django.utils import timezone

from bench.plain.models import Code, Inbox
from bench.plain.worker import app
from connectors.sandbox import settings as sandbox


@app.task
def handle(row_id: int) -> None:
    row = Inbox.objects.get(pk=row_id)
    message = json.loads(bytes(row.body))
    facility = Code.objects.get(domain="facility", local=message["clinic_code"]).canonical
    department = Code.objects.get(domain="department", local=message["department_code"]).canonical
    entry = {
        "reference": message["appointment_id"],
        "date": message["start_time"][:10],
        "currency": "USD",
        "account": "9001",
        "cost_center": f"CC-{facility}-{department}",
        "amount": "234.00",
        "description": "Visit revenue expected",
    }
    reply = _erp().post("/api/v1/plan-entries/batch", json=[entry])
    item = reply.raise_for_status().json()["items"][0]
    row.reference, row.done_at = item["number"], timezone.now()
    row.save(update_fields=["reference", "done_at"])


@cache
def _erp() -> httpx.Client:
    """One client a worker process, its connection kept and its token asked for once."""
    client = httpx.Client(base_url=f"http://127.0.0.1:{sandbox.erp_port()}")
    token = client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=("throughline", "sandbox-erp-secret")
    )
    client.headers["Authorization"] = f"Bearer {token.raise_for_status().json()['access_token']}"
    return client
