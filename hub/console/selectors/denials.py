"""What the denial pages show: the worklist by dollars and days left, one denial, and where denials come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast

from exceptions import selectors as exceptions
from exceptions.models import Case as ExceptionCase
from hub.core.clock import now
from hub.core.money import ZERO
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import ClaimPayment, Denial
from hub.records.states import DenialStage

RUNNING = (DenialStage.OPEN, DenialStage.CORRECTED, DenialStage.APPEALED, DenialStage.UPHELD)
#: What waits for us, not for the payer.
TO_WORK = (DenialStage.OPEN, DenialStage.UPHELD)
#: (days left to the appeal limit, how much more a dollar weighs then); house defaults.
_URGENCY = ((0, 10), (7, 6), (14, 4), (30, 2))


def denials(who: Who) -> QuerySet[Denial]:
    """Those of the reader's facilities, each with its `weight`: dollars times urgency."""
    rows = Denial.objects.select_related("claim", "claim_payment__remittance").annotate(weight=_weight())
    return access.scoped(rows, who, Permission.VIEW_CASES)


def _weight() -> Cast:
    """Whole hours, so that a reader who turns pages finds the order that the page before had."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    steps = [
        When(appeal_due_at__lte=hour + timedelta(days=days), then=F("amount") * factor) for days, factor in _URGENCY
    ]
    return Cast(Case(*steps, default=F("amount") * Value(1)), BigIntegerField())


def case_of(who: Who, run_id: UUID) -> ExceptionCase | None:
    """The newest case that holds or held the denial's run, if the reader may see it."""
    rows = exceptions.cases(who).filter(members__kind=Held.RUN.value, members__ref=run_id)
    return rows.order_by("-id").first()


def decisions(denial: Denial) -> QuerySet[ClaimPayment]:
    """All that the payer decided about the claim and what replaces it, in order."""
    mine = Q(claim=denial.claim_id) | Q(claim__replaces=denial.claim_id)
    return ClaimPayment.objects.filter(mine).select_related("remittance").order_by("id")


@dataclass(frozen=True, slots=True)
class Cause:
    """Denials that lead back to the same step of ours."""

    root_cause: str
    count: int
    amount: Decimal
    running: int
    overturned: int
    recovered: Decimal

    @property
    def won(self) -> int | None:
        """Percent of those at an end that were overturned; None while none is."""
        ended = self.count - self.running
        return round(100 * self.overturned / ended) if ended else None


def causes(rows: QuerySet[Denial]) -> list[Cause]:
    """The dearest first."""
    grouped = rows.order_by().values("root_cause").annotate(
        count=Count("id"),
        total=Sum("amount"),
        running=Count("id", filter=Q(stage__in=RUNNING)),
        overturned=Count("id", filter=Q(stage=DenialStage.OVERTURNED)),
        won_back=Sum("recovered"),
    )  # fmt: skip
    found = [
        Cause(
            row["root_cause"], row["count"], row["total"] or ZERO, row["running"], row["overturned"],
            row["won_back"] or ZERO,
        )
        for row in grouped
    ]  # fmt: skip
    return sorted(found, key=lambda cause: (-cause.amount, cause.root_cause))


def families(who: Who) -> list[str]:
    """The families that occur, for the filter."""
    return sorted(set(denials(who).order_by().values_list("family", flat=True).distinct()))


def root_causes(who: Who) -> list[str]:
    return sorted(set(denials(who).order_by().values_list("root_cause", flat=True).distinct()))


def payers(who: Who) -> list[str]:
    return sorted(set(denials(who).order_by().values_list("payer", flat=True).distinct()))


def with_words(rows: QuerySet[Denial], words: str) -> QuerySet[Denial]:
    """Each word is a code, a trace number or the beginning of an appeal's reference."""
    for word in words.split():
        rows = rows.filter(
            Q(carc__iexact=word)
            | Q(rarc__iexact=word)
            | Q(claim_payment__remittance__trace_number__iexact=word)
            | Q(appeal_reference__istartswith=word)
        )
    return rows


def near_limit(rows: QuerySet[Denial], days: int) -> QuerySet[Denial]:
    """Those that wait for us and whose appeal limit is so many days away or less."""
    return rows.filter(stage__in=TO_WORK, appeal_due_at__lte=now() + timedelta(days=days))
