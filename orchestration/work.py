"""What a step may look at: its run, the event that started it, the records of its journey."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import Exists, OuterRef

from connectors.erp import HINTS
from connectors.models import Delivery
from connectors.states import DeliveryState
from hub.core import clock
from hub.core.bulk import update_rows
from hub.core.errors import BusinessRefusal, Failure, Transient
from hub.core.events import Event, from_json
from hub.core.sealing import open_json
from hub.records.models import Appointment, Charge, Claim, ClaimPayment, Encounter, Journey, Payment, Record
from hub.records.models import Event as EventRow
from orchestration.models import Run
from orchestration.states import RUN_FINAL
from orchestration.workflow import StepDefinition, Workflow

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Work:
    """One run at one step. Reads are lazy and, for a batch of runs, loaded together where that pays."""

    def __init__(self, run: Run, workflow: Workflow, batch: Batch) -> None:
        self.run = run
        self.workflow = workflow
        self._batch = batch
        #: The step was parked and is looked at again: a person asks for it, or something happened.
        self.released = False
        self._known: dict[Callable[[Work], Any], Any] = {}

    def once(self, read: Callable[[Work], T]) -> T:
        """What `read` finds of this run, for all steps that it takes in this batch."""
        if read not in self._known:
            self._known[read] = read(self)
        return cast(T, self._known[read])

    @property
    def step(self) -> StepDefinition:
        return self.workflow.steps[self.run.step_index]

    @property
    def now(self) -> datetime:
        return clock.now()

    @property
    def event(self) -> Event:
        """The event that started the run, sealed fields opened."""
        row = self._batch.events[self.run.event_id]
        return from_json(row.type, {**row.data, **open_json(row.sealed)})

    @property
    def data(self) -> Mapping[str, Any]:
        """The open fields of the event, as plain values: cheaper than `event` where that is enough."""
        return cast(Mapping[str, Any], self._batch.events[self.run.event_id].data)

    @property
    def occurred_on(self) -> date:
        return self._batch.events[self.run.event_id].occurred_at.date()

    def output(self, step_name: str) -> Mapping[str, Any]:
        """What an earlier step gave; empty where it was skipped."""
        return cast(Mapping[str, Any], self.run.outputs.get(step_name, {}))

    @property
    def appointment(self) -> Appointment | None:
        return self._batch.record(Appointment, self.run.entity_key)

    def save(self, record: Record, *fields: str) -> None:
        """Write these fields of `record` with the batch, in the transaction that records this step."""
        self._batch.save(record, fields)

    @property
    def is_overtaken(self) -> bool:
        """Whether a later run of the same entity is under way already."""
        return self.run.pk in self._batch.overtaken

    # --- the journey ---

    def in_journey(self, model: type[R]) -> list[R]:
        """The journey's records as the batch found them, oldest first; read together with those of the other runs."""
        return self._batch.in_journey(model, self.run.journey_id)

    @property
    def journey(self) -> Journey:
        return Journey.objects.get(pk=self.run.journey_id)

    def charges(self) -> list[Charge]:
        return list(Charge.objects.filter(journey_id=self.run.journey_id).exclude(status="voided").order_by("key"))

    def encounter(self) -> Encounter | None:
        return Encounter.objects.filter(journey_id=self.run.journey_id).order_by("id").first()

    def journey_appointment(self) -> Appointment | None:
        return Appointment.objects.filter(journey_id=self.run.journey_id).order_by("id").first()

    def claims(self) -> list[Claim]:
        return list(Claim.objects.filter(journey_id=self.run.journey_id).order_by("id"))

    def payment(self) -> Payment:
        return Payment.objects.get(key=self.run.entity_key)

    def claim_payment(self) -> ClaimPayment:
        return ClaimPayment.objects.select_related("remittance").get(event_id=self.run.event_id)

    def asked(self, posting_key: str) -> list[Delivery]:
        """What was asked in this journey under posting keys that begin so, by this run or another, oldest first."""
        rows = Delivery.objects.filter(journey_id=self.run.journey_id, posting_key__startswith=posting_key)
        return list(rows.defer("sealed_request", "sealed_response").order_by("id"))

    def at_stake(self, amount: Decimal) -> None:
        """How many dollars hang on this run."""
        self.run.amount = amount


class Batch:
    """What runs advanced together share: their events and records, read once, and what is to be written."""

    def __init__(self, runs: Iterable[Run]) -> None:
        runs = list(runs)
        self._event_ids = [run.event_id for run in runs]
        self._run_ids = [run.pk for run in runs]
        self._keys = {run.entity_key for run in runs}
        self._journeys = {run.journey_id for run in runs if run.journey_id is not None}
        self._by_journey: dict[type[Record], dict[UUID, list[Record]]] = {}
        self._records: dict[type[Record], dict[str, Record]] = {}
        self._dirty: dict[type[Record], dict[UUID, tuple[Record, set[str]]]] = {}

    @cached_property
    def events(self) -> dict[UUID, EventRow]:
        """The events that started the runs; many steps need none of them."""
        return EventRow.objects.in_bulk(self._event_ids)

    def record(self, model: type[R], key: str) -> R | None:
        """The record of one run, read together with those of all other runs of the batch."""
        known = self._records.get(model)
        if known is None:
            known = {row.key: row for row in model._default_manager.filter(key__in=self._keys)}
            self._records[model] = known
        return cast("R | None", known.get(key))

    def in_journey(self, model: type[R], journey_id: UUID | None) -> list[R]:
        """The records of one run's journey, oldest first, read together with those of all other runs."""
        if journey_id is None:
            return []
        known = self._by_journey.setdefault(model, {})
        if journey_id not in known:
            missing = (self._journeys | {journey_id}) - known.keys()
            known.update({journey: [] for journey in missing})
            for row in model._default_manager.filter(journey_id__in=missing).order_by("id"):
                known[row.journey_id].append(row)
        return cast("list[R]", known[journey_id])

    @cached_property
    def overtaken(self) -> set[UUID]:
        """Those of the runs that a later unfinished run of the same entity stands behind."""
        later = Run.objects.filter(order_key=OuterRef("order_key"), pk__gt=OuterRef("pk")).exclude(state__in=RUN_FINAL)
        return set(Run.objects.filter(Exists(later), pk__in=self._run_ids).values_list("pk", flat=True))

    def save(self, record: Record, fields: Iterable[str]) -> None:
        _, dirty = self._dirty.setdefault(type(record), {}).setdefault(record.pk, (record, set()))
        dirty.update(fields)

    def flush(self) -> None:
        """Write what steps asked to be saved: one statement per model and set of fields."""
        for rows in self._dirty.values():
            groups: dict[frozenset[str], list[Record]] = {}
            for record, fields in rows.values():
                groups.setdefault(frozenset(fields), []).append(record)
            for named, records in groups.items():
                update_rows(records, tuple(sorted(named)))
        self._dirty.clear()


def delivery_failure(delivery: Delivery) -> Failure:
    """Why a delivery ended without effect, as the failure that parks its run."""
    refused = delivery.state == DeliveryState.REJECTED
    kind: type[Failure] = BusinessRefusal if refused else Transient
    return kind(
        delivery.code or "not-delivered",
        delivery.detail or "The system did not take it.",
        cause=(delivery.system, delivery.operation),
        hint=HINTS.get(delivery.code, "Correct what it complains of, then retry.")
        if refused
        else "Retry once the system is well.",
        subject={"system": delivery.system, "operation": delivery.operation},
    )
