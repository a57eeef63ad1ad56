"""The sandbox group's systems and feeds, as the hub is configured to reach them. Idempotent.

What an operator changed since (state, limits, names) stays; addresses and secrets follow the sandbox.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from connectors.models import Feed, Lane, System, Transport
from connectors.sandbox import group
from connectors.sandbox import settings as sandbox
from hub.core.sealing import seal_json

#: What follows the sandbox whenever it moves.
_ADDRESS: tuple[str, ...] = ("connector", "base_url", "options")
_LOOPBACK = "http://127.0.0.1"


def seed() -> None:
    """Write what is missing; called by `manage.py demo_seed`."""
    for row in _systems():
        secrets = row.pop("secrets", {})
        code = row.pop("code")
        reached: dict[str, Any] = {name: row.pop(name) for name in _ADDRESS if name in row}
        reached["sealed_secrets"] = seal_json(secrets) if secrets else None
        system, made = System.objects.get_or_create(code=code, defaults={**row, **reached})
        if not made:
            System.objects.filter(pk=system.pk).update(**reached)
        Lane.objects.get_or_create(system=system)
    for row in _feeds():
        code, secrets = row.pop("code"), row.pop("secrets", ())
        row["system"] = System.objects.get(code=row["system"])
        sealed = seal_json(list(secrets)) if secrets else None
        feed, made = Feed.objects.get_or_create(code=code, defaults={**row, "sealed_secrets": sealed})
        if not made:
            Feed.objects.filter(pk=feed.pk).update(options=row.get("options", {}), sealed_secrets=sealed)


def _systems() -> list[dict[str, Any]]:
    return [
        _erp(),
        {
            "code": "scheduling", "number": "S3", "name": "Scheduling", "connector": "scheduling_saas",
            "base_url": f"{_LOOPBACK}:{sandbox.scheduling_port()}", "timeout_seconds": 3,
            "secrets": {"api_key": sandbox.SCHEDULING_API_KEY},
        },
        {
            "code": "hospital-scheduling", "number": "S4", "name": "Hospital scheduling",
            "connector": "scheduling_legacy",
        },
        {"code": "ehr", "number": "S5", "name": "EHR", "connector": "ehr"},
        {"code": "lis", "number": "S6", "name": "Laboratory and radiology", "connector": "lis"},
        {
            "code": "billing", "number": "S7", "name": "Billing", "connector": "billing",
            "base_url": f"{_LOOPBACK}:{sandbox.billing_port()}", "timeout_seconds": 3,
            "secrets": {"api_key": "sandbox-billing-key"},
        },
        {
            "code": "clearinghouse", "number": "S8", "name": "Clearinghouse", "connector": "clearinghouse",
            "options": _sftp(), "timeout_seconds": 10, "max_concurrency": 1,
            "secrets": {"password": sandbox.SFTP_HUB_PASSWORD},
        },
        *_payers(),
        {"code": "gateway", "number": "S10", "name": "Payment gateway", "connector": "payment_gateway"},
    ]  # fmt: skip


def _payers() -> Iterator[dict[str, Any]]:
    """One system for each payer that can be asked; all of them answer on a feed of their own."""
    for payer in group.PAYERS:
        if not payer.real_time_system:
            continue
        yield {
            "code": payer.real_time_system, "number": "S9", "name": f"{payer.name} (payer)", "connector": "payers",
            "base_url": sandbox.payer_address(payer.code), "timeout_seconds": 20,
            "options": {
                "answers": payer.real_time_system, "payer_id": payer.payer_id, "payer_name": payer.name,
                "sender_id": "NORTHLAKE", "sender_name": "Northlake Regional Health",
                "username": sandbox.PAYER_USER, "originator": f"1{group.TAX_ID}",
            },
            "secrets": {"password": sandbox.PAYER_PASSWORD},
        }  # fmt: skip


def _erp() -> dict[str, Any]:
    """The sandbox's own ERP, or a real Tryton (`ERP=tryton`): one system either way."""
    address = f"{_LOOPBACK}:{sandbox.erp_port()}"
    if os.environ.get("ERP") == "tryton":
        from connectors.sandbox.tryton import hub_access  # only there when Tryton is asked for

        options, secrets = hub_access()
        return {
            "code": "erp", "number": "S2", "name": "ERP", "connector": "erp_tryton", "base_url": address,
            "options": options, "secrets": secrets, "timeout_seconds": 20, "max_concurrency": 1,
        }  # fmt: skip
    return {
        "code": "erp", "number": "S2", "name": "ERP", "connector": "erp_cloud", "base_url": address,
        "timeout_seconds": 3, "max_concurrency": 2,
        "secrets": {"client_id": "throughline", "client_secret": "sandbox-erp-secret"},
    }  # fmt: skip


def _sftp() -> dict[str, Any]:
    key = sandbox.host_key_file()
    return {
        "host": "127.0.0.1",
        "port": sandbox.sftp_port(),
        "username": sandbox.SFTP_HUB_USER,
        "host_keys": [key.read_text().strip()] if key.exists() else [],
        "inbound": sandbox.SFTP_INBOUND,
        "outbound": sandbox.SFTP_OUTBOUND,
        "submitter_id": "NORTHLAKE",
        "receiver_id": "CLRHOUSE",
    }


def _feeds() -> list[dict[str, Any]]:
    return [
        {
            "code": "scheduling", "system": "scheduling", "name": "Appointments", "transport": Transport.WEBHOOK,
            "contract": "scheduling", "secrets": (sandbox.SCHEDULING_SECRET,), "max_bytes": 65_536,
            "options": {"poll": {"every_seconds": 60, "silence_seconds": 5}},
        },
        {
            "code": "gateway", "system": "gateway", "name": "Payments", "transport": Transport.WEBHOOK,
            "contract": "gateway.event", "secrets": (sandbox.GATEWAY_SECRET,), "max_bytes": 262_144,
        },
        {
            "code": "billing", "system": "billing", "name": "Final codes", "transport": Transport.WEBHOOK,
            "contract": "billing", "secrets": (sandbox.BILLING_SECRET,), "max_bytes": 65_536,
        },
        {
            "code": "siu", "system": "hospital-scheduling", "name": "Hospital appointments (SIU)",
            "transport": Transport.MLLP, "contract": "hl7v2.siu", "options": {"accepts": ["SIU"]},
        },
        {
            "code": "ehr", "system": "ehr", "name": "Encounters, orders and charges (ADT, BAR, ORM, DFT, MFN)",
            "transport": Transport.MLLP, "contract": "hl7v2.adt-dft",
            "options": {"accepts": ["ADT", "BAR", "DFT", "MFN", "OMG", "ORM"]},
        },
        {
            "code": "lis", "system": "lis", "name": "Results and performed procedures (ORU)",
            "transport": Transport.MLLP, "contract": "hl7v2.oru",
            "options": {"accepts": ["OMG", "ORM", "ORU"], "senders": ["LIS", "RIS"]},
        },
        {
            "code": "clearinghouse", "system": "clearinghouse", "name": "Acknowledgements and remittances",
            "transport": Transport.FILES, "contract": "x12.005010", "max_bytes": 268_435_456,
        },
        *(
            {
                "code": payer.real_time_system, "system": payer.real_time_system, "name": f"Answers of {payer.name}",
                "transport": Transport.ANSWER, "contract": "x12.005010",
            }
            for payer in group.PAYERS
            if payer.real_time_system
        ),
    ]  # fmt: skip
