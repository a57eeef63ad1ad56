"""The head of an 837 and the levels above its claims: submitter, billing provider, subscriber and patient."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.formats.x12 import claim_entities as entities
from connectors.formats.x12.claim_demands import VERSION
from connectors.formats.x12.claim_entities import NOBODY, Entity
from connectors.formats.x12.claims import SubmissionStart
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import day_value

_submission_start = sealed(SubmissionStart)
#: Part of an 837, without anything that the typed form carries. Those of 004010 are among them.
_PASSED = "CUR K3 CN1 CR1 CR2 CR3 CR5 CR6 CR7 CRC HCP HSD SV5 SV4 QTY MEA PS1 LQ FRM N2 TS".split()
_LEVELS = frozenset({"20", "22", "23"})
_LEVEL_LOOPS = {"20": "2000A", "22": "2000B", "23": "2000C"}
#: NM101 to the loop it opens, by the loop it stands in.
_HEADER_PARTIES = {"41": "1000A", "40": "1000B"}
_LEVEL_PARTIES = {
    "20": {"85": "2010AA", "87": "2010AB", "PE": "2010AC"},
    "22": {"IL": "2010BA", "PR": "2010BB", "QD": "2010BA"},
    "23": {"QC": "2010CA"},
}
_RESPONSIBILITIES = frozenset("ABCDEFGHPSTU")


class LevelParser(TransactionParser):
    """Holds the people of the levels that the next claim stands under."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers |= dict.fromkeys(_PASSED, self._passed)
        self.handlers |= {
            "BHT": self._bht,
            "HL": self._hl,
            "NM1": self._nm1,
            "PER": self._per,
            "N3": self._n3_n4,
            "N4": self._n3_n4,
            "PRV": self._prv,
            "SBR": self._sbr,
            "PAT": self._pat,
            "DMG": self._dmg,
        }
        #: Whether all that the guide demands must be there; older versions are read tolerantly.
        self.strict = VERSION in header.version
        self._begin_levels()

    def _begin_levels(self) -> None:
        self._bht_segment = NO_SEGMENT
        self._started = False
        self._level = ""
        self.taxonomy = ""
        self.levels: dict[str, Entity] = {}  # by loop
        self.entity: Entity | None = None  # whom the next N3, N4, PER … belong to
        self.sbr = self.pat = NO_SEGMENT

    def again(self, header: TransactionHeader, delimiters: Delimiters) -> bool:
        before = self.header
        if (header.code, header.version) != (before.code, before.version) or delimiters.component != self.component:
            return False
        self.header = header
        self.errors = 0
        self.loop = ""
        self._begin_levels()
        return True

    def end_claim(self) -> None:
        """A level begins: the claim before, if there is one, is over."""

    def takes_party(self, role: str, entity: Entity) -> bool:
        """Whether `entity` belongs to an open claim."""
        return False

    def takes_coverage(self, sbr: Segment) -> bool:
        """Whether `sbr` is another coverage of an open claim."""
        return False

    def last_of_header(self) -> Segment:
        """Where a transaction that was cut off in its header stopped: its BHT, or else its ST."""
        return self._bht_segment if self._bht_segment.number else Segment(self.header.segment, 0, "ST", [], b"", b"")

    def before_claims(self, segment: Segment) -> None:
        """`segment` is not part of the header."""
        if not self._started:
            self._start(segment)

    def _passed(self, segment: Segment) -> None:
        """Nothing to keep."""

    def _bht(self, segment: Segment) -> None:
        self._bht_segment = segment
        self.day(segment, 4, "creation date", required=False)

    def _start(self, segment: Segment) -> None:
        """The header is over: `segment` is the first after it."""
        self._started = True
        bht = self._bht_segment
        sender, receiver = self.levels.get("1000A", NOBODY), self.levels.get("1000B", NOBODY)
        for found, name, loop, what in (
            (bht.number, "BHT", "", "BHT"),
            (sender.nm1.number, "NM1", "1000A", "NM1*41, the submitter"),
            (receiver.nm1.number, "NM1", "1000B", "NM1*40, the receiver"),
            (sender.contact.number or not self.strict, "PER", "1000A", "PER, the submitter's contact"),
        ):
            if not found:
                self.missing(segment, name, loop, what)
        self.out.append(
            _submission_start(
                submitter=entities.submitter(sender),
                receiver=entities.receiver(receiver),
                reference=bht.get(3),
                created=day_value(bht.get(4)),
                purpose=bht.get(2),
                header=self.header,
            )
        )

    def _hl(self, segment: Segment) -> None:
        self.end_claim()
        self.before_claims(segment)
        level = self.code(segment, 3, _LEVELS, "hierarchical level")
        self._level = level
        self.entity = None
        if level == "20":
            self.taxonomy = ""
            self.levels.clear()
        if level in ("20", "22"):
            self.sbr = NO_SEGMENT
            self._forget("2010BA", "2010BB")
        self.pat = NO_SEGMENT
        self._forget("2010CA")
        self.loop = _LEVEL_LOOPS.get(level, "")

    def _forget(self, *loops: str) -> None:
        for loop in loops:
            self.levels.pop(loop, None)

    def _nm1(self, segment: Segment) -> None:
        role = segment.get(1) or self.required(segment, 1, "entity code")
        entity = self.entity = Entity(segment)
        if self.takes_party(role, entity):
            return
        parties = _LEVEL_PARTIES.get(self._level, {}) if self._started else _HEADER_PARTIES
        if self.known_party(segment, role, parties):
            self.levels.setdefault(self.loop, entity)

    def known_party(self, segment: Segment, role: str, parties: Mapping[str, str]) -> bool:
        """Whether `role` may stand here; then its loop is open, else it is reported."""
        loop = parties.get(role)
        if loop is None:
            if role:  # that it is missing is told already
                self.code(segment, 1, frozenset(parties), "entity code at this place")
            return False
        self.loop = loop
        return True

    def _per(self, segment: Segment) -> None:
        if self.entity is not None and not self.entity.contact.number:
            self.entity.contact = segment

    def _n3_n4(self, segment: Segment) -> None:
        if self.entity is None:
            self.misplaced(segment, "an address after NM1")
            return
        self.entity.address.append(segment)

    def _prv(self, segment: Segment) -> None:
        if self.entity is not None:
            self.entity.taxonomy = segment.get(3)
        elif self._level == "20":
            self.taxonomy = segment.get(3)
        else:
            self.misplaced(segment, "PRV after the NM1 of a provider")

    def _sbr(self, segment: Segment) -> None:
        if not self.takes_coverage(segment):
            self.sbr = segment
        self.code(segment, 1, _RESPONSIBILITIES, "payer responsibility")

    def _pat(self, segment: Segment) -> None:
        self.pat = segment

    def _dmg(self, segment: Segment) -> None:
        self.day(segment, 2, "birth date", required=self.entity is not None)  # 004010 has one in 2320 too
        if self.entity is not None:
            self.entity.demographics = segment
