"""The rows behind each number: whoever doubts a KPI opens them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import DurationField, Exists, ExpressionWrapper, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from connectors.models import Delivery
from connectors.states import DeliveryState
from hub.core import clock
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.kpis.definitions import Kpi
from hub.kpis.figures import Period
from hub.kpis.measures import GRACE_DAYS, WAITING_WORKFLOWS
from hub.masterdata.models import Facility
from hub.records.models import Appointment, Charge, ClaimPayment, Payment
from hub.records.states import AppointmentStatus, ChargeStatus, PaymentStatus
from orchestration.models import Run


@dataclass(frozen=True, slots=True)
class Proof:
    """One kind of row behind a number, what stands longest first."""

    label: str
    rows: QuerySet[Any]


def proofs(who: Who, kpi: Kpi, period: Period, facility: str = "") -> list[Proof]:
    """What the KPI counts, at `facility` or everywhere the reader may see."""
    return [Proof(proof.label, _visible(proof.rows, who, facility)) for proof in _PROOFS[kpi](period)]


def _visible(rows: QuerySet[Any], who: Who, facility: str) -> QuerySet[Any]:
    rows = access.scoped(rows, who, Permission.VIEW_KPIS)
    return rows.filter(facility=facility) if facility else rows


def _unbilled(period: Period) -> list[Proof]:
    days = Facility.objects.filter(code=OuterRef("facility")).values("charge_grace_days")
    grace = ExpressionWrapper(
        Value(timedelta(days=1)) * Coalesce(Subquery(days), GRACE_DAYS), output_field=DurationField()
    )
    charged = Charge.objects.filter(journey_id=OuterRef("journey_id")).exclude(status=ChargeStatus.VOIDED)
    rows = Appointment.objects.filter(
        ~Exists(charged), status=AppointmentStatus.COMPLETED, completed_at__lte=Value(clock.now()) - grace
    )
    return [Proof("Completed appointments without a charge", rows.order_by("completed_at", "id"))]


def _unmatched(period: Period) -> list[Proof]:
    patients = Payment.objects.filter(matched=False, status=PaymentStatus.SETTLED)
    payers = ClaimPayment.objects.filter(claim=None).exclude(paid=0).select_related("remittance")
    return [
        Proof("Patient payments without an account", patients.order_by("settled_at", "id")),
        Proof("Payer payments without a claim", payers.order_by("remittance__received_at", "id")),
    ]


def _charge_lag(period: Period) -> list[Proof]:
    rows = Charge.objects.exclude(status=ChargeStatus.VOIDED).filter(
        captured_at__gte=period.start, captured_at__lt=period.end
    )
    return [Proof("Charges captured", rows.order_by("service_date", "id"))]


def _posting_lag(period: Period) -> list[Proof]:
    posted = {"posted_at__gte": period.start, "posted_at__lt": period.end}
    patients = Payment.objects.filter(**posted)
    payers = ClaimPayment.objects.filter(**posted).select_related("remittance")
    return [
        Proof("Patient payments posted", patients.order_by("settled_at", "id")),
        Proof("Payer payments posted", payers.order_by("remittance__received_at", "id")),
    ]


def _sync_lag(period: Period) -> list[Proof]:
    waiting = Run.objects.filter(id=OuterRef("run_id"), workflow__in=WAITING_WORKFLOWS)
    rows = Delivery.objects.filter(~Exists(waiting), state=DeliveryState.CONFIRMED, run_id__isnull=False)
    return [Proof("Changes confirmed at their target", rows.order_by("-id"))]


_PROOFS: dict[Kpi, Callable[[Period], list[Proof]]] = {
    Kpi.UNBILLED: _unbilled,
    Kpi.UNMATCHED: _unmatched,
    Kpi.CHARGE_LAG: _charge_lag,
    Kpi.POSTING_LAG: _posting_lag,
    Kpi.SYNC_LAG: _sync_lag,
}
