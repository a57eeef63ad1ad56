"""Billing's webhooks to events: a visit's codes are final."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.event_bounds import bounded
from connectors.json_contract import JsonContract, moment, parse_json
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events import Event
from hub.core.events.coding import CodingCompleted

V1 = JsonContract("billing v1", Path(__file__).parent / "contracts" / "v1.json")
_CODED = "coding.completed"


def translate(message: Incoming) -> Iterator[Event]:
    """One event for one webhook. Raises DataFault for what breaks its contract, or is of none that we know."""
    document = parse_json(message.read())
    fields = document if isinstance(document, dict) else {}
    if fields.get("contractVersion") != "v1":
        raise DataFault(
            "unknown-contract-version",
            "The contract version is missing or is not v1.",
            cause=("contractVersion",),
            hint="Ask the sender which version this is; a new one needs a contract and a translator here.",
            subject={"expected": "v1"},
        )
    V1.check(document)
    if fields["type"] != _CODED:
        raise DataFault(
            "unknown-event-type",
            "/type is none of those that this connector knows.",
            cause=("billing v1", "/type"),
            hint=f"Expected {_CODED}; ask the sender to route others elsewhere, or add them to the connector.",
        )
    yield bounded(_coded(fields))


def _coded(fields: dict[str, Any]) -> CodingCompleted:
    codes, account = fields["codes"], fields["account"]
    return CodingCompleted(
        occurred_at=moment(fields["time"], "/time"),
        entity_key=account["number"],
        facility=fields["businessUnit"],
        account_number=account["number"],
        sequence=fields.get("revision"),
        visit_number=account.get("visit") or "",
        diagnoses=tuple(codes["diagnoses"]),
        procedures=tuple(codes.get("procedures", ())),
        drg=codes.get("drg") or "",
        discharge_status=fields.get("dischargeStatus") or "",
        admission_type=fields.get("admissionType") or "",
        coder=fields.get("coder") or "",
    )
