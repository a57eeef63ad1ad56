"""Read any X12 file as a stream of typed items; constant memory, one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeAlias

from connectors.formats.x12.acknowledgement import AcknowledgementItem, GroupResponse, TransactionResponse
from connectors.formats.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatusEnd,
    ClaimStatusItem,
    ClaimStatusStart,
)
from connectors.formats.x12.claims import SubmissionEnd, SubmissionStart
from connectors.formats.x12.eligibility import EligibilityAnswer, EligibilityInquiry
from connectors.formats.x12.envelope import Envelope
from connectors.formats.x12.faults import Fault
from connectors.formats.x12.inquiry import InquiryEnd, InquiryStart
from connectors.formats.x12.institutional import InstitutionalClaim
from connectors.formats.x12.interchange_acknowledgement import InterchangeAcknowledgement
from connectors.formats.x12.professional import ProfessionalClaim
from connectors.formats.x12.registry import InquiryItem, SubmissionItem, TypedItem, parser_for
from connectors.formats.x12.remittance import (
    ClaimPayment,
    ProviderAdjustment,
    RemittanceEnd,
    RemittanceItem,
    RemittanceStart,
)
from connectors.formats.x12.review import ReviewRequest, ReviewResponse
from connectors.formats.x12.status_inquiry import StatusAnswer, StatusInquiry
from connectors.formats.x12.tokenizer import Segment, Tokenizer
from connectors.formats.x12.transaction import (
    GroupHeader,
    InterchangeHeader,
    TransactionHeader,
    TransactionTrailer,
)

Source: TypeAlias = BinaryIO | Iterable[bytes]
Item: TypeAlias = (
    InterchangeHeader
    | InterchangeAcknowledgement
    | GroupHeader
    | TransactionHeader
    | TransactionTrailer
    | TypedItem
    | Fault
)

_REMITTANCE = (RemittanceStart, ClaimPayment, ProviderAdjustment, RemittanceEnd, Fault)
_SUBMISSION = (SubmissionStart, ProfessionalClaim, InstitutionalClaim, SubmissionEnd, Fault)
_CLAIM_STATUS = (ClaimStatusStart, ClaimAcknowledgement, ClaimStatusEnd, Fault)
_ACKNOWLEDGEMENT = (TransactionResponse, GroupResponse, Fault)
_INQUIRY = (
    InquiryStart, EligibilityInquiry, EligibilityAnswer, StatusInquiry, StatusAnswer, ReviewRequest, ReviewResponse,
    InquiryEnd, Fault,
)  # fmt: skip


def read(source: Source, *, on_segment: Callable[[Segment], None] | None = None) -> Iterator[Item]:
    """The headers, typed items and faults of `source`, in file order. Never raises for what the bytes say.

    `on_segment` sees every segment before what follows from it comes out. Transactions without a typed form give
    their header and trailer only.
    """
    tokenizer = Tokenizer(source)
    envelope = Envelope(parser_for)
    segment = None
    handlers, out = envelope.hot_path()
    for segment in tokenizer:
        if on_segment is not None:
            on_segment(segment)
        handler = handlers.get(segment.id)
        if handler is None:
            yield from _passed_on(tokenizer, envelope)
            envelope.delimiters = tokenizer.delimiters
            envelope.take(segment)
            handlers, out = envelope.hot_path()
            yield from envelope.drain()
        else:
            handler(segment)
            if out:
                yield from out
                out.clear()
    yield from _passed_on(tokenizer, envelope)
    envelope.end(segment)
    yield from envelope.drain()


def _passed_on(tokenizer: Tokenizer, envelope: Envelope) -> Iterator[Fault]:
    for fault in tokenizer.faults:
        envelope.tokenizer_fault(fault)
    tokenizer.faults.clear()
    yield from envelope.drain()


def read_835(source: Source) -> Iterator[RemittanceItem | Fault]:
    """The remittances of `source`: start, claims, provider adjustments and end of each, and faults among them."""
    for item in read(source):
        if isinstance(item, _REMITTANCE):
            yield item


def read_837(source: Source) -> Iterator[SubmissionItem | Fault]:
    """The claims of `source`, professional and institutional: start, claims and end of each ST, faults among them."""
    for item in read(source):
        if isinstance(item, _SUBMISSION):
            yield item


def read_837p(source: Source) -> Iterator[SubmissionItem | Fault]:
    """As `read_837`, without institutional claims."""
    return (item for item in read_837(source) if not isinstance(item, InstitutionalClaim))


def read_837i(source: Source) -> Iterator[SubmissionItem | Fault]:
    """As `read_837`, without professional claims."""
    return (item for item in read_837(source) if not isinstance(item, ProfessionalClaim))


def read_277ca(source: Source) -> Iterator[ClaimStatusItem | Fault]:
    """The claim acknowledgements of `source`: start, claims and end of each transaction, and faults among them."""
    for item in read(source):
        if isinstance(item, _CLAIM_STATUS):
            yield item


def read_999(source: Source) -> Iterator[AcknowledgementItem | Fault]:
    """The syntax acknowledgements of `source`: each transaction's, then its group's, and faults among them."""
    for item in read(source):
        if isinstance(item, _ACKNOWLEDGEMENT):
            yield item


def read_inquiries(source: Source) -> Iterator[InquiryItem | Fault]:
    """The inquiries and answers (270, 271, 276, 277, 278) of `source`, with start and end of each ST, and faults."""
    for item in read(source):
        if isinstance(item, _INQUIRY):
            yield item


def read_ta1(source: Source) -> Iterator[InterchangeAcknowledgement | Fault]:
    """The interchange acknowledgements of `source`, and faults among them."""
    for item in read(source):
        if isinstance(item, InterchangeAcknowledgement | Fault):
            yield item
