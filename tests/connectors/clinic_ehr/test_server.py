"""Against a FHIR server that nobody here wrote: read, told of, written to, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from connectors.base import DeliveryRequest, Outcome, SystemConfig
from connectors.clinic_ehr.client import CREATE, TRANSACT, UPDATE, ClinicEhrClient
from connectors.models import Feed, Message, System
from connectors.polling import Poller
from connectors.selectors import forget_feeds
from hub.core.sealing import seal_json
from hub.masterdata.models import Facility, Mapping
from hub.records.models import Appointment, Charge, Encounter
from orchestration import inbound
from tests.support.fhir_server import TOKEN, fhir_server

CODES = (
    ("facility", "willow", "C21"), ("department", "FM", "PRIM"), ("payer", "AET", "AETNA"),
    ("provider", "dr-4", "PRV013"), ("location", "ROOM-1", "C21-A"),
)  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with fhir_server() as address:
        yield address


@pytest.fixture(scope="module")
def ehr(base: str) -> Iterator[httpx.Client]:
    """The clinic's own people, at work on their server."""
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as http:
        yield http


@pytest.fixture
def client(base: str) -> Iterator[ClinicEhrClient]:
    made = ClinicEhrClient(SystemConfig("clinic-ehr", base, timedelta(seconds=5), secrets={"token": TOKEN}))
    yield made
    made.close()


def create(ehr: httpx.Client, kind: str, **fields: Any) -> dict[str, Any]:
    reply = ehr.post(f"/{kind}", json={"resourceType": kind, **fields})
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


def reference(resource: dict[str, Any]) -> dict[str, str]:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


@pytest.fixture
def clinic(db: None, base: str) -> Feed:
    Facility.objects.create(code="C21", name="Willow Clinic", kind="clinic", time_zone="America/Chicago")
    for domain, local, canonical in CODES:
        Mapping.objects.create(
            domain=domain, system="clinic-ehr", facility="", local_code=local, canonical_code=canonical,
            state="approved", effective=DateRange(date(2020, 1, 1), None),
        )  # fmt: skip
    system = System.objects.create(
        code="clinic-ehr", number="S5", name="Clinic EHR", connector="clinic_ehr", base_url=base, timeout_seconds=5,
        sealed_secrets=seal_json({"token": TOKEN}),
    )  # fmt: skip
    forget_feeds()
    return Feed.objects.create(
        code="clinic-ehr", system=system, name="Clinic", transport="poll", contract="fhir.r4",
        options={"page": 3, "poll": {"every_seconds": 0}},
    )  # fmt: skip


