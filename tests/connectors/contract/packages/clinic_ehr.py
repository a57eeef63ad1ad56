"""S5 of a clinic, an EHR that speaks FHIR R4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from connectors.base import DeliveryRequest, SystemConfig
from connectors.clinic_ehr import authenticity
from connectors.clinic_ehr.client import CREATE
from tests.connectors.contract.description import Description, Foreign, Inbound, Outbound
from tests.connectors.fixtures import PACKAGES
from tests.support.fhir_server import TOKEN, fhir_server

_BOOKED = (PACKAGES / "clinic_ehr" / "fixtures" / "booked.appointment.json").read_bytes()
_CODES = "https://codes.example"
_BASE = "/fhir/R4"


def _sign(body: bytes, number: str, secret: str, at: datetime) -> Mapping[str, str]:
    """The version of a resource is its number; no moment is signed, since a repeated notification does no harm."""
    return {"x-signature": authenticity.sign(body, secret), "content-location": f"Appointment/{number}/_history/1"}


@contextmanager
def _far_side(folder: Path) -> Iterator[int]:
    with fhir_server() as address:
        yield urlsplit(address).port or 80


def _at(port: int) -> SystemConfig:
    return SystemConfig(
        "clinic-ehr", f"http://127.0.0.1:{port}{_BASE}", timeout=timedelta(seconds=5), secrets={"token": TOKEN}
    )


def _request(number: int) -> DeliveryRequest:
    resource = {"resourceType": "Basic", "code": {"coding": [{"system": _CODES, "code": "notice"}]}}
    return DeliveryRequest(CREATE, f"W2:S{number}:eligibility", {"resource": resource})


DESCRIPTION = Description(
    inbound=Inbound(
        system="clinic-ehr",
        foreign={
            "resource": Foreign(_BOOKED.replace(b'"Appointment"', b'"AppointmentDream"'), "fhir-not-r4"),
        },
        facility="willow-clinic",
        same_number=lambda body: body + b" ",
        sign=_sign,
        secret="shared-with-the-clinic",
        dated=False,
    ),
    outbound=Outbound(at=_at, request=_request, far_side=_far_side, wrong={"token": "guessed"}),
)
