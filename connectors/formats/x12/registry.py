"""Which parser reads which transaction: the one list to extend when a transaction gets a typed form."""

from __future__ import annotations

from typing import TypeAlias

from connectors.formats.x12.acknowledgement import AcknowledgementItem
from connectors.formats.x12.acknowledgement_parser import AcknowledgementParser
from connectors.formats.x12.claim_status import ClaimStatusItem
from connectors.formats.x12.claim_status_parser import ClaimStatusParser
from connectors.formats.x12.claims import SubmissionEnd, SubmissionStart
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.eligibility import EligibilityItem
from connectors.formats.x12.eligibility_parser import EligibilityAnswerParser, EligibilityInquiryParser
from connectors.formats.x12.inquiry import InquiryEnd, InquiryStart
from connectors.formats.x12.institutional import InstitutionalClaim
from connectors.formats.x12.institutional_parser import InstitutionalParser
from connectors.formats.x12.professional import ProfessionalClaim
from connectors.formats.x12.professional_parser import ProfessionalParser
from connectors.formats.x12.remittance import RemittanceItem
from connectors.formats.x12.remittance_parser import RemittanceParser
from connectors.formats.x12.review import ReviewItem
from connectors.formats.x12.review_parser import ReviewParser
from connectors.formats.x12.status_inquiry import StatusItem
from connectors.formats.x12.status_inquiry_parser import StatusAnswerParser, StatusInquiryParser
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.unread_claims import UnreadClaimsParser

SubmissionItem: TypeAlias = SubmissionStart | ProfessionalClaim | InstitutionalClaim | SubmissionEnd
InquiryItem: TypeAlias = InquiryStart | EligibilityItem | StatusItem | ReviewItem | InquiryEnd
TypedItem: TypeAlias = RemittanceItem | SubmissionItem | ClaimStatusItem | AcknowledgementItem | InquiryItem

#: ST01 and the start of the implementation guide's name ("" for any) to the parser; the first that fits is taken.
PARSERS: tuple[tuple[str, str, type[TransactionParser]], ...] = (
    ("835", "", RemittanceParser),
    ("837", "X222", ProfessionalParser),
    ("837", "X098", ProfessionalParser),  # 004010, read tolerantly
    ("837", "X223", InstitutionalParser),
    ("837", "X096", InstitutionalParser),  # 004010
    ("837", "", UnreadClaimsParser),
    ("277", "X214", ClaimStatusParser),
    ("999", "", AcknowledgementParser),
    ("270", "", EligibilityInquiryParser),
    ("271", "", EligibilityAnswerParser),
    ("276", "", StatusInquiryParser),
    ("277", "X212", StatusAnswerParser),
    ("277", "X093", StatusAnswerParser),  # 004010
    ("278", "X217", ReviewParser),
    ("278", "X094", ReviewParser),  # 004010
)


def parser_for(header: TransactionHeader, delimiters: Delimiters) -> TransactionParser:
    """The parser for a transaction; one that takes everything and types nothing where there is none."""
    for code, guide, parser in PARSERS:
        if header.code == code and guide in header.version:
            return parser(header, delimiters)
    return TransactionParser(header, delimiters)
