"""Read an 835, segment by segment, into the types of `remittance`."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.formats.x12 import balance
from connectors.formats.x12.balance import BalanceBreak, BalanceRule
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.name_segments import party_address, read_contact, read_name
from connectors.formats.x12.parts import (
    Contact,
    Name,
    QualifiedAmount,
    QualifiedDate,
    QualifiedQuantity,
    Reference,
    procedure,
)
from connectors.formats.x12.remittance import (
    GROUP_CODES,
    Adjustment,
    ClaimPayment,
    Party,
    ProviderAdjustment,
    RemittanceEnd,
    RemittanceStart,
    ServicePayment,
)
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import ZERO, decimal_value

_HANDLING = frozenset("CDHIPUX")
_METHODS = frozenset({"ACH", "BOP", "CHK", "FWT", "NON"})
#: CLP02, 005010 and the codes that only 004010 had.
_STATUSES = frozenset("1 2 3 4 5 10 13 15 16 17 19 20 21 22 23 25 27".split())
_NO_SEGMENT = Segment(0, 0, "", [], b"", b"")


@dataclass(slots=True)
class _Party:
    segment: Segment
    address: list[Segment] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)


class RemittanceParser(TransactionParser):
    """Holds one claim at a time. A CLP is found wherever it stands, with or without an LX before it."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers = {
            "BPR": self._bpr,
            "NTE": self._ignored,
            "TRN": self._trn,
            "CUR": self._ignored,
            "REF": self._ref,
            "DTM": self._dtm,
            "N1": self._n1,
            "N3": self._n3_n4,
            "N4": self._n3_n4,
            "PER": self._per,
            "RDM": self._ignored,
            "LX": self._lx,
            "TS3": self._ts,
            "TS2": self._ts,
            "CLP": self._clp,
            "CAS": self._cas,
            "NM1": self._nm1,
            "MIA": self._mia,
            "MOA": self._moa,
            "SVC": self._svc,
            "AMT": self._amt,
            "QTY": self._qty,
            "LQ": self._lq,
            "PLB": self._plb,
        }
        self._bpr_segment = self._trn_segment = _NO_SEGMENT
        self._amount: Decimal | None = None
        self._header_dates: list[QualifiedDate] = []
        self._header_references: list[Reference] = []
        self._parties: dict[str, _Party] = {}
        self._party: _Party | None = None
        self._started = False
        self._lx_number = ""
        self._clp_segment = self._svc_segment = _NO_SEGMENT
        self._claim_open = self._line_open = False
        self._amounts_readable = True  # all of the transaction so far
        self._claims = self._breaks = 0
        self._charge_total = self._paid_total = self._adjustment_total = self._provider_total = ZERO
        self._reset_claim()

    # Header

    def _ignored(self, segment: Segment) -> None:
        """Part of an 835, without anything that the hub uses."""

    def _bpr(self, segment: Segment) -> None:
        self._bpr_segment = segment
        self.code(segment, 1, _HANDLING, "transaction handling code")
        before = self.errors
        amount = self.number(segment, 2, "payment amount")
        self._amount = amount if self.errors == before else None
        self.code(segment, 3, frozenset("CD"), "credit or debit flag")
        self.code(segment, 4, _METHODS, "payment method")

    def _trn(self, segment: Segment) -> None:
        self._trn_segment = segment
        self.required(segment, 2, "check or trace number")

    def _n1(self, segment: Segment) -> None:
        if self._started:
            self.misplaced(segment, "N1 before the first claim")
            return
        role = segment.get(1)
        self.loop = "1000B" if role == "PE" else "1000A"
        if role not in ("PR", "PE"):
            self.code(segment, 1, frozenset({"PR", "PE"}), "party code")
        self._party = self._parties.setdefault(role, _Party(segment))

    def _n3_n4(self, segment: Segment) -> None:
        if self._started or self._party is None:
            self.misplaced(segment, "an address after N1")
            return
        self._party.address.append(segment)

    def _per(self, segment: Segment) -> None:
        if self._party is not None and not self._started:
            self._party.contacts.append(read_contact(segment))

    def _start(self, segment: Segment) -> None:
        """The header is over: `segment` is the first after it."""
        self._started = True
        payer, payee = self._parties.get("PR"), self._parties.get("PE")
        for found, name, loop, what in (
            (self._bpr_segment.number, "BPR", "", "BPR, the payment"),
            (self._trn_segment.number, "TRN", "", "TRN, the trace number"),
            (payer, "N1", "1000A", "N1*PR, the payer"),
            (payee, "N1", "1000B", "N1*PE, the payee"),
        ):
            if not found:
                self.missing(segment, name, loop, what)
        self.loop = ""
        bpr, trn = self._bpr_segment, self._trn_segment
        production = next((each.day for each in self._header_dates if each.qualifier == "405"), None)
        receiver = next((each.value for each in self._header_references if each.qualifier == "EV"), "")
        self.out.append(
            RemittanceStart(
                amount=self._amount or ZERO,
                trace_number=trn.get(2),
                payer=_party(payer),
                payee=_party(payee),
                handling_code=bpr.get(1),
                credit_debit=bpr.get(3),
                method=bpr.get(4),
                payment_format=bpr.get(5),
                sender_account=(bpr.get(6), bpr.get(7), bpr.get(8), bpr.get(9)),
                originator=bpr.get(10),
                receiver_account=(bpr.get(12), bpr.get(13), bpr.get(14), bpr.get(15)),
                payment_date=self.day(bpr, 16, "payment date", required=False),
                payer_identifier=trn.get(3),
                production_date=production,
                receiver_identifier=receiver,
                header=self.header,
            )
        )

    # Claims

    def _lx(self, segment: Segment) -> None:
        self._end_claim()
        if not self._started:
            self._start(segment)
        self.loop = "2000"
        self._lx_number = segment.get(1)

    def _ts(self, segment: Segment) -> None:
        if self._claim_open:
            self.misplaced(segment, f"{segment.id} before the claims of its LX")

    def _reset_claim(self) -> None:
        self._claim_cas: list[Adjustment] = []
        self._lines: list[ServicePayment] = []
        self._names: list[Name] = []
        self._claim_breaks: list[BalanceBreak] = []
        self._claim_readable = self._line_readable = True
        self._claim_total = ZERO
        self._claim_references: list[Reference] = []
        self._claim_dates: list[QualifiedDate] = []
        self._claim_amounts: list[QualifiedAmount] = []
        self._claim_quantities: list[QualifiedQuantity] = []
        self._claim_remarks: list[str] = []
        self._cas_to, self._references, self._dates = self._claim_cas, self._claim_references, self._claim_dates
        self._amounts, self._quantities, self._remarks = (
            self._claim_amounts,
            self._claim_quantities,
            self._claim_remarks,
        )

    def _clp(self, segment: Segment) -> None:
        self._end_claim()
        if not self._started:
            self._start(segment)
        self.loop = "2100"
        self._clp_segment = segment
        self._claim_open = True
        self._claims += 1
        self.required(segment, 1, "patient account number")
        self.code(segment, 2, _STATUSES, "claim status")
        self._charge = self._claim_number(segment, 3, "claim charge")
        self._paid = self._claim_number(segment, 4, "claim payment")
        self._responsibility = self.optional_number(segment, 5, "patient responsibility")

    def _claim_number(self, segment: Segment, index: int, what: str) -> Decimal:
        value = decimal_value(segment.get(index))
        if value is not None:
            return value
        self._claim_readable = self._line_readable = False
        return self.number(segment, index, what)

    def _cas(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "CAS after CLP or SVC")
        group = segment.get(1)
        if group not in GROUP_CODES:
            self.code(segment, 1, GROUP_CODES, "adjustment group code")
        elements = segment.elements
        for index in range(2, len(elements), 3):
            if index > 2 and not any(elements[index : index + 3]):
                continue
            reason = elements[index] or self.required(segment, index, "adjustment reason code")
            amount = self._claim_number(segment, index + 1, "adjustment amount")
            quantity = self.optional_number(segment, index + 2, "adjustment quantity")
            self._cas_to.append(Adjustment(group, reason, amount, quantity))
        if len(elements) < 3:
            self.required(segment, 2, "adjustment reason code")

    def _nm1(self, segment: Segment) -> None:
        if not self._claim_open or self._line_open:
            self.misplaced(segment, "NM1 in the claim, before its service lines")
        self._names.append(read_name(segment))

    def _mia(self, segment: Segment) -> None:
        self._remarks_at(segment, (5, 20, 21, 22, 23))

    def _moa(self, segment: Segment) -> None:
        self._remarks_at(segment, (3, 4, 5, 6, 7))

    def _remarks_at(self, segment: Segment, places: tuple[int, ...]) -> None:
        if not self._claim_open:
            self.misplaced(segment, f"{segment.id} after CLP")
        self._claim_remarks.extend(code for code in map(segment.get, places) if code)

    def _svc(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "SVC after CLP")
            return
        self._end_line()
        self.loop = "2110"
        self._svc_segment = segment
        self._line_open = True
        self._line_readable = True
        self._cas_to, self._references, self._dates = [], [], []
        self._amounts, self._quantities, self._remarks = [], [], []
        self.required(segment, 1, "procedure")
        self._line_charge = self._claim_number(segment, 2, "line charge")
        self._line_paid = self._claim_number(segment, 3, "line payment")

    def _end_line(self) -> None:
        if not self._line_open:
            return
        self._line_open = False
        segment = self._svc_segment
        adjusted = sum([each.amount for each in self._cas_to], ZERO)
        self._claim_total += adjusted
        breaks = self._checked(
            BalanceRule.LINE, segment, self._line_paid, self._line_charge - adjusted, self._line_readable
        )
        self._claim_breaks.extend(breaks)
        original = segment.get(6)
        self._lines.append(
            ServicePayment(
                procedure(segment.get(1), self.component),
                self._line_charge,
                self._line_paid,
                segment.get(4),
                self.optional_number(segment, 5, "number of units"),
                procedure(original, self.component) if original else None,
                self.optional_number(segment, 7, "original number of units"),
                tuple(self._cas_to),
                tuple(self._dates),
                tuple(self._references),
                tuple(self._amounts),
                tuple(self._quantities),
                tuple(self._remarks),
                breaks,
                segment.number,
            )
        )

    def _end_claim(self) -> None:
        if not self._claim_open:
            return
        self._end_line()
        self._claim_open = False
        segment = self._clp_segment
        total = self._claim_total + sum([each.amount for each in self._claim_cas], ZERO)
        self._claim_breaks.extend(
            self._checked(BalanceRule.CLAIM, segment, self._paid, self._charge - total, self._claim_readable)
        )
        self._charge_total += self._charge
        self._paid_total += self._paid
        self._adjustment_total += total
        self._amounts_readable = self._amounts_readable and self._claim_readable
        get = segment.get
        self.out.append(
            ClaimPayment(
                get(1),
                get(2),
                self._charge,
                self._paid,
                self._responsibility,
                get(6),
                get(7),
                get(8),
                get(9),
                get(11),
                tuple(self._claim_cas),
                tuple(self._lines),
                tuple(self._names),
                tuple(self._claim_references),
                tuple(self._claim_dates),
                tuple(self._claim_amounts),
                tuple(self._claim_quantities),
                tuple(self._claim_remarks),
                self._lx_number,
                self._claim_readable,
                tuple(self._claim_breaks),
                segment.number,
            )
        )
        self._reset_claim()

    def _checked(
        self, rule: BalanceRule, segment: Segment, stated: Decimal, computed: Decimal, readable: bool
    ) -> tuple[BalanceBreak, ...]:
        """The break of `rule`, reported; none where an amount could not be read, which is reported already."""
        found = balance.check(rule, segment.number, stated, computed) if readable else None
        if found is None:
            return ()
        self._breaks += 1
        _, index, code, message = balance.PLACES[rule]
        loop = {BalanceRule.LINE: "2110", BalanceRule.CLAIM: "2100", BalanceRule.TRANSACTION: ""}[rule]
        self.fault(code, message, segment, index, loop=loop, expected=str(computed), found=str(stated))
        return (found,)

    # Segments of several loops

    def _ref(self, segment: Segment) -> None:
        value = Reference(segment.get(1), segment.get(2))
        if self._claim_open:
            self._references.append(value)
        elif self._party is not None and not self._started:
            self._party.references.append(value)
        else:
            self._header_references.append(value)

    def _dtm(self, segment: Segment) -> None:
        day = self.day(segment, 2, "date")
        if day is None:
            return
        (self._dates if self._claim_open else self._header_dates).append(QualifiedDate(segment.get(1), day))

    def _amt(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "AMT after CLP or SVC")
        amount = self.number(segment, 2, "amount")
        self._amounts.append(QualifiedAmount(segment.get(1), amount))

    def _qty(self, segment: Segment) -> None:
        if not self._claim_open:
            self.misplaced(segment, "QTY after CLP or SVC")
        self._quantities.append(QualifiedQuantity(segment.get(1), self.number(segment, 2, "quantity")))

    def _lq(self, segment: Segment) -> None:
        if not self._line_open:
            self.misplaced(segment, "LQ after SVC")
        code = self.required(segment, 2, "remark code")
        if code:
            self._remarks.append(code)

    # Summary

    def _plb(self, segment: Segment) -> None:
        self._end_claim()
        if not self._started:
            self._start(segment)
        self.loop = ""
        provider = self.required(segment, 1, "provider identifier")
        period_end = self.day(segment, 2, "fiscal period end")
        elements = segment.elements
        for index in range(3, max(len(elements), 4), 2):
            if index > 3 and not any(elements[index : index + 2]):
                continue
            reason, _, reference = self.required(segment, index, "provider adjustment reason").partition(self.component)
            value = decimal_value(segment.get(index + 1))
            if value is None:
                self._amounts_readable = False
                value = self.number(segment, index + 1, "provider adjustment amount")
            self._provider_total += value
            self.out.append(ProviderAdjustment(provider, period_end, reason, reference, value, segment.number))

    def finish(self, trailer: Segment | None) -> None:
        self._end_claim()
        last = trailer or self._clp_segment
        if not self._started:
            self._start(last if last.number else self._bpr_segment)
        breaks: tuple[BalanceBreak, ...] = ()
        if self._amount is not None:
            breaks = self._checked(
                BalanceRule.TRANSACTION,
                self._bpr_segment,
                self._amount,
                self._paid_total - self._provider_total,
                self._amounts_readable and trailer is not None,
            )
        self.out.append(
            RemittanceEnd(
                header=self.header,
                claims=self._claims,
                charge_total=self._charge_total,
                paid_total=self._paid_total,
                adjustment_total=self._adjustment_total,
                provider_adjustment_total=self._provider_total,
                payment_amount=self._amount or ZERO,
                breaks=breaks,
                balance_breaks=self._breaks,
                errors=self.errors,
                complete=trailer is not None,
            )
        )


def _party(found: _Party | None) -> Party:
    if found is None:
        return Party("")
    n1 = found.segment
    return Party(
        n1.get(2), n1.get(3), n1.get(4), party_address(found.address), tuple(found.references), tuple(found.contacts)
    )
