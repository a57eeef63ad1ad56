"""GNU Health itself, polled: each change of an appointment is one message, in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from connectors.models import Feed, Message, System
from connectors.polling import Poller
from connectors.selectors import forget_feeds
from exceptions.models import Case
from hub import embedded
from hub.core.sealing import seal_json
from hub.masterdata.models import Facility, Mapping
from hub.records.models import Appointment
from orchestration import inbound
from tests.support.gnu_health import DATABASE, PASSWORD, Clinic, gnu_health

pytestmark = pytest.mark.gnuhealth

CODES = (("facility", "HILL", "C22"), ("department", "HEART", "CARD"), ("provider", "HP1", "PRV001"))


@pytest.fixture(scope="module")
def url(servers: None) -> Iterator[str]:
    with gnu_health(embedded.database_url(Path(os.environ["HUB_VAR"]))) as address:
        yield address


@pytest.fixture
def feed(db: None, url: str) -> Feed:
    Facility.objects.create(code="C22", name="Hillside Clinic", kind="clinic", time_zone="America/Chicago")
    for domain, local, canonical in CODES:
        Mapping.objects.create(
            domain=domain, system="gnu-health", facility="", local_code=local, canonical_code=canonical,
            state="approved", effective=DateRange(date(2020, 1, 1), None),
        )  # fmt: skip
    system = System.objects.create(
        code="gnu-health", number="S5", name="GNU Health", connector="gnu_health", base_url=url, timeout_seconds=20,
        options={"database": DATABASE, "user": "admin"}, sealed_secrets=seal_json({"password": PASSWORD}),
    )  # fmt: skip
    forget_feeds()
    return Feed.objects.create(
        code="gnu-health", system=system, name="Hillside", transport="poll", contract="gnu-health.appointment",
        options={"page": 2, "poll": {"every_seconds": 0}},
    )  # fmt: skip


def a_clinic(staff: Clinic) -> dict[str, Any]:
    """A patient, a doctor and a place: what an appointment needs."""
    [place] = staff("party.party.create", [{"name": "Hillside", "is_institution": True}])
    institution = {"party": place, "code": "HILL", "institution_type": "clinic", "public_level": "private"}
    [institution_id] = staff("gnuhealth.institution.create", [institution])
    person = {"is_person": True, "fed_country": "USA", "gender": "f"}
    [doctor] = staff("party.party.create", [{**person, "name": "Anna", "is_healthprof": True, "ref": "HP1"}])
    professional = {"party": doctor, "institution": institution_id, "code": "HP1"}
    [doctor_id] = staff("gnuhealth.healthprofessional.create", [professional])
    [someone] = staff("party.party.create", [{**person, "name": "Iris", "is_patient": True, "ref": "P1"}])
    [patient] = staff("gnuhealth.patient.create", [{"party": someone}])
    [heart] = staff("gnuhealth.specialty.create", [{"name": "Heart", "code": "HEART"}])
    when = {"year": 2026, "month": 11, "day": 20, "hour": 15, "minute": 0, "second": 0, "microsecond": 0}
    return {
        "patient": patient, "healthprof": doctor_id, "institution": institution_id, "speciality": heart,
        "state": "confirmed", "appointment_date": {"__class__": "datetime", **when},
    }  # fmt: skip


def test_appointments_are_read_as_they_are_made_and_changed_each_change_once(feed: Feed, url: str) -> None:
    staff, poller = Clinic(url), Poller()
    appointment = a_clinic(staff)
    ids = staff("gnuhealth.appointment.create", [appointment, appointment, appointment])
    assert (poller.look(), poller.look()) == (3, 0)

    staff("gnuhealth.appointment.write", [ids[0]], {"state": "done"})
    staff("gnuhealth.appointment.write", [ids[1]], {"state": "user_cancelled"})
    assert (poller.look(), poller.look()) == (2, 0)
    poller.close()
    staff.close()

    while inbound.process():
        pass
    assert not Case.objects.exists()
    assert set(Message.objects.values_list("state", flat=True)) == {"processed"}
    found = Appointment.objects.order_by("key").values_list("key", "status", "facility", "department", "provider")
    assert list(found) == [
        (f"gnu-health:{number}", status, "C22", "CARD", "PRV001")
        for number, status in zip(ids, ("completed", "cancelled", "booked"), strict=True)
    ]


def test_a_wrong_password_pauses_it_with_a_case(feed: Feed) -> None:
    System.objects.update(sealed_secrets=seal_json({"password": "old"}))
    poller = Poller()
    poller.look()
    poller.close()

    assert (System.objects.get().state, Case.objects.get().code) == ("paused", "credentials-refused")
