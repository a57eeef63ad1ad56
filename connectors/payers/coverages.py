"""What a 271 says of one patient's coverage, in the hub's terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from connectors.formats.x12 import Benefit, EligibilityAnswer, Participant, Trace
from connectors.formats.x12.eligibility import (
    ACTIVE,
    COINSURANCE,
    COPAY,
    DEDUCTIBLE,
    INACTIVE,
    REMAINING,
    VISIT,
    WHOLE_PLAN,
)
from hub.core.errors import DataFault
from hub.core.events.coverage import EligibilityChecked

#: Service types whose benefits are looked at first: the plan as such, then an office visit.
_FIRST = (WHOLE_PLAN, "98")
#: DTP01: the day that was asked about.
_PLAN = "291"
_LONGEST_PLAN = 80


def coverage_event(answer: EligibilityAnswer, reference: str, at: datetime) -> EligibilityChecked:
    """The event of one answer; `reference` is BHT03, which is ours where the answer has no trace of ours.

    Raises DataFault where nothing in it says which question it answers.
    """
    key = our_trace(answer.traces) or reference
    if not key:
        raise DataFault("no-trace", "The answer repeats no trace of ours (TRN02, BHT03).", cause=("TRN02",))
    benefits = [each for each in answer.benefits if each.in_network != "N"]
    rejection = answer.rejections[-1].reason if answer.rejections else ""
    service_type = _service_type(benefits)
    return EligibilityChecked(
        occurred_at=at,
        entity_key=key,
        facility="",
        account_number=account_of(answer.dependent, answer.subscriber),
        payer=answer.source.name.id,
        status="rejected" if answer.rejections else _status(benefits),
        rejection=rejection,
        plan=next((each.plan for each in benefits if each.plan), "")[:_LONGEST_PLAN],
        service_type=service_type,
        for_date=_day(answer),
        authorization_required=_authorization(benefits),
        copay=_share(benefits, service_type, COPAY, lambda each: each.amount if each.period in ("", VISIT) else None),
        coinsurance=_share(benefits, service_type, COINSURANCE, _fraction),
        deductible_remaining=_share(
            benefits, service_type, DEDUCTIBLE, lambda each: each.amount if each.period == REMAINING else None
        ),
        trace_number=next((each.number for each in answer.traces if each.kind == "1"), ""),
        member_id=answer.subscriber.name.id if answer.subscriber else "",
    )


def our_trace(traces: Sequence[Trace]) -> str:
    """The trace that came back: TRN01 is 2 for what was asked, 1 for the payer's own."""
    return next((each.number for each in traces if each.kind == "2"), "")


def account_of(*people: Participant | None) -> str:
    """REF*EJ, the patient account that we sent along."""
    return next((number for each in people if each is not None and (number := each.reference("EJ"))), "")


def _status(benefits: Sequence[Benefit]) -> str:
    """What is said of the plan as such decides; else what is said of anything. A payer that says neither could not."""
    for found in ([each for each in benefits if each.speaks_of(WHOLE_PLAN)], benefits):
        said = {each.information for each in found}
        if said & ACTIVE:
            return "active"
        if said & INACTIVE:
            return "inactive"
    return "rejected"


def _service_type(benefits: Sequence[Benefit]) -> str:
    """The service type that the payer tells the patient's share of."""
    shares = [each for each in benefits if each.information in (COPAY, COINSURANCE, DEDUCTIBLE)]
    named = [name for each in shares for name in each.service_types]
    return next((each for each in _FIRST if each in named), named[0] if named else WHOLE_PLAN)


def _share(
    benefits: Sequence[Benefit], service_type: str, information: str, value: Callable[[Benefit], Decimal | None]
) -> Decimal | None:
    """What the payer says for the service type, else for any other."""
    said = [each for each in benefits if each.information == information and value(each) is not None]
    own = [each for each in said if each.speaks_of(service_type)]
    return value((own or said)[0]) if said else None


def _fraction(benefit: Benefit) -> Decimal | None:
    """EB08 is a fraction of 1. Some payers write percent all the same; what is neither says nothing."""
    percent = benefit.percent
    if percent is not None and 1 < percent <= 100:
        percent /= 100
    return percent if percent is not None and 0 <= percent <= 1 else None


def _authorization(benefits: Sequence[Benefit]) -> bool | None:
    """EB11 of any benefit: required where one says so, not required where none does and one denies it."""
    said = {each.authorization for each in benefits}
    return True if "Y" in said else False if "N" in said else None


def _day(answer: EligibilityAnswer) -> date | None:
    return next((each.first for each in answer.dates if each.qualifier == _PLAN and each.last is None), None)
