"""The codes that messages bring are counted by day, once a message, whatever becomes of it."""

from __future__ import annotations

import pytest
from django.db import transaction

from connectors.models import Message
from connectors.states import MessageState
from exceptions.models import Case
from hub.masterdata import code_tally
from hub.masterdata.code_models import CodeDay, CodeSighting
from orchestration import inbound
from tests.hub.console.cast import appointment, approved, make_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db: None) -> None:
    make_group()


def counts() -> dict[tuple[str, str, str], int]:
    code_tally.fold()
    assert not CodeSighting.objects.exists()
    rows = CodeDay.objects.values_list("domain", "facility", "local_code", "count")
    return {(domain, facility, code): count for domain, facility, code, count in rows}


def test_codes_are_counted_at_the_facility_that_they_come_from(group: None) -> None:
    for number, department in enumerate(("CARDIO", "CARDIO", "PT-REHAB")):
        appointment(number, department=department, clinic="nl-C05", payer_code="AET" if number else None)
    approved("payer", "AET", "AETNA", facility="")
    inbound.process()

    assert counts() == {
        ("facility", "", "nl-C05"): 3,
        ("department", "C05", "CARDIO"): 2,
        ("department", "C05", "PT-REHAB"): 1,
        ("payer", "C05", "AET"): 2,
    }


def test_a_code_without_a_meaning_is_counted_once_however_often_its_message_is_tried(group: None) -> None:
    message = appointment(1, department="NEW", clinic="nl-C07")
    inbound.process()
    assert Case.objects.get().subject["local_code"] == "NEW"
    assert counts()[("department", "C07", "NEW")] == 1

    approved("department", "NEW", "PHYS", facility="C07")
    Message.objects.filter(pk=message.pk).update(state=MessageState.RECEIVED)
    inbound.process()

    assert Message.objects.get(pk=message.pk).state == MessageState.PROCESSED
    assert counts() == {("facility", "", "nl-C07"): 1, ("department", "C07", "NEW"): 1}


def test_codes_of_a_facility_that_nobody_knows_belong_to_none(group: None) -> None:
    appointment(1, clinic="nl-elsewhere")
    inbound.process()

    assert counts() == {("facility", "", "nl-elsewhere"): 1, ("department", "", "PT-REHAB"): 1}


def test_counts_go_with_the_transaction_that_recorded_and_folding_adds_up(group: None) -> None:
    seen = code_tally.Sightings()
    seen.add("department", "ehr", "C05", "X")
    with transaction.atomic():
        seen.write()
        transaction.set_rollback(True)
    assert counts() == {}
    for _ in range(2):
        seen.add("department", "ehr", "C05", "X")
        seen.add("department", "ehr", "C05", "X\x07" + "y" * 200)
        seen.write()
        code_tally.fold()
    assert counts() == {("department", "C05", "X"): 2}
