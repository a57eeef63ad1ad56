"""What the inquiries of a provider and the answers of a payer share: 270/271, 276/277 and 278.

A file is a stream of `InquiryStart`, then the transaction's own items (`eligibility`, `status_inquiry`, `review`), then
`InquiryEnd`; once per ST. `hierarchy` reads the levels (HL) that all of them are built of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from connectors.formats.x12.parts import Address, Contact, Name, Reference
from connectors.formats.x12.transaction import TransactionHeader

#: BHT02.
REQUEST, RESPONSE, STATUS_REPORT = "13", "11", "08"


@dataclass(frozen=True, slots=True)
class Trace:
    """TRN: `number` is the reference of whoever asked, `originator` who that was (TRN03)."""

    number: str
    originator: str = ""
    kind: str = "1"  # 1 in what is asked, 2 in what is answered


@dataclass(frozen=True, slots=True)
class Period:
    """DTP: `qualifier` says what happened that day, or from `first` to `last`."""

    qualifier: str
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """AAA: why there is no answer. `reason` is AAA03 (72 invalid member id …), `follow_up` AAA04 (C correct it)."""

    reason: str
    follow_up: str = ""
    loop: str = ""
    valid: bool = False  # AAA01: the request as such was in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody at a level: payer, provider, subscriber, dependent. NM1 and what belongs to it."""

    name: Name
    birth_date: date | None = None
    sex: str = ""
    address: Address | None = None
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    taxonomy: str = ""  # PRV03

    def reference(self, qualifier: str) -> str:
        """The number under `qualifier` (EJ is the patient's account), or ""."""
        return next((each.value for each in self.references if each.qualifier == qualifier), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryStart:
    """BHT. `reference` is BHT03, which a real-time answer repeats; `created` carries no zone."""

    reference: str
    purpose: str
    created: datetime | None = None
    kind: str = ""  # BHT06
    header: TransactionHeader | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryEnd:
    """The end of one transaction: how many inquiries or answers it held, and whether all of it was there."""

    header: TransactionHeader
    items: int
    errors: int
    complete: bool
