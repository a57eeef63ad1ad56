"""Journeys: found by any business key of theirs, and told from the appointment to the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from connectors.models import Message, System
from exceptions import selectors as case_selectors
from exceptions.models import Case
from exceptions.states import CASE_OPEN
from hub.core.money import ZERO
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.ledger.accounts import PATIENT_RECEIVABLE, PAYER_RECEIVABLE
from hub.ledger.models import Entry, Line
from hub.records import numbers
from hub.records.models import (
    Appointment,
    Authorization,
    Charge,
    Claim,
    ClaimPayment,
    Coverage,
    Encounter,
    Estimate,
    Event,
    Journey,
    JourneyKey,
    Payment,
    Remittance,
)
from hub.records.states import ChargeStatus, PaymentStatus
from orchestration.models import Run, Wait

#: A remittance pays many claims: a search by its trace number lists no more than these.
MOST_FOUND = 50
_MOST_EVENTS = 200


def journeys(who: Who) -> QuerySet[Journey]:
    """All that `who` may see, in no order."""
    return access.scoped(Journey.objects.all(), who, Permission.VIEW_JOURNEYS)


def find(who: Who, text: str) -> list[Journey]:
    """The journeys that a business key leads to: account, appointment, visit, claim, trace, payer's number."""
    text = text.strip()
    if not text:
        return []
    ids = ids_of(text, patients=access.may(who, Permission.VIEW_JOURNEYS))
    return list(journeys(who).filter(pk__in=ids).order_by("-id")[:MOST_FOUND])


def ids_of(text: str, *, patients: bool) -> set[UUID]:
    """The journeys that a number leads to, whole or, where none has it whole, by its beginning; in no scope yet.

    The number of a patient counts only with `patients`. Each look-up goes through an index and has an end.
    """
    exact = _by_key(text) | _by_claim(text) | set(numbers.journeys_with(text, most=MOST_FOUND, patients=patients))
    return exact or _by_trace(text) or _by_beginning(text)


def _by_key(text: str) -> set[UUID]:
    # Appointments and payments are kept under their system's name, which nobody types.
    values = [
        value
        for number in dict.fromkeys((text, text.upper()))
        for value in (number, *(f"{code}:{number}" for code in System.objects.values_list("code", flat=True)))
    ]
    rows = JourneyKey.objects.filter(kind__in=_KINDS, value__in=values)
    return set(rows.values_list("journey_id", flat=True)[:MOST_FOUND])


_KINDS = (
    "account", "appointment", "coverage", "authorization", "estimate", "order", "visit", "claim", "control", "payment",
    "remittance",
)  # fmt: skip
#: Kinds whose numbers stand there as people type them, from the beginning.
_KINDS_BY_BEGINNING = ("account", "claim", "visit", "order")
SHORTEST_BEGINNING = 4


def _by_beginning(text: str) -> set[UUID]:
    if len(text) < SHORTEST_BEGINNING:
        return set()
    found: set[UUID] = set()
    for kind in _KINDS_BY_BEGINNING:
        rows = JourneyKey.objects.filter(kind=kind, value__startswith=text)
        found |= set(rows.values_list("journey_id", flat=True)[:MOST_FOUND])
    return found


def _by_claim(text: str) -> set[UUID]:
    """By the payer's number, or ours: GS06 of a file of claims, or GS06:ST02 of one of them."""
    rows = Claim.objects.filter(Q(payer_claim_control_number=text) | Q(control_number=text))
    found = set(rows.values_list("journey_id", flat=True)[:MOST_FOUND])
    if text.isdecimal():
        of_file = Claim.objects.filter(control_number__startswith=f"{text}:")
        found |= set(of_file.values_list("journey_id", flat=True)[:MOST_FOUND])
    return found


def _by_trace(text: str) -> set[UUID]:
    rows = ClaimPayment.objects.filter(remittance__trace_number=text).order_by("-id")
    return set(rows.values_list("journey_id", flat=True)[:MOST_FOUND])


@dataclass(frozen=True)
class JourneyStory:
    """One patient account from the appointment to the journal. Lists are in the order of what happened."""

    journey: Journey
    appointments: list[Appointment]
    coverages: list[Coverage]
    authorizations: list[Authorization]
    estimates: list[Estimate]
    encounters: list[Encounter]
    charges: list[Charge]
    claims: list[Claim]
    answers: list[Event]
    remitted: list[ClaimPayment]
    entries: list[Entry]
    payments: list[Payment]
    events: list[Event]
    runs: list[Run] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    # --- dollars --------------------------------------------------------------------------------------------
    @cached_property
    def charged(self) -> Decimal:
        return sum((charge.amount for charge in self.charges if charge.status != ChargeStatus.VOIDED), ZERO)

    @cached_property
    def expected(self) -> Decimal | None:
        amounts = [item.expected_amount for item in self.appointments if item.expected_amount is not None]
        return sum(amounts, ZERO) if amounts else None

    @cached_property
    def claimed(self) -> Decimal:
        return sum((claim.amount for claim in self.claims), ZERO)

    @cached_property
    def paid_by_payers(self) -> Decimal:
        return sum((item.paid for item in self.remitted), ZERO)

    @cached_property
    def contractual(self) -> Decimal:
        return sum((claim.contractual for claim in self.claims), ZERO)

    @cached_property
    def patient_share(self) -> Decimal:
        return sum((item.patient_responsibility for item in self.remitted), ZERO)

    @cached_property
    def paid_by_patient(self) -> Decimal:
        return sum((item.amount for item in self.payments if item.status == PaymentStatus.SETTLED), ZERO)

    @cached_property
    def balances(self) -> dict[str, Decimal]:
        """What the books say is still owed: (account, debits less credits) of the two receivables."""
        lines = Line.objects.filter(entry__in=self.entries, account__in=(PAYER_RECEIVABLE, PATIENT_RECEIVABLE))
        sums = lines.values("account").annotate(debits=Sum("debit"), credits=Sum("credit"))
        return {row["account"]: row["debits"] - row["credits"] for row in sums}

    @property
    def payer_owes(self) -> Decimal:
        return self.balances.get(PAYER_RECEIVABLE, ZERO)

    @property
    def patient_owes(self) -> Decimal:
        return self.balances.get(PATIENT_RECEIVABLE, ZERO)

    @property
    def open_cases(self) -> list[Case]:
        return [case for case in self.cases if case.state in CASE_OPEN]


