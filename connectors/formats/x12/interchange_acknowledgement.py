"""TA1, the interchange acknowledgement: whether an envelope of ours could be read at all. Its typed form and writer.

It stands between ISA and the first group, and speaks of another interchange that went the other way. One that refuses
refuses everything that came in it: no 999 follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from connectors.formats.x12.transaction import InterchangeHeader
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter, UnwritableValue

#: TA104.
ACCEPTED, WITH_ERRORS, REJECTED = "A", "E", "R"

#: TA105 (X12 list I18) in plain words, as far as senders use them.
NOTES = {
    "000": "no error",
    "001": "the control numbers of header and trailer differ",
    "002": "this standard is not supported",
    "003": "this version of the controls is not supported",
    "004": "the segment terminator is invalid",
    "005": "the sender's qualifier is invalid",
    "006": "the sender's id is invalid",
    "007": "the receiver's qualifier is invalid",
    "008": "the receiver's id is invalid",
    "009": "the receiver's id is unknown",
    "010": "the authorization qualifier is invalid",
    "011": "the authorization is invalid",
    "012": "the security qualifier is invalid",
    "013": "the security information is invalid",
    "014": "the date of the interchange is invalid",
    "015": "the time of the interchange is invalid",
    "016": "the standards id is invalid",
    "017": "the version of the interchange is invalid",
    "018": "the control number is invalid",
    "019": "the acknowledgement request is invalid",
    "020": "the test indicator is invalid",
    "021": "the number of groups is invalid",
    "022": "the control structure is invalid",
    "023": "the file ends too early",
    "024": "the content is invalid",
    "025": "the control number was used before",
    "026": "the element separator is invalid",
    "027": "the component separator is invalid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeAcknowledgement:
    """TA1. `control_number` is the ISA13 of the interchange spoken of, `created` its ISA09 and ISA10 without a zone.

    `interchange` is the one that this came in: its sender answers, its receiver is answered.
    """

    control_number: str
    status: str
    note: str = "000"
    created: datetime | None = None
    interchange: InterchangeHeader | None = field(default=None, compare=False)
    segment: int = field(default=0, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether the interchange was taken; its groups are answered by 999s then."""
        return self.status in (ACCEPTED, WITH_ERRORS)

    @property
    def reason(self) -> str:
        """TA105 in plain words."""
        return NOTES.get(self.note, "a code that the standard does not have")


def write_ta1(acknowledgements: Iterable[InterchangeAcknowledgement], *, interchange: OutgoingInterchange) -> bytes:
    """An interchange that carries nothing else. Raises UnwritableValue for what cannot stand in a TA1."""
    out = SegmentWriter(interchange, "", "")
    for each in acknowledgements:
        if each.created is None:
            raise UnwritableValue("TA102", "the date of the interchange is needed")
        number = each.control_number.zfill(9)
        out.add("TA1", number, f"{each.created:%y%m%d}", f"{each.created:%H%M}", each.status, each.note)
    return out.finish()
