"""The sandbox group in master data, and the people who work there."""

from __future__ import annotations

import json
import stat
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import RequestFactory

from connectors.sandbox import chart, group
from connectors.sandbox.people import PEOPLE
from hub.core.errors import MappingMissing
from hub.core.npi import is_npi
from hub.governance import access, audit
from hub.governance.models import AuditEntry, Grant
from hub.governance.roles import Permission
from hub.masterdata import crosswalk
from hub.masterdata.models import CostCenter, Facility, Fee, Mapping, Provider

DAY = date(2026, 11, 21)


def seed_group() -> str:
    printed = StringIO()
    call_command("seed_group", stdout=printed)
    crosswalk.forget()
    return printed.getvalue()


def test_every_npi_of_the_group_is_well_formed_and_held_once() -> None:
    npis = [one.npi for one in (*group.FACILITIES, *group.PROVIDERS)]

    assert len(npis) == 24 + 30
    assert all(is_npi(npi) for npi in npis)
    assert len(set(npis)) == len(npis)


def test_no_local_code_means_two_things() -> None:
    said = [(one.domain, one.system, one.facility, one.local) for one in group.LOCAL_CODES]

    assert len(set(said)) == len(said)


def test_an_acquired_clinic_speaks_its_own_department_codes() -> None:
    assert group.local_code("department", "scheduling", "C01", "PHYS") == "physical-therapy"
    assert group.local_code("department", "scheduling", "C07", "PHYS") == "PT-REHAB"
    assert group.local_code("department", "hospital-scheduling", "STV", "PHYS") == "2100"


@pytest.mark.django_db
def test_the_whole_group_is_loaded_once() -> None:
    first = seed_group()
    assert "24 facilities" in first
    counts = [model.objects.count() for model in (Facility, CostCenter, Provider, Fee, Mapping)]
    assert counts == [24, 230, 30, 252, len(group.LOCAL_CODES) - 1]

    assert "nothing was missing" in seed_group()
    assert [model.objects.count() for model in (Facility, CostCenter, Provider, Fee, Mapping)] == counts
    assert AuditEntry.objects.filter(action="masterdata.load").count() == 1


@pytest.mark.django_db
def test_seeding_again_leaves_what_people_changed() -> None:
    seed_group()
    Facility.objects.filter(code="C01").update(name="Renamed")
    Mapping.objects.filter(system="scheduling", local_code="cardiology").update(canonical_code="PRIM")

    seed_group()

    assert Facility.objects.get(code="C01").name == "Renamed"
    assert Mapping.objects.get(system="scheduling", local_code="cardiology").canonical_code == "PRIM"


@pytest.mark.django_db
def test_every_local_code_but_one_resolves() -> None:
    seed_group()
    now = crosswalk.snapshot()
    unmapped = []
    for one in group.LOCAL_CODES:
        try:
            assert now.resolve(one.domain, one.system, one.facility, one.local, DAY) == one.canonical
        except MappingMissing:
            unmapped.append(one)

    assert unmapped == [group.UNMAPPED]
    assert crosswalk.resolve("department", "scheduling", "C06", "PT-REHAB", DAY) == "PHYS"


@pytest.mark.django_db
def test_every_department_has_its_cost_center_and_every_visit_its_fee() -> None:
    seed_group()
    now = crosswalk.snapshot()
    for facility in (*group.HOSPITALS, *group.CLINICS):
        for department in group.departments_of(facility):
            assert now.cost_center(facility, department.code) in chart.COST_CENTERS
            for visit_type in department.visit_types:
                for payer in group.PAYERS:
                    line = now.service_line_of(department.code)
                    assert now.expected_amount(line, visit_type, payer.code, DAY) > 0


@pytest.mark.django_db
def test_the_demos_people_can_sign_in_with_what_was_written_down(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path / "demo"
    call_command("demo_seed", stdout=StringIO())

    written = tmp_path / "demo" / "signins.json"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    sign_ins = json.loads(written.read_text())
    assert [one["username"] for one in sign_ins] == [person.username for person in PEOPLE]
    request = RequestFactory().post("/sign-in/")
    for one in sign_ins:
        user = authenticate(request, username=one["username"], password=one["password"])
        assert user is not None
        places = Grant.objects.filter(user=user).values_list("facility", flat=True)
        assert sorted(filter(None, places)) == sorted(one["facilities"])
    assert audit.verify() is None

    stella = authenticate(request, username="stella", password=sign_ins[4]["password"])
    assert stella is not None
    assert access.may(stella, Permission.APPROVE_MAPPINGS, "C07")  # type: ignore[arg-type]


@pytest.mark.django_db
def test_seeding_the_demo_again_keeps_the_passwords(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    call_command("demo_seed", stdout=StringIO())
    written = (tmp_path / "signins.json").read_text()

    call_command("demo_seed", stdout=StringIO())

    assert (tmp_path / "signins.json").read_text() == written
