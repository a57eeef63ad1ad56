"""A working week in small: one account from appointment to patient payment, one that is stuck, real messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from connectors import lanes, seed, selectors
from connectors.intake import receive
from connectors.models import Message
from connectors.sandbox.group import local_code
from hub.core import clock
from hub.core.events.claim import ClaimAcknowledged
from hub.core.events.payment import PaymentSettled
from hub.masterdata import crosswalk
from hub.records.models import Journey
from orchestration.models import Run
from tests.orchestration.remittances import file, payment
from tests.orchestration.world import NINE, FakeSystem, World, charge, completed, encounter, happen

#: The account that comes to its end, at C07, and the one whose visit has no charge, at C05.
WHOLE, STUCK = "A7000311", "A7000522"
SURNAME, MEMBER = "TESTER", "W123456789"
#: Nothing of this may ever be on a page, in an answer or in an address.
PATIENT = (WHOLE, STUCK, SURNAME, MEMBER, "1 MAIN ST", "1970-01-31", "19700131", "P5000311")


@dataclass
class Flow:
    world: World

    @property
    def whole(self) -> Journey:
        return Journey.objects.get(account_number=WHOLE)

    @property
    def stuck(self) -> Journey:
        return Journey.objects.get(account_number=STUCK)

    @property
    def parked(self) -> Run:
        return Run.objects.get(workflow="W3", journey_id=self.stuck.pk)

    @property
    def billed(self) -> Run:
        return Run.objects.get(workflow="W3", journey_id=self.whole.pk)

    @property
    def booking(self) -> Message:
        return Message.objects.get(control_id="w-1", state="processed")

    @property
    def unmapped(self) -> Message:
        return Message.objects.get(control_id="w-2")

    @property
    def remittance(self) -> Message:
        return Message.objects.get(name="era.835")


@contextmanager
def at(days: float) -> Iterator[None]:
    """The business day so many days after the beginning."""
    with clock.travel(NINE + timedelta(days=days) - clock.machine_now()):
        yield


def live(world: World) -> None:
    """Let the week happen."""
    call_command("seed_group", verbosity=0, stdout=StringIO())
    seed.seed()
    selectors.forget_feeds()
    crosswalk.forget()
    with at(0):
        _visits(world)
    with at(2):
        wake(world)
        happen(_accepted(), system="clearinghouse")
        world.settle()
    with at(8):
        wake(world)
        receive(selectors.feed("clearinghouse"), body=_remittance(), headers={}, name="era.835", proven=True)
        world.settle()
    with at(9):
        happen(_settled(), system="gateway")
        world.settle()


def _visits(world: World) -> None:
    webhook("w-1", WHOLE, "C07", local_code("department", "scheduling", "C07", "CARD"))
    webhook("w-1", WHOLE, "C07", local_code("department", "scheduling", "C07", "CARD"))
    webhook("w-2", "A7000999", "C07", "PT-REHAB")
    world.settle()
    happen(
        encounter(number="1", facility="C07", account_number=WHOLE),
        completed("1", facility="C07", account_number=WHOLE),
        charge("1", facility="C07", account_number=WHOLE, amount="200.00"),
        encounter(number="2", facility="C05", account_number=STUCK),
        completed("2", facility="C05", account_number=STUCK),
        system="ehr",
    )
    world.settle()


def wake(world: World) -> None:
    """What the sweep does when waiting time is over."""
    from orchestration.sweeps import sweep

    sweep()
    world.settle()


def webhook(number: str, account: str, clinic: str, department: str) -> None:
    document: dict[str, Any] = {
        "contract_version": "v1",
        "event": "appointment_booked",
        "occurred_at": "2026-11-07T09:12:44-06:00",
        "appointment_id": f"S{account[1:]}",
        "clinic_code": local_code("facility", "scheduling", "", clinic),
        "department_code": department,
        "provider_code": "u-1001",
        "payer_code": "aetna-ppo",
        "start_time": "2026-11-09T02:30:00-06:00",
        "duration_min": 45,
        "visit_type": "office",
        "account_number": account,
        "patient_id": f"P5{account[2:]}",
    }
    receive(
        selectors.feed("scheduling"),
        body=json.dumps(document).encode(),
        headers={"webhook-id": number, "webhook-signature": "v1,c2VjcmV0"},
        content_type="application/json",
        proven=True,
    )


def _accepted() -> ClaimAcknowledged:
    return ClaimAcknowledged(
        occurred_at=NINE + timedelta(days=2), entity_key=WHOLE, facility="C07", account_number=WHOLE,
        claim_number=WHOLE, source="277CA", status_category="A2", status_code="20",
    )  # fmt: skip


def _remittance() -> bytes:
    paid = payment(WHOLE, "120.00", ("CO", "45", "50.00"), ("PR", "1", "30.00"))
    return file(replace(paid, payer_claim_number="ICN900001"))


def _settled() -> PaymentSettled:
    return PaymentSettled(
        occurred_at=NINE + timedelta(days=9), entity_key="gateway:pi_1", facility="C07", account_number=WHOLE,
        payment_id="pi_1", amount=Decimal("30.00"),
    )  # fmt: skip


def nothing_of_a_patient(text: str) -> bool:
    """Whether `text` is free of everything that names the patients of the flow."""
    return not any(part in text for part in PATIENT)


@pytest.fixture(scope="module")
def week(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Lived once a module, in a transaction around those of its tests: each finds it as it was."""
    world = World(FakeSystem(), FakeSystem(), FakeSystem(max_batch=16))
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(lanes, "client", world.client)
        live(world)
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def flow(week: World, db: None, monkeypatch: pytest.MonkeyPatch) -> Flow:
    world = deepcopy(week)
    monkeypatch.setattr(lanes, "client", world.client)
    selectors.forget_feeds()
    return Flow(world)
