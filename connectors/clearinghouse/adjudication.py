"""835 items to events: the head of a remittance, and each of its claim payments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from connectors.event_bounds import bounded
from connectors.formats.x12 import Adjustment as AdjustmentItem
from connectors.formats.x12 import ClaimPayment, RemittanceStart
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events.claim import (
    AdjudicationEvent,
    Adjustment,
    ClaimAdjudicated,
    ClaimDenied,
    ClaimReversed,
    RemittanceReceived,
)
from hub.core.money import ZERO

_LONGEST_STATUS = 2  # CLP02
_INTEREST = "I"  # AMT01 of loop 2100
_MEMBER = "MI"  # NM108
_CLAIM_FROM, _SERVICE = frozenset({"232"}), frozenset({"472", "150"})  # DTM01 of loops 2100 and 2110


@dataclass(slots=True)
class Heads:
    """The head event of each remittance of one file, under a key of its own.

    Payer, trace number and amount make a remittance the same one in whatever file it comes again; a file that
    has several alike numbers them.
    """

    message: Incoming
    _seen: Counter[str] = field(default_factory=Counter)

    def of(self, start: RemittanceStart, created: datetime | None) -> RemittanceReceived:
        """`created` is when the payer made the file. Raises DataFault where no date says when it was paid."""
        payer = start.payer.id or start.payer_identifier or start.originator
        key = f"{self.message.system}:{payer}:{start.trace_number}:{start.amount:.2f}"
        self._seen[key] += 1
        if self._seen[key] > 1:
            key = f"{key}#{self._seen[key]}"
        paid_on = start.payment_date or start.production_date or (created.date() if created else None)
        if paid_on is None:
            raise DataFault(
                "x12-malformed",
                "BPR16 is missing; expected the date of the payment.",
                cause=("BPR16",),
                subject={"element": "BPR16"},
            )
        moment = created or datetime(paid_on.year, paid_on.month, paid_on.day, tzinfo=self.message.zone)
        return bounded(
            RemittanceReceived(
                occurred_at=moment,
                entity_key=key,
                facility=start.payee.id if start.payee.id_qualifier == "XX" else "",
                trace_number=start.trace_number,
                payer=payer,
                amount=start.amount if start.credit_debit != "D" else -start.amount,
                method=start.method,
                paid_on=paid_on,
                claim_count=0,
            )
        )


def claim_event(claim: ClaimPayment, head: RemittanceReceived, position: int) -> AdjudicationEvent:
    """The event of one CLP loop; `position` counts from 1 within its remittance.

    A payer often takes back and pays anew in one file: the place in the file orders what has the same time.
    """
    if len(claim.status) > _LONGEST_STATUS:
        raise DataFault("x12-malformed", f"CLP02 of claim {position} is no claim status.", cause=("CLP02",))
    return bounded(
        _event_class(claim)(
            occurred_at=head.occurred_at + timedelta(microseconds=position),
            entity_key=claim.account_number,
            facility=head.facility,
            account_number=claim.account_number,
            claim_number=claim.account_number,
            remittance_key=head.entity_key,
            position=position,
            trace_number=head.trace_number,
            status_code=claim.status,
            charge=claim.charge,
            paid=claim.paid,
            patient_responsibility=claim.adjusted("PR"),
            payer=head.payer,
            payer_claim_control_number=claim.payer_claim_number,
            adjustments=_adjustments(claim),
            remark_codes=(*claim.remarks, *(code for line in claim.lines for code in line.remarks)),
            paid_on=head.paid_on,
            interest=sum((item.amount for item in claim.amounts if item.qualifier == _INTEREST), ZERO),
            patient_last_name=_name_of_patient(claim),
            member_id=_member_id(claim),
            service_date=_service_date(claim),
        )
    )


def _name_of_patient(claim: ClaimPayment) -> str:
    patient = claim.name("QC")
    return patient.last if patient else ""


def _member_id(claim: ClaimPayment) -> str:
    """The number by which the payer knows the patient: the insured's, else the patient's own."""
    people = (claim.name("IL"), claim.name("QC"))
    return next((one.id for one in people if one is not None and one.id_qualifier == _MEMBER and one.id), "")


def _service_date(claim: ClaimPayment) -> date | None:
    """The first day: the claim's own, else the earliest of its lines."""
    own = [item.day for item in claim.dates if item.qualifier in _CLAIM_FROM]
    lines = [item.day for line in claim.lines for item in line.dates if item.qualifier in _SERVICE]
    return min(own or lines, default=None)


def _event_class(claim: ClaimPayment) -> type[AdjudicationEvent]:
    if claim.is_reversal:
        return ClaimReversed
    return ClaimDenied if claim.is_denied else ClaimAdjudicated


def _adjustments(claim: ClaimPayment) -> tuple[Adjustment, ...]:
    own = [_adjustment(item, "claim", 0) for item in claim.adjustments]
    for number, line in enumerate(claim.lines, 1):
        own += [_adjustment(item, "line", number) for item in line.adjustments]
    return tuple(own)


def _adjustment(item: AdjustmentItem, level: str, line: int) -> Adjustment:
    return Adjustment(group=item.group, reason=item.reason, amount=item.amount, level=level, line=line)
