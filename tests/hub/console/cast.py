"""The cast of the console's tests, and the small group they work for."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from connectors import intake
from connectors.models import Feed, Lane, Message, System, Transport
from connectors.selectors import feed, forget_feeds
from exceptions.models import Case
from hub.governance.models import AuditEntry, Grant
from hub.masterdata.models import Department, Facility, Mapping, Payer, Provider, ServiceLine
from hub.masterdata.states import MappingState
from orchestration import inbound

#: Name, role, facilities (none: everywhere), full name.
PEOPLE = (
    ("sandra", "specialist", ("C07",), "Sandra Meyer"),
    ("simon", "specialist", ("NLM",), "Simon Clarke"),
    ("linda", "lead", (), "Linda Park"),
    ("frank", "finance", (), "Frank Weber"),
    ("stella", "steward", (), "Stella Nguyen"),
    ("stuart", "steward", (), "Stuart Hayes"),
    ("erin", "engineer", (), "Erin Walsh"),
    ("audrey", "auditor", (), "Audrey Cole"),
    ("xavier", "executive", (), "Xavier Brandt"),
    ("nora", "", (), "Nora Newcomer"),
)
SINCE = date(2024, 1, 1)


def person(username: str) -> User:
    """One of the cast, made when first asked for."""
    found = User.objects.filter(username=username).first()
    if found:
        return found
    _, role, places, name = next(one for one in PEOPLE if one[0] == username)
    first, _, last = name.partition(" ")
    user = User.objects.create_user(username, password="open sesame", first_name=first, last_name=last)
    if role:
        Grant.objects.bulk_create(Grant(user=user, role=role, facility=place) for place in places or ("",))
    return user


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(person(username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_group() -> None:
    """Two clinics and a hospital, two departments, one system with its feed."""
    motion = ServiceLine.objects.create(code="MOTION", name="Bones, joints and motion")
    heart = ServiceLine.objects.create(code="HEART", name="Heart and vascular")
    Department.objects.create(code="PHYS", name="Physical therapy", service_line=motion)
    Department.objects.create(code="CARD", name="Cardiology", service_line=heart)
    Payer.objects.create(code="AETNA", name="Aetna", payer_class="commercial")
    Provider.objects.create(code="PRV001", name="Amara Osei", npi="1740010016", last_name="Osei", first_name="Amara")
    for code, name in (("C05", "Clinic 05"), ("C07", "Clinic 07")):
        Facility.objects.create(code=code, name=name, kind="clinic")
    Facility.objects.create(code="NLM", name="Northlake Medical Center", kind="hospital")
    for place in ("C05", "C07"):
        approved("facility", f"nl-{place}", place, facility="")
    approved("department", "PT-REHAB", "PHYS", facility="C05")
    approved("department", "CARDIO", "CARD", facility="")
    make_scheduling()


def make_scheduling() -> None:
    system = System.objects.create(code="scheduling", number="S3", name="Scheduling", connector="scheduling_saas")
    Lane.objects.create(system=system)
    Feed.objects.create(
        code="scheduling", system=system, name="Appointments", transport=Transport.WEBHOOK, contract="scheduling"
    )
    forget_feeds()


def approved(
    domain: str, local_code: str, canonical_code: str, *, facility: str, system: str = "scheduling"
) -> Mapping:
    return Mapping.objects.create(
        domain=domain, system=system, facility=facility, local_code=local_code, canonical_code=canonical_code,
        effective=(SINCE, None), state=MappingState.APPROVED, proposed_by="first load",
    )  # fmt: skip


def appointment(number: int, *, department: str = "PT-REHAB", clinic: str = "nl-C07", **changes: Any) -> Message:
    """A webhook of the scheduling system, received and not yet processed."""
    document = {
        "contract_version": "v1",
        "event": "appointment_booked",
        "occurred_at": "2026-11-07T09:12:44-06:00",
        "appointment_id": f"S{number}",
        "clinic_code": clinic,
        "department_code": department,
        "start_time": "2026-11-09T10:30:00-06:00",
        "duration_min": 45,
        "account_number": f"A70{number:04}",
        "patient_id": f"P50{number:04}",
    }
    receipt = intake.receive(
        feed("scheduling"),
        body=json.dumps(document | changes).encode(),
        headers={"webhook-id": f"w{number}"},
        content_type="application/json",
        proven=True,
    )
    return Message.objects.get(pk=receipt.message_id)


def unmapped_case(count: int = 3) -> Case:
    """The case of PT-REHAB at C07, holding `count` real messages."""
    for number in range(1, count + 1):
        appointment(number)
    inbound.process()
    return Case.objects.get(code="unmapped-department", facility="C07")


def last_audit() -> AuditEntry:
    return AuditEntry.objects.order_by("-sequence")[0]


def audited() -> list[tuple[str, str, str]]:
    """(actor, door, action) of everything in the chain, oldest first."""
    rows = AuditEntry.objects.order_by("sequence")
    return list(rows.values_list("actor", "door", "action"))
