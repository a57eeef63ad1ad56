"""Signed webhooks of the sandbox group's scheduling system: booked appointments, no two alike."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from uuid import uuid4

from bench.load import post
from connectors.sandbox import settings as sandbox

_SECRET = base64.b64decode(sandbox.SCHEDULING_SECRET.removeprefix("whsec_"))


def signed(path: str, *, size: int = 0) -> Iterator[bytes]:
    """Requests without end; a `size` above the message's own pads its body to so many bytes.

    The signature is computed here and not by the library that the hub checks it with.
    """
    mark, padding = uuid4().hex[:10], max(0, size - len(body("A" * 10, 0)))
    number = 0
    while True:
        number += 1
        content = body(mark, number, padding)
        message_id, moment = f"msg_{mark}{number:08}", str(int(time.time()))
        digest = hmac.new(_SECRET, f"{message_id}.{moment}.".encode() + content, hashlib.sha256).digest()
        yield post(
            path,
            content,
            {
                "webhook-id": message_id,
                "webhook-timestamp": moment,
                "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
            },
        )


def body(mark: str, number: int, padding: int = 0) -> bytes:
    """One booked appointment at one of the clinics, in contract v1. Later versions of it may say more, so it may.

    Its visit has begun, so that nothing is left to prepare (W2): the naive pipeline beside it prepares nothing either.
    """
    fields = {
        "contract_version": "v1",
        "event": "appointment_booked",
        "occurred_at": "2026-11-20T15:00:00-06:00",
        "appointment_id": f"{mark}{number:08}",
        "clinic_code": f"nl-clinic-{1 + number % 4:02}",
        "department_code": "cardiology",
        "provider_code": "u-1001",
        "room": "",
        "payer_code": "aetna-ppo",
        "start_time": "2026-11-20T16:30:00-06:00",
        "duration_min": 30,
        "visit_type": "office",
        "account_number": f"A{mark}{number:08}",
        "patient_id": f"P{mark}{number:08}",
        "instructions": "",
    }
    fields["instructions"] = "x" * padding
    return json.dumps(fields).encode()
