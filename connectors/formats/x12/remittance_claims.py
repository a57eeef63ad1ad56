"""Read the claims of an 835 (loops 2100 and 2110). This is where the time goes, so it is written for speed."""

from __future__ import annotations

from decimal import Decimal

from connectors.formats.x12 import balance
from connectors.formats.x12.adjustments import read_adjustments
from connectors.formats.x12.balance import BalanceBreak, BalanceRule
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.parts import (
    Name,
    QualifiedAmount,
    QualifiedDate,
    QualifiedQuantity,
    Reference,
    procedure,
    qualified_date,
)
from connectors.formats.x12.remittance import Adjustment, ClaimPayment, ServicePayment
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader, TransactionParser
from connectors.formats.x12.values import ZERO, decimal_value

#: CLP02, 005010 and the codes that only 004010 had.
_STATUSES = frozenset("1 2 3 4 5 10 13 15 16 17 19 20 21 22 23 25 27".split())
_amount = sealed(QualifiedAmount)
_claim = sealed(ClaimPayment)
_line = sealed(ServicePayment)
_name = sealed(Name)
_reference = sealed(Reference)
#: Makes the last elements of a segment there to be indexed where the sender left them off.
_PAD = [""] * 12


class ClaimPaymentParser(TransactionParser):
    """Holds one claim and one line of it at a time; whatever is qualified (REF, DTM, AMT …) goes to the open one."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers |= {
            "CLP": self._clp,
            "CAS": self._cas,
            "NM1": self._nm1,
            "MIA": self._mia,
            "MOA": self._moa,
            "SVC": self._svc,
            "REF": self._ref,
            "DTM": self._dtm,
            "AMT": self._amt,
            "QTY": self._qty,
            "LQ": self._lq,
        }
        self.claims = self.balance_breaks = 0
        self.charge_total = self.paid_total = self.adjustment_total = ZERO
        self.amounts_readable = True  # all of the transaction so far
        self.group_number = ""
        self.claim_open = self._line_open = False
        self.clp = NO_SEGMENT
        self._svc_segment = NO_SEGMENT
        self._svc_elements = _PAD
        self._line_charge = self._line_paid = ZERO
        self._line_readable = True
        self._charge = self._paid = ZERO
        self._responsibility: Decimal | None = None
        self._reset_claim()

    def before_claims(self, segment: Segment) -> None:
        """A claim begins at `segment`: whatever came before the claims is over."""

    def header_reference(self, reference: Reference) -> None:
        """A REF that stands in no claim."""

    def header_date(self, dated: QualifiedDate) -> None:
        """A DTM that stands in no claim."""

    def _reset_claim(self) -> None:
        self._readable = True
        self._adjusted = ZERO
        self._lines: list[ServicePayment] = []
        self._names: list[Name] = []
        self._breaks: list[BalanceBreak] = []
        self._cas_to: list[Adjustment] = []
        self._references: list[Reference] = []
        self._dates: list[QualifiedDate] = []
        self._amounts: list[QualifiedAmount] = []
        self._quantities: list[QualifiedQuantity] = []
        self._remarks: list[str] = []
        self._claim_parts = (
            self._cas_to,
            self._references,
            self._dates,
            self._amounts,
            self._quantities,
            self._remarks,
        )

    def _clp(self, segment: Segment) -> None:
        self.end_claim()
        self.before_claims(segment)
        self.loop = "2100"
        self.clp = segment
        self.claim_open = True
        self.claims += 1
        if not segment.get(1):
            self.required(segment, 1, "patient account number")
        if segment.get(2) not in _STATUSES:
            self.code(segment, 2, _STATUSES, "claim status")
        self._charge = self._claim_amount(segment, 3, "claim charge")
        self._paid = self._claim_amount(segment, 4, "claim payment")
        self._responsibility = self.optional_number(segment, 5, "patient responsibility")

    def _claim_amount(self, segment: Segment, index: int, what: str) -> Decimal:
        elements = segment.elements
        value = decimal_value(elements[index]) if index < len(elements) else None
        if value is not None:
            return value
        self._readable = self._line_readable = False
        return self.number(segment, index, what)

    def _cas(self, segment: Segment) -> None:
        if not self.claim_open:
            self.misplaced(segment, "CAS after CLP or SVC")
        self._cas_to += read_adjustments(self, segment, self._claim_amount)

    def _nm1(self, segment: Segment) -> None:
        if not self.claim_open or self._line_open:
            self.misplaced(segment, "NM1 in the claim, before its service lines")
        _, role, kind, last, first, middle, _, suffix, qualifier, number, *_ = segment.elements + _PAD
        self._names.append(_name(role, last, first, middle, suffix, qualifier, number, kind != "2"))

    def _mia(self, segment: Segment) -> None:
        self._remarks_at(segment, (5, 20, 21, 22, 23))

    def _moa(self, segment: Segment) -> None:
        self._remarks_at(segment, (3, 4, 5, 6, 7))

    def _remarks_at(self, segment: Segment, places: tuple[int, ...]) -> None:
        if not self.claim_open or self._line_open:
            self.misplaced(segment, f"{segment.id} in the claim, before its service lines")
        self._claim_parts[-1].extend(code for code in map(segment.get, places) if code)

    def _svc(self, segment: Segment) -> None:
        if not self.claim_open:
            self.misplaced(segment, "SVC after CLP")
            return
        if self._line_open:
            self._end_line()
        self.loop = "2110"
        self._svc_segment = segment
        self._line_open = self._line_readable = True
        self._cas_to, self._references, self._dates = [], [], []
        self._amounts, self._quantities, self._remarks = [], [], []
        elements = self._svc_elements = segment.elements + _PAD
        if not elements[1]:
            self.required(segment, 1, "procedure")
        charge, paid = decimal_value(elements[2]), decimal_value(elements[3])
        self._line_charge = self._claim_amount(segment, 2, "line charge") if charge is None else charge
        self._line_paid = self._claim_amount(segment, 3, "line payment") if paid is None else paid

    def _end_line(self) -> None:
        self._line_open = False
        segment = self._svc_segment
        _, code, _, _, revenue, units, original, original_units, *_ = self._svc_elements
        quantity = decimal_value(units)
        if quantity is None and units:
            self.optional_number(segment, 5, "number of units")
        adjusted = ZERO
        for each in self._cas_to:
            adjusted += each.amount
        self._adjusted += adjusted
        computed = self._line_charge - adjusted
        breaks: tuple[BalanceBreak, ...] = ()
        if computed != self._line_paid and self._line_readable:
            breaks = (self.broken(BalanceRule.LINE, segment, self._line_paid, computed),)
            self._breaks += breaks
        self._lines.append(
            _line(
                procedure(code, self.component),
                self._line_charge,
                self._line_paid,
                revenue,
                quantity,
                procedure(original, self.component) if original else None,
                self.optional_number(segment, 7, "original number of units") if original_units else None,
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

    def end_claim(self) -> None:
        """Give out the open claim, if there is one."""
        if not self.claim_open:
            return
        if self._line_open:
            self._end_line()
        self.claim_open = False
        segment = self.clp
        adjustments, references, dates, amounts, quantities, remarks = self._claim_parts
        for each in adjustments:
            self._adjusted += each.amount
        computed = self._charge - self._adjusted
        if computed != self._paid and self._readable:
            self._breaks.append(self.broken(BalanceRule.CLAIM, segment, self._paid, computed))
        self.charge_total += self._charge
        self.paid_total += self._paid
        self.adjustment_total += self._adjusted
        self.amounts_readable = self.amounts_readable and self._readable
        _, account, status, _, _, _, filing, number, facility, frequency, _, drg, *_ = segment.elements + _PAD
        self.out.append(
            _claim(
                account,
                status,
                self._charge,
                self._paid,
                self._responsibility,
                filing,
                number,
                facility,
                frequency,
                drg,
                tuple(adjustments),
                tuple(self._lines),
                tuple(self._names),
                tuple(references),
                tuple(dates),
                tuple(amounts),
                tuple(quantities),
                tuple(remarks),
                self.group_number,
                self._readable,
                tuple(self._breaks),
                segment.number,
            )
        )
        self._reset_claim()

    def broken(self, rule: BalanceRule, segment: Segment, stated: Decimal, computed: Decimal) -> BalanceBreak:
        """Report that `rule` does not hold."""
        found = balance.broken(rule, segment.number, stated, computed)
        self.balance_breaks += 1
        place = balance.PLACES[rule]
        self.fault(
            place.code,
            place.message,
            segment,
            place.index,
            loop=place.loop,
            expected=str(computed),
            found=str(stated),
        )
        return found

    def _ref(self, segment: Segment) -> None:
        elements = segment.elements
        reference = _reference(elements[1], elements[2]) if len(elements) > 2 else Reference(segment.get(1), "")
        if self.claim_open:
            self._references.append(reference)
        else:
            self.header_reference(reference)

    def _dtm(self, segment: Segment) -> None:
        elements = segment.elements
        dated = qualified_date(elements[1], elements[2]) if len(elements) > 2 else None
        if dated is None:
            self.day(segment, 2, "date")
        elif self.claim_open:
            self._dates.append(dated)
        else:
            self.header_date(dated)

    def _amt(self, segment: Segment) -> None:
        if not self.claim_open:
            self.misplaced(segment, "AMT after CLP or SVC")
        elements = segment.elements
        amount = decimal_value(elements[2]) if len(elements) > 2 else None
        if amount is None:
            amount = self.number(segment, 2, "amount")
        self._amounts.append(_amount(elements[1] if len(elements) > 1 else "", amount))

    def _qty(self, segment: Segment) -> None:
        if not self.claim_open:
            self.misplaced(segment, "QTY after CLP or SVC")
        self._quantities.append(QualifiedQuantity(segment.get(1), self.number(segment, 2, "quantity")))

    def _lq(self, segment: Segment) -> None:
        if not self._line_open:
            self.misplaced(segment, "LQ after SVC")
        code = self.required(segment, 2, "remark code")
        if code:
            self._remarks.append(code)