def story(who: Who, journey: Journey) -> JourneyStory:
    """Read with one query a table. Runs, messages and cases only as far as `who` may see them."""
    events = list(Event.objects.filter(journey_id=journey.pk).defer("sealed").order_by("id")[:_MOST_EVENTS])
    events.sort(key=lambda event: event.occurred_at)
    runs = _runs(who, journey)
    return JourneyStory(
        journey=journey,
        appointments=list(Appointment.objects.filter(journey=journey).defer("sealed").order_by("starts_at")),
        coverages=list(Coverage.objects.filter(journey=journey).defer("sealed").order_by("id")),
        authorizations=list(Authorization.objects.filter(journey=journey).order_by("id")),
        estimates=list(Estimate.objects.filter(journey=journey).order_by("id")),
        encounters=list(Encounter.objects.filter(journey=journey).defer("sealed").order_by("id")),
        charges=list(Charge.objects.filter(journey=journey).defer("sealed").order_by("service_date", "id")),
        claims=list(Claim.objects.filter(journey=journey).order_by("id")),
        answers=[event for event in events if event.type in {"claim.acknowledged", "claim.rejected"}],
        remitted=list(ClaimPayment.objects.filter(journey=journey).select_related("remittance").order_by("id")),
        entries=_entries(journey),
        payments=list(Payment.objects.filter(journey=journey).order_by("occurred_at")),
        events=events,
        runs=runs,
        waits=list(Wait.objects.filter(run__in=runs).select_related("run").order_by("due_at")),
        cases=_cases(who, journey),
        messages=_messages(who, journey),
    )


def _entries(journey: Journey) -> list[Entry]:
    rows = Entry.objects.filter(journey_id=journey.pk).annotate(total=Sum("lines__debit"))
    return list(rows.order_by("effective_date", "id"))


def _runs(who: Who, journey: Journey) -> list[Run]:
    rows = access.scoped(Run.objects.filter(journey_id=journey.pk), who, Permission.VIEW_RUNS)
    return list(rows.defer("outputs", "pins").order_by("id")[:_MOST_EVENTS])


def _cases(who: Who, journey: Journey) -> list[Case]:
    return list(case_selectors.cases_of_journey(who, journey.pk)[:20]) if access.may(who, Permission.VIEW_CASES) else []


def _messages(who: Who, journey: Journey) -> list[Message]:
    rows = access.scoped(Message.objects.filter(journey_id=journey.pk), who, Permission.VIEW_MESSAGES)
    return list(rows.defer("body", "headers").order_by("id")[:_MOST_EVENTS])


# --- the list -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Standing:
    """How far a journey has come, and its dollars there."""

    stage: str
    amount: Decimal | None


def standings(rows: Sequence[Journey]) -> dict[UUID, Standing]:
    """The furthest stage of each journey of a page: four queries, however many rows."""
    found: dict[UUID, Standing] = {}
    for appointment in Appointment.objects.filter(journey__in=rows).defer("sealed"):
        found[appointment.journey_id] = Standing(appointment.get_status_display(), appointment.expected_amount)
    for encounter in Encounter.objects.filter(journey__in=rows).defer("sealed"):
        amount = found[encounter.journey_id].amount if encounter.journey_id in found else None
        found[encounter.journey_id] = Standing(f"Visit {encounter.get_status_display().lower()}", amount)
    for row in Charge.objects.filter(journey__in=rows).values("journey_id").annotate(total=Sum("amount")):
        found[row["journey_id"]] = Standing("Charged", row["total"])
    for claim in Claim.objects.filter(journey__in=rows):
        found[claim.journey_id] = Standing(f"Claim {claim.get_status_display().lower()}", claim.amount)
    for payment in Payment.objects.filter(journey__in=rows):
        stage = f"Payment {payment.get_status_display().lower()}"
        found.setdefault(payment.journey_id, Standing(stage, payment.amount))
    for journey_id, remittance in remittances(rows).items():
        found.setdefault(journey_id, Standing(f"Remittance {remittance.trace_number}", remittance.amount))
    return found


def remittances(rows: Sequence[Journey]) -> dict[UUID, Remittance]:
    """A remittance has a journey of its own: what stands beside its claims has no patient."""
    keys = dict(JourneyKey.objects.filter(kind="remittance", journey__in=rows).values_list("value", "journey_id"))
    return {keys[item.key]: item for item in Remittance.objects.filter(key__in=keys)}
