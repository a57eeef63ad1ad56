"""X12 005010: read it as a stream of typed items, write it, say what is wrong with it. See README.md."""

from connectors.formats.x12.acknowledge import acknowledge
from connectors.formats.x12.acknowledgement import (
    Acknowledgement,
    AcknowledgementItem,
    ElementError,
    GroupResponse,
    SegmentError,
    TransactionResponse,
)
from connectors.formats.x12.acknowledgement_writer import write_999
from connectors.formats.x12.balance import BalanceBreak, BalanceRule
from connectors.formats.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatusEnd,
    ClaimStatusItem,
    ClaimStatusStart,
    LineAcknowledgement,
    Status,
    StatusCode,
)
from connectors.formats.x12.claim_status_writer import ClaimStatusReport, write_277ca
from connectors.formats.x12.claims import (
    Attachment,
    BillingProvider,
    ClaimHead,
    ClaimProvider,
    Diagnosis,
    Drug,
    LineAdjudication,
    OtherCoverage,
    Patient,
    Payer,
    Receiver,
    SubmissionEnd,
    SubmissionStart,
    Submitter,
    Subscriber,
)
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import Fault, FaultCode, Severity
from connectors.formats.x12.institutional import (
    CodedProcedure,
    InstitutionalClaim,
    InstitutionalLine,
    Occurrence,
    ValueAmount,
)
from connectors.formats.x12.institutional_writer import write_837i
from connectors.formats.x12.parts import (
    Address,
    Contact,
    Name,
    Procedure,
    QualifiedAmount,
    QualifiedDate,
    QualifiedQuantity,
    Reference,
)
from connectors.formats.x12.professional import ClaimLine, ProfessionalClaim
from connectors.formats.x12.professional_writer import write_837p
from connectors.formats.x12.reader import Item, Source, read, read_277ca, read_835, read_837p, read_999
from connectors.formats.x12.registry import SubmissionItem
from connectors.formats.x12.remittance import (
    Adjustment,
    ClaimPayment,
    Party,
    ProviderAdjustment,
    RemittanceEnd,
    RemittanceItem,
    RemittanceStart,
    ServicePayment,
)
from connectors.formats.x12.remittance_writer import Remittance, payment_amount, write_835
from connectors.formats.x12.tokenizer import Segment, Tokenizer
from connectors.formats.x12.transaction import GroupHeader, InterchangeHeader, TransactionHeader, TransactionTrailer
from connectors.formats.x12.writer import OutgoingInterchange, UnwritableValue

__all__ = [
    "Acknowledgement",
    "AcknowledgementItem",
    "Address",
    "Adjustment",
    "Attachment",
    "BalanceBreak",
    "BalanceRule",
    "BillingProvider",
    "ClaimAcknowledgement",
    "ClaimHead",
    "ClaimLine",
    "ClaimPayment",
    "ClaimProvider",
    "ClaimStatusEnd",
    "ClaimStatusItem",
    "ClaimStatusReport",
    "ClaimStatusStart",
    "CodedProcedure",
    "Contact",
    "Delimiters",
    "Diagnosis",
    "Drug",
    "ElementError",
    "Fault",
    "FaultCode",
    "GroupHeader",
    "GroupResponse",
    "InstitutionalClaim",
    "InstitutionalLine",
    "InterchangeHeader",
    "Item",
    "LineAcknowledgement",
    "LineAdjudication",
    "Name",
    "Occurrence",
    "OtherCoverage",
    "OutgoingInterchange",
    "Party",
    "Patient",
    "Payer",
    "Procedure",
    "ProfessionalClaim",
    "ProviderAdjustment",
    "QualifiedAmount",
    "QualifiedDate",
    "QualifiedQuantity",
    "Receiver",
    "Reference",
    "Remittance",
    "RemittanceEnd",
    "RemittanceItem",
    "RemittanceStart",
    "Segment",
    "SegmentError",
    "ServicePayment",
    "Severity",
    "Source",
    "Status",
    "StatusCode",
    "SubmissionEnd",
    "SubmissionItem",
    "SubmissionStart",
    "Submitter",
    "Subscriber",
    "Tokenizer",
    "TransactionHeader",
    "TransactionResponse",
    "TransactionTrailer",
    "UnwritableValue",
    "ValueAmount",
    "acknowledge",
    "payment_amount",
    "read",
    "read_277ca",
    "read_835",
    "read_837p",
    "read_999",
    "write_277ca",
    "write_835",
    "write_837i",
    "write_837p",
    "write_999",
]