def test_a_visit_is_read_from_booking_to_charge_and_each_version_once(clinic: Feed, ehr: httpx.Client) -> None:
    payer = create(ehr, "Organization", name="Payer", identifier=[{"value": "AET"}])
    patient = create(ehr, "Patient", name=[{"family": "Sample", "given": ["Iris"]}], birthDate="1981-04-09")
    insured = {"beneficiary": reference(patient), "payor": [reference(payer)], "subscriberId": "M-1"}
    create(ehr, "Coverage", status="active", **insured)
    account = create(ehr, "Account", status="active", identifier=[{"value": "A921001"}])
    place = create(
        ehr, "Location", identifier=[{"value": "ROOM-1"}], managingOrganization={"identifier": {"value": "willow"}}
    )
    actors = (reference(patient), {"reference": "Practitioner/dr-4"}, reference(place))
    booked = create(
        ehr, "Appointment", status="booked", serviceType=[{"coding": [{"code": "FM"}]}],
        start="2026-11-20T09:00:00-06:00", end="2026-11-20T09:30:00-06:00", supportingInformation=[reference(account)],
        participant=[{"actor": actor, "status": "accepted"} for actor in actors],
    )  # fmt: skip
    poller = Poller()
    assert (poller.look(), poller.look()) == (1, 0)

    visit = create(
        ehr, "Encounter", status="in-progress", subject=reference(patient), account=[reference(account)],
        serviceType={"coding": [{"code": "FM"}]}, serviceProvider={"identifier": {"value": "willow"}},
        period={"start": "2026-11-20T09:01:00-06:00"}, appointment=[reference(booked)], **{"class": {"code": "AMB"}},
    )  # fmt: skip
    poller.look()
    end = "2026-11-20T09:31:00-06:00"
    ehr.put(
        f"/Encounter/{visit['id']}", json={**visit, "status": "finished", "period": {**visit["period"], "end": end}}
    )
    create(
        ehr, "ChargeItem", status="billable", subject=reference(patient), context=reference(visit),
        code={"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]},
        occurrenceDateTime="2026-11-20", priceOverride={"value": 182.5, "currency": "USD"},
    )  # fmt: skip
    assert (poller.look(), poller.look()) == (2, 0)
    poller.close()

    while inbound.process():
        pass
    assert list(Message.objects.values_list("state", "code").distinct()) == [("processed", "")]
    appointment = Appointment.objects.get()
    assert (appointment.facility, appointment.department, appointment.payer) == ("C21", "PRIM", "AETNA")
    encounter = Encounter.objects.get()
    assert (encounter.status, encounter.account_number, encounter.payer) == ("completed", "A921001", "AETNA")
    assert str(Charge.objects.get().amount) == "182.50"
    assert {one.journey_id for one in (appointment, encounter, Charge.objects.get())} == {appointment.journey_id}


def eligibility_request(patient: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["benefits"],
        "patient": reference(patient),
        "created": "2026-11-10",
        "insurer": {"display": "Payer"},
    }


def test_what_the_hub_asks_is_created_once_and_read_back_by_its_key(client: ClinicEhrClient, ehr: httpx.Client) -> None:
    patient = create(ehr, "Patient", name=[{"family": "Sample"}])
    request = DeliveryRequest(CREATE, "eligibility:ap9:1", {"resource": eligibility_request(patient)})
    assert client.probe().outcome is Outcome.CONFIRMED
    assert client.read_back([request]) == [None]

    [first], [again] = client.send([request]), client.send([request])

    assert (first.outcome, again.outcome) == (Outcome.CONFIRMED, Outcome.CONFIRMED)
    [found] = client.read_back([request])
    assert found is not None
    assert first.reference == again.reference == found.reference
    assert ehr.get("/CoverageEligibilityRequest").json()["total"] == 1


def test_a_transaction_is_made_once_and_whole(client: ClinicEhrClient, ehr: httpx.Client) -> None:
    key = "transaction:1"
    entries = [
        {"resourceType": "Basic", "code": {"text": "note"}},
        {"resourceType": "Basic", "code": {"text": "second"}},
    ]
    request = DeliveryRequest(TRANSACT, key, {"entries": entries})

    [made] = client.send([request])

    assert made.outcome is Outcome.CONFIRMED
    [found] = client.read_back([request])
    assert found is not None
    assert found.reference.startswith("Basic/")
    assert len(ehr.get("/Basic").json()["entry"]) == 2


def test_a_change_of_an_old_version_is_refused_and_an_invalid_resource_too(
    client: ClinicEhrClient, ehr: httpx.Client
) -> None:
    patient = create(ehr, "Patient", name=[{"family": "Sample"}])
    version = patient["meta"]["versionId"]
    changed = {**patient, "name": [{"family": "Other"}]}
    update = DeliveryRequest(UPDATE, "patient:1", {"resource": changed, "version": version})

    assert client.read_back([update]) == [None]
    [first], [stale] = client.send([update]), client.send([update])
    assert (first.outcome, stale.outcome, stale.status) == (Outcome.CONFIRMED, Outcome.REJECTED, 412)
    assert stale.failure is not None
    assert stale.failure.code == "version-conflict"
    [standing] = client.read_back([update])
    assert standing is not None
    assert standing.outcome is Outcome.CONFIRMED

    [invalid] = client.send([DeliveryRequest(CREATE, "x", {"resource": {"resourceType": "Patient", "status": "x"}})])
    assert (invalid.outcome, invalid.status) == (Outcome.REJECTED, 400)


def test_a_wrong_token_is_a_matter_of_configuration(base: str) -> None:
    stranger = ClinicEhrClient(SystemConfig("clinic-ehr", base, secrets={"token": "wrong"}))
    failure = stranger.probe().failure
    stranger.close()

    assert failure is not None
    assert failure.code == "credentials-refused"
