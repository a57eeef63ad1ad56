"""X12 005010: read it as a stream of typed items, write it, say what is wrong with it. See README.md."""

from connectors.formats.x12.balance import BalanceBreak, BalanceRule
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import Fault, FaultCode, Severity
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
from connectors.formats.x12.professional import (
    BillingProvider,
    ClaimLine,
    ClaimProvider,
    Diagnosis,
    Patient,
    Payer,
    ProfessionalClaim,
    Receiver,
    SubmissionEnd,
    SubmissionItem,
    SubmissionStart,
    Submitter,
    Subscriber,
)
from connectors.formats.x12.professional_writer import write_837p
from connectors.formats.x12.reader import Item, Source, read, read_835, read_837p
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
from connectors.formats.x12.tokenizer import Segment, Tokenizer
from connectors.formats.x12.transaction import (
    GroupHeader,
    InterchangeHeader,
    TransactionHeader,
    TransactionTrailer,
)
from connectors.formats.x12.writer import OutgoingInterchange, UnwritableValue

__all__ = [
    "Address",
    "Adjustment",
    "BalanceBreak",
    "BalanceRule",
    "BillingProvider",
    "ClaimLine",
    "ClaimPayment",
    "ClaimProvider",
    "Contact",
    "Delimiters",
    "Diagnosis",
    "Fault",
    "FaultCode",
    "GroupHeader",
    "InterchangeHeader",
    "Item",
    "Name",
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
    "RemittanceEnd",
    "RemittanceItem",
    "RemittanceStart",
    "Segment",
    "ServicePayment",
    "Severity",
    "Source",
    "SubmissionEnd",
    "SubmissionItem",
    "SubmissionStart",
    "Submitter",
    "Subscriber",
    "Tokenizer",
    "TransactionHeader",
    "TransactionTrailer",
    "UnwritableValue",
    "read",
    "read_835",
    "read_837p",
    "write_837p",
]
