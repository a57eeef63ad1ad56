"""S9, payers: what they are asked in real time, and 271, 277 and 278 back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from connectors.base import DeliveryRequest, SystemConfig
from connectors.formats.x12 import write_270
from connectors.payers.payloads import ELIGIBILITY, EligibilityInquiry, Member, Provider, as_payload
from connectors.sandbox import settings
from tests.connectors.contract.description import Description, Foreign, Inbound, Outbound
from tests.connectors.fixtures import PACKAGES
from tests.connectors.formats.x12.cast import interchange
from tests.connectors.formats.x12.inquiries import INQUIRY
from tests.connectors.processes import free_port, module_command, running

_COVERED = (PACKAGES / "payers" / "fixtures" / "coverage_active.271.x12").read_bytes()


@contextmanager
def _far_side(folder: Path) -> Iterator[int]:
    port = free_port()
    kept = ("--books", str(folder / "payers.sqlite"), "--claims", str(folder / "claims.jsonl"))
    with running(module_command("connectors.sandbox.payer_server", port, *kept), port):
        yield port


def _at(port: int) -> SystemConfig:
    return SystemConfig(
        code="payer-aetna",
        base_url=f"http://127.0.0.1:{port}/aetna",
        timeout=timedelta(seconds=5),
        options={"payer_id": "60054", "sender_id": "NORTHLAKE", "username": settings.PAYER_USER},
        secrets={"password": settings.PAYER_PASSWORD},
    )


def _request(number: int) -> DeliveryRequest:
    inquiry = EligibilityInquiry(
        trace=f"S{number}-E",
        member=Member(last="Archer", first="Alice", member_id="MEM0001", birth_date=date(1980, 2, 29), sex="F"),
        provider=Provider(name="Northlake Medical Center", npi="1999999984"),
        for_date=date(2026, 11, 23),
    )
    return DeliveryRequest(ELIGIBILITY, f"W2:S{number}:eligibility:1", as_payload(inquiry))


DESCRIPTION = Description(
    inbound=Inbound(
        system="payer-aetna",
        foreign={
            "transaction": Foreign(_COVERED.replace(b"ST*271*", b"ST*834*"), "no-answer"),
            "question": Foreign(write_270([INQUIRY], reference="S1-E", interchange=interchange()), "no-answer"),
        },
    ),
    outbound=Outbound(at=_at, request=_request, far_side=_far_side, wrong={"password": "guessed"}, question=True),
)
