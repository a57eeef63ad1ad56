"""From what the hub wants to know to the X12 document that asks it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.formats.x12 import (
    BenefitQuestion,
    EligibilityInquiry,
    Name,
    OutgoingInterchange,
    Participant,
    Period,
    Procedure,
    Reference,
    Review,
    ReviewedService,
    ReviewRequest,
    StatusInquiry,
    Trace,
    UnwritableValue,
    write_270,
    write_276,
    write_278_request,
)
from connectors.formats.x12.review import EVENT, SERVICE, URGENT
from connectors.payers import payloads
from connectors.payers.payloads import AUTHORIZATION, CLAIM_STATUS, ELIGIBILITY, Inquiry, from_payload
from hub.core.errors import ConfigurationFault, DataFault

#: ISA13 and GS06 hold nine digits.
_CONTROL_NUMBERS = 10**9
#: DTP01 of a 270: the plan on that day.
_PLAN = "291"


@dataclass(frozen=True, slots=True)
class Parties:
    """Who we are to the payer, and the payer to us: options of the system."""

    payer_id: str
    payer_name: str
    sender_id: str
    sender_name: str
    receiver_id: str
    originator: str
    usage: str

    @classmethod
    def of(cls, options: Mapping[str, Any], code: str) -> Parties:
        """Raises ConfigurationFault where the system does not say which payer it is."""
        payer_id = str(options.get("payer_id", ""))
        if not payer_id:
            raise ConfigurationFault(
                "payer-id-missing",
                f"{code} does not say which payer it is.",
                cause=(code,),
                hint="Set the option `payer_id` to the payer's electronic id (NM109).",
            )
        sender = str(options.get("sender_id", "THROUGHLINE"))
        return cls(
            payer_id=payer_id,
            payer_name=str(options.get("payer_name", payer_id)),
            sender_id=sender,
            sender_name=str(options.get("sender_name", sender)),
            receiver_id=str(options.get("receiver_id", payer_id)),
            originator=str(options.get("originator", "9999999999")),
            usage=str(options.get("usage", "P")),
        )

    def payer(self, role: str) -> Participant:
        return Participant(name=Name(role, self.payer_name, id_qualifier="PI", id=self.payer_id, person=False))


@dataclass(frozen=True, slots=True)
class Question:
    """A document to be sent: what CORE calls it, and the transaction that is to answer it."""

    payload_type: str
    answered_by: str
    content: bytes


def question(
    operation: str, payload: Mapping[str, Any], parties: Parties, *, posting_key: str, created: datetime
) -> Question:
    """The document for one delivery. Raises DataFault where the payload or one of its values cannot be carried,
    ConfigurationFault for an operation that is none."""
    if operation not in _OPERATIONS:
        raise ConfigurationFault(
            "unknown-operation", f"A payer knows no operation {operation}.", cause=(operation,)
        )  # fmt: skip
    shape, payload_type, answered_by, write = _OPERATIONS[operation]
    inquiry = from_payload(payload, shape)
    try:
        content = write(inquiry, parties, _interchange(parties, posting_key, created))
    except UnwritableValue as error:
        raise DataFault(
            "inquiry-unwritable",
            f"The inquiry cannot be written: {error}.",
            cause=(error.element, error.reason),
            hint="Correct the value where it is mastered, then replay.",
            subject={"element": error.element},
        ) from error
    return Question(payload_type, answered_by, content)


def _interchange(parties: Parties, posting_key: str, created: datetime) -> OutgoingInterchange:
    """A number of its own for each try: payers refuse an interchange that they have seen before."""
    digest = hashlib.sha256(f"{posting_key}|{created.isoformat()}".encode()).hexdigest()
    number = int(digest[:15], 16) % (_CONTROL_NUMBERS - 1) + 1
    return OutgoingInterchange(
        sender=parties.sender_id,
        receiver=parties.receiver_id,
        control_number=number,
        group_control_number=number,
        created=created,
        usage=parties.usage,
    )


def _eligibility(asked: payloads.EligibilityInquiry, parties: Parties, interchange: OutgoingInterchange) -> bytes:
    account = (Reference("EJ", asked.account_number),) if asked.account_number else ()
    dependent = asked.dependent
    inquiry = EligibilityInquiry(
        source=parties.payer("PR"),
        receiver=_provider("1P", asked.provider),
        subscriber=_member(asked.member, () if dependent else account),
        dependent=_person("03", dependent, account) if dependent else None,
        traces=(Trace(asked.trace, parties.originator),),
        dates=(Period(_PLAN, asked.for_date),),
        questions=(BenefitQuestion(service_types=asked.service_types),),
    )
    return write_270([inquiry], reference=asked.trace, interchange=interchange)


def _claim_status(asked: payloads.ClaimStatusInquiry, parties: Parties, interchange: OutgoingInterchange) -> bytes:
    numbers = (("1K", asked.payer_claim_control_number), ("BLT", asked.bill_type), ("EJ", asked.claim_number))
    sender = Name("41", parties.sender_name, id_qualifier="46", id=parties.sender_id, person=False)
    inquiry = StatusInquiry(
        payer=parties.payer("PR"),
        receiver=Participant(name=sender),
        provider=_provider("1P", asked.provider),
        subscriber=_member(asked.member, ()),
        dependent=_person("QC", asked.dependent, ()) if asked.dependent else None,
        trace=Trace(asked.trace),
        references=tuple(Reference(qualifier, number) for qualifier, number in numbers if number),
        charge=asked.amount,
        dates=(Period("472", asked.service_from, asked.service_to),),
    )
    return write_276([inquiry], reference=asked.trace, interchange=interchange)


def _authorization(asked: payloads.AuthorizationRequest, parties: Parties, interchange: OutgoingInterchange) -> bytes:
    account = (Reference("EJ", asked.account_number),) if asked.account_number else ()
    dependent = asked.dependent
    request = ReviewRequest(
        payer=parties.payer("X3"),
        requester=_provider("1P", asked.provider),
        subscriber=_member(asked.member, () if dependent else account),
        dependent=_person("QC", dependent, account) if dependent else None,
        traces=(Trace(asked.trace, parties.originator),),
        review=Review(
            category=asked.category,
            service_type=asked.service_type,
            facility=asked.place_of_service,
            facility_kind="B",
            urgency=URGENT if asked.expedited else "",
        ),
        dates=(Period(EVENT, asked.service_from, asked.service_to),),
        diagnoses=tuple(
            ("ABF" if place else "ABK", code.replace(".", "")) for place, code in enumerate(asked.diagnoses)
        ),
        providers=(_provider("SJ", asked.servicing),) if asked.servicing else (),
        services=tuple(
            ReviewedService(
                procedure=Procedure("HC", code),
                unit_basis="UN" if asked.units is not None else "",
                units=asked.units,
                dates=(Period(SERVICE, asked.service_from, asked.service_to),),
            )
            for code in asked.procedure_codes
        ),
    )
    return write_278_request([request], reference=asked.trace, interchange=interchange)


def _provider(role: str, provider: payloads.Provider) -> Participant:
    name = Name(role, provider.name, provider.first, id_qualifier="XX", id=provider.npi, person=bool(provider.first))
    return Participant(name=name, taxonomy=provider.taxonomy)


def _member(member: payloads.Member, references: tuple[Reference, ...]) -> Participant:
    name = Name("IL", member.last, member.first, member.middle, id_qualifier="MI", id=member.member_id)
    return Participant(name=name, birth_date=member.birth_date, sex=member.sex, references=references)


def _person(role: str, person: payloads.Person, references: tuple[Reference, ...]) -> Participant:
    name = Name(role, person.last, person.first, person.middle)
    return Participant(name=name, birth_date=person.birth_date, sex=person.sex, references=references)


_Write = Callable[[Any, Parties, OutgoingInterchange], bytes]
#: Operation to the payload's shape, CORE's name of the document, what answers it, and its writer.
_OPERATIONS: dict[str, tuple[type[Inquiry], str, str, _Write]] = {
    ELIGIBILITY: (payloads.EligibilityInquiry, "X12_270_Request_005010X279A1", "271", _eligibility),
    CLAIM_STATUS: (payloads.ClaimStatusInquiry, "X12_276_Request_005010X212", "277", _claim_status),
    AUTHORIZATION: (payloads.AuthorizationRequest, "X12_278_Request_005010X217", "278", _authorization),
}
