"""An 837 of a guide without a typed form (dental, or a version that names none): refused, never passed over."""

from __future__ import annotations

from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import shown


class UnreadClaimsParser(TransactionParser):
    """Takes everything and types nothing; says so at the first claim."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self._told = False

    def other(self, segment: Segment) -> None:
        if segment.id != "CLM" or self._told:
            return
        self._told = True
        header = self.header
        self.fault(
            FaultCode.UNKNOWN_GUIDE,
            "The guide of these claims is not known, so they are not read",
            Segment(header.segment, 0, "ST", [], b"", b""),
            3,
            expected="a guide of professional (X222) or institutional (X223) claims",
            found=header.version if header.version[:6] in ("005010", "004010") else shown(header.version),
        )
