"""The outside world in memory: systems that keep books, lose answers, refuse and go down, as a test asks them to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from connectors.base import DeliveryRequest, DeliveryResult, Outcome
from connectors.models import Delivery, Message, System
from hub.core import clock
from hub.core.errors import Ambiguous, BusinessRefusal, Transient
from hub.core.events import Event
from hub.core.events.appointment import AppointmentBooked
from hub.core.events.charge import ChargeCaptured
from hub.core.events.encounter import EncounterCompleted, EncounterRegistered
from hub.records.services import Recordable, Recorded
from orchestration import engine, inbound, lanes, streams
from orchestration.models import Run
from orchestration.recording import record

CONFIRM, LOSE_ANSWER, LOSE_REQUEST, BUSY, REFUSE = "confirm", "lose answer", "lose request", "busy", "refuse"
#: What may go wrong without anything being lost.
WEATHER = (CONFIRM, LOSE_ANSWER, LOSE_REQUEST, BUSY)


@dataclass
class FakeSystem:
    """A system that takes anything and deduplicates nothing: what is posted twice stands in its books twice.

    `weather` says how the next requests go, one by one; when it is used up the sun shines.
    """

    max_batch: int = 50
    weather: list[str] = field(default_factory=list)
    books: list[DeliveryRequest] = field(default_factory=list)
    down: bool = False
    calls: int = 0

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        self.calls += 1
        return [self._take(request) for request in requests]

    def _take(self, request: DeliveryRequest) -> DeliveryResult:
        fate = BUSY if self.down else self.weather.pop(0) if self.weather else CONFIRM
        if fate in {LOSE_REQUEST, BUSY}:
            return DeliveryResult(Outcome.FAILED, failure=Transient("busy", "Busy."), status=503)
        if fate == REFUSE:
            return DeliveryResult(Outcome.REJECTED, failure=BusinessRefusal("closed-period", "The period is closed."))
        self.books.append(request)
        if fate == LOSE_ANSWER:
            return DeliveryResult(Outcome.UNCONFIRMED, failure=Ambiguous("no-answer", "No answer."))
        return DeliveryResult(Outcome.CONFIRMED, reference=self.reference(request))

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        return [self._find(request) for request in requests]

    def _find(self, request: DeliveryRequest) -> DeliveryResult | None:
        if self.down:
            return DeliveryResult(Outcome.FAILED, failure=Transient("busy", "Busy."))
        if any(kept.posting_key == request.posting_key for kept in self.books):
            return DeliveryResult(Outcome.CONFIRMED, reference=self.reference(request))
        return None

    def reference(self, request: DeliveryRequest) -> str:
        keys = [kept.posting_key for kept in self.books]
        return f"{1000 + keys.index(request.posting_key)}:0001"

    def probe(self) -> DeliveryResult:
        return DeliveryResult(Outcome.FAILED if self.down else Outcome.CONFIRMED)

    def close(self) -> None:
        pass

    def times(self) -> Counter[str]:
        """How often each posting key stands in the books."""
        return Counter(request.posting_key for request in self.books)

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [dict(request.payload) for request in self.books if request.operation == operation]


@dataclass
class World:
    erp: FakeSystem
    billing: FakeSystem
    clearinghouse: FakeSystem
    payers: dict[str, FakeSystem] = field(default_factory=dict)

    @property
    def systems(self) -> dict[str, FakeSystem]:
        return {"erp": self.erp, "billing": self.billing, "clearinghouse": self.clearinghouse, **self.payers}

    def client(self, system: System) -> FakeSystem:
        return self.systems[system.code]

    def settle(self, rounds: int = 60) -> None:
        """Let the hub do all it can do now; delays of retries are cut short."""
        for _ in range(rounds):
            Delivery.objects.exclude(due_at=None).update(due_at=None)
            Run.objects.exclude(due_at=None).update(due_at=None)
            Message.objects.exclude(retry_at=None).update(retry_at=None)
            moved = inbound.process() + streams.process_file() + engine.advance()
            for code in self.systems:
                moved += lanes.drain(code)
            if not moved:
                return
        raise AssertionError("the hub does not come to rest")


@contextmanager
def undone() -> Iterator[None]:
    """One example of a property: what it wrote is checked against the database's rules and taken back."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


def happen(*events: Event, system: str = "scheduling") -> Sequence[Recorded]:
    """These events are recorded, in this order."""
    with transaction.atomic():
        return record(
            [Recordable(event=item, system=system, causation_id=None, received_at=clock.now()) for item in events]
        )


NINE = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)


def appointment(kind: Callable[..., Event] = AppointmentBooked, *, number: str = "1", **changes: Any) -> Event:
    values: dict[str, Any] = {
        "occurred_at": NINE,
        "entity_key": f"scheduling:{number}",
        "facility": "C01",
        "account_number": f"A{number}",
        "appointment_id": number,
        "starts_at": NINE,
        "department": "CARD",
        "payer": "AETNA",
        "visit_type": "office",
    }
    return kind(**{**values, **changes})


def encounter(kind: Callable[..., Event] = EncounterRegistered, *, number: str = "1", **changes: Any) -> Event:
    values: dict[str, Any] = {
        "occurred_at": NINE,
        "entity_key": f"ehr:V{number}",
        "facility": "C01",
        "account_number": f"A{number}",
        "visit_number": f"V{number}",
        "encounter_class": "O",
        "department": "CARD",
        "payer": "AETNA",
        "patient_last_name": "TESTER",
        "patient_first_name": "PAT",
        "patient_birth_date": date(1970, 1, 31),
        "patient_sex": "F",
        "patient_street": "1 MAIN ST",
        "patient_city": "CHICAGO",
        "patient_state": "IL",
        "patient_postal_code": "60601",
        "member_id": "W123456789",
        "diagnoses": ("I10",),
    }
    return kind(**{**values, **changes})


def completed(number: str = "1", **changes: Any) -> Event:
    return encounter(EncounterCompleted, number=number, **changes)


def charge(number: str = "1", *, amount: str = "180.00", line: int = 1, **changes: Any) -> Event:
    values: dict[str, Any] = {
        "occurred_at": NINE,
        "entity_key": f"ehr:C{number}-{line}",
        "facility": "C01",
        "account_number": f"A{number}",
        "charge_id": f"C{number}-{line}",
        "visit_number": f"V{number}",
        "service_date": NINE.date(),
        "procedure_code": "99213",
        "amount": Decimal(amount),
        "department": "CARD",
        "diagnoses": ("I10",),
    }
    return ChargeCaptured(**{**values, **changes})
