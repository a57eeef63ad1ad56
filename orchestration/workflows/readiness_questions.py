"""What is asked of a payer before a visit: the inquiries, and the rounds in which they are asked."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from connectors.models import Delivery
from connectors.payers.payloads import (
    AUTHORIZATION,
    ELIGIBILITY,
    AuthorizationRequest,
    EligibilityInquiry,
    Member,
    Provider,
    as_payload,
    trace_for,
)
from connectors.states import DELIVERY_OPEN, DeliveryState
from hub.masterdata.crosswalk import snapshot
from orchestration.work import Work
from orchestration.workflow import Deliver
from orchestration.workflows.readiness_rules import service_types
from orchestration.workflows.readiness_visit import Visit

#: X12 code list 1365 (UM03) by kind of visit: what the payer is to review.
_SERVICE_TYPES = {
    "office": "98",
    "procedure": "2",
    "imaging": "4",
    "lab": "5",
    "inpatient": "48",
    "emergency": "86",
}
_MEDICAL_CARE = "1"


@dataclass(frozen=True, slots=True)
class Question:
    """One question in its rounds. Each has a posting key of its own: one that was confirmed is not sent again."""

    system: str
    operation: str
    payload: dict[str, Any]
    prefix: str
    rounds: Sequence[Delivery]

    @property
    def newest(self) -> Delivery | None:
        return self.rounds[-1] if self.rounds else None

    @property
    def is_open(self) -> bool:
        """It stands in the lane, and the lane goes on trying."""
        return self.newest is not None and self.newest.state in DELIVERY_OPEN

    @property
    def refused(self) -> Delivery | None:
        """The newest round, where it ended without an answer."""
        ended = (DeliveryState.REJECTED, DeliveryState.FAILED)
        return self.newest if self.newest is not None and self.newest.state in ended else None

    def next(self) -> Deliver:
        number = len({row.posting_key for row in self.rounds}) + 1
        return Deliver(self.system, self.operation, self.payload, posting_key=f"{self.prefix}{number}")


def eligibility(work: Work, visit: Visit) -> tuple[str, Question]:
    """(trace, question). Another member, payer or day is another question, and so has another trace."""
    trace = eligibility_trace(visit)
    inquiry = EligibilityInquiry(
        trace=trace,
        member=_member(visit),
        provider=_facility(visit),
        for_date=visit.on,
        service_types=service_types(visit.payer.code, visit.facility.code, visit.on, visit.appointment.visit_type),
        account_number=visit.appointment.account_number,
    )
    return trace, _question(work, visit, ELIGIBILITY, trace, as_payload(inquiry))


def eligibility_trace(visit: Visit) -> str:
    return trace_for(visit.appointment.key, "E", _digest(visit))


def coverage_changed(work: Work, visit: Visit) -> bool:
    """Whether the payer would now be asked another question about coverage than the run's answer is to."""
    asks = not visit.is_self_pay and bool(visit.payer.real_time_system)
    return (eligibility_trace(visit) if asks else "") != str(work.output("eligibility").get("trace", ""))


def authorization(
    work: Work, visit: Visit, trace: str, *, procedures: Sequence[str], diagnoses: Sequence[str], expedited: bool
) -> Question:
    """May this be done? Asked again under the same trace, the payer says where it stands."""
    clinic = visit.facility.kind == "clinic"
    request = AuthorizationRequest(
        trace=trace,
        member=_member(visit),
        provider=_facility(visit),
        procedure_codes=tuple(procedures),
        diagnoses=tuple(diagnoses),
        service_from=visit.on,
        expedited=expedited,
        service_type=_SERVICE_TYPES.get(visit.appointment.visit_type, _MEDICAL_CARE),
        place_of_service="11" if clinic else "22",
        account_number=visit.appointment.account_number,
        servicing=_servicing(visit),
    )
    return _question(work, visit, AUTHORIZATION, trace, as_payload(request))


def _question(work: Work, visit: Visit, operation: str, trace: str, payload: dict[str, Any]) -> Question:
    prefix = f"{work.run.workflow}:{trace}:"
    return Question(visit.payer.real_time_system, operation, payload, prefix, work.asked(prefix))


def _digest(visit: Visit) -> str:
    """What tells two questions about one visit apart, keyed: a member id must not be guessed from it."""
    person = visit.person
    parts = (visit.payer.code, visit.on.isoformat(), *(str(person.get(name) or "").strip().upper() for name in _WHO))
    return hmac.new(settings.HUB_PAYLOAD_KEYS[-1].encode(), "|".join(parts).encode(), hashlib.sha256).hexdigest()[:10]


_WHO = ("member_id", "patient_last_name", "patient_first_name", "patient_birth_date")


def _member(visit: Visit) -> Member:
    person = visit.person
    return Member(
        last=person["patient_last_name"],
        first=person["patient_first_name"],
        birth_date=date.fromisoformat(person["patient_birth_date"]),
        sex=person.get("patient_sex", "U"),
        member_id=person["member_id"],
    )


def _facility(visit: Visit) -> Provider:
    return Provider(name=visit.facility.name, npi=visit.facility.npi)


def _servicing(visit: Visit) -> Provider | None:
    if not visit.appointment.provider:
        return None
    info = snapshot().provider(visit.appointment.provider)
    return Provider(name=info.last_name, first=info.first_name, npi=info.npi, taxonomy=info.taxonomy)
