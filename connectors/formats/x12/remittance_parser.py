"""Read an 835, segment by segment, into the types of `remittance`: header, summary and totals.

The claims between them are read by `remittance_claims`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.formats.x12.balance import BalanceBreak, BalanceRule
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.faults import FaultCode, Severity
from connectors.formats.x12.name_segments import party_address, read_contact
from connectors.formats.x12.parts import Contact, QualifiedDate, Reference
from connectors.formats.x12.remittance import Party, ProviderAdjustment, RemittanceEnd, RemittanceStart
from connectors.formats.x12.remittance_claims import ClaimPaymentParser
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader
from connectors.formats.x12.values import ZERO, decimal_value

_HANDLING = frozenset("CDHIPUX")
_METHODS = frozenset({"ACH", "BOP", "CHK", "FWT", "NON"})
_PARTIES = frozenset({"PR", "PE"})


@dataclass(slots=True)
class _Party:
    segment: Segment
    address: list[Segment] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)


class RemittanceParser(ClaimPaymentParser):
    """A CLP is found wherever it stands, with or without an LX before it."""

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers |= {
            "BPR": self._bpr,
            "NTE": self._passed,
            "TRN": self._trn,
            "CUR": self._passed,
            "N1": self._n1,
            "N3": self._n3_n4,
            "N4": self._n3_n4,
            "PER": self._per,
            "RDM": self._passed,
            "LX": self._lx,
            "TS3": self._ts,
            "TS2": self._ts,
            "PLB": self._plb,
        }
        self._bpr_segment = self._trn_segment = NO_SEGMENT
        self._amount: Decimal | None = None
        self._production: QualifiedDate | None = None
        self._receiver = ""
        self._parties: dict[str, _Party] = {}
        self._party: _Party | None = None
        self._started = False
        self._provider_total = ZERO

    def _passed(self, segment: Segment) -> None:
        """Part of an 835, without anything that the typed form carries."""

    def _bpr(self, segment: Segment) -> None:
        self._bpr_segment = segment
        self.code(segment, 1, _HANDLING, "transaction handling code")
        self._amount = decimal_value(segment.get(2))
        if self._amount is None:
            self.number(segment, 2, "payment amount")
        self.code(segment, 3, frozenset("CD"), "credit or debit flag")
        self.code(segment, 4, _METHODS, "payment method")

    def _trn(self, segment: Segment) -> None:
        self._trn_segment = segment
        self.required(segment, 2, "check or trace number")

    def _n1(self, segment: Segment) -> None:
        if self._started:
            self.misplaced(segment, "N1 before the first claim")
            return
        role = self.code(segment, 1, _PARTIES, "party code")
        self.loop = "1000B" if role == "PE" else "1000A"
        self._party = self._parties.setdefault(role, _Party(segment))

    def _n3_n4(self, segment: Segment) -> None:
        if self._started or self._party is None:
            self.misplaced(segment, "an address after N1")
            return
        self._party.address.append(segment)

    def _per(self, segment: Segment) -> None:
        if self._party is not None and not self._started:
            self._party.contacts.append(read_contact(segment))

    def header_reference(self, reference: Reference) -> None:
        if self._party is not None and not self._started:
            self._party.references.append(reference)
        elif reference.qualifier == "EV":
            self._receiver = reference.value

    def header_date(self, dated: QualifiedDate) -> None:
        if dated.qualifier == "405":
            self._production = dated

    def before_claims(self, segment: Segment) -> None:
        if not self._started:
            self._start(segment)

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
                payment_date=self._payment_date(bpr),
                payer_identifier=trn.get(3),
                production_date=self._production.day if self._production else None,
                receiver_identifier=self._receiver,
                header=self.header,
            )
        )

    def _payment_date(self, bpr: Segment) -> date | None:
        """BPR16. Senders leave it out or one element off; the money is right all the same, so that is a warning."""
        if bpr.number and not bpr.get(16):
            self.fault(
                FaultCode.MISSING_ELEMENT,
                "The payment date is missing",
                bpr,
                16,
                expected="payment date",
                severity=Severity.WARNING,
            )
        return self.day(bpr, 16, "payment date", required=False)

    def _lx(self, segment: Segment) -> None:
        self.end_claim()
        self.before_claims(segment)
        self.loop = "2000"
        self.group_number = segment.get(1)

    def _ts(self, segment: Segment) -> None:
        if self.claim_open:
            self.misplaced(segment, f"{segment.id} before the claims of its LX")

    def _plb(self, segment: Segment) -> None:
        self.end_claim()
        self.before_claims(segment)
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
                self.amounts_readable = False
                value = self.number(segment, index + 1, "provider adjustment amount")
            self._provider_total += value
            self.out.append(ProviderAdjustment(provider, period_end, reason, reference, value, segment.number))

    def finish(self, trailer: Segment | None) -> None:
        self.end_claim()
        if not self._started:
            self._start(trailer or self._bpr_segment)
        self.out.append(
            RemittanceEnd(
                breaks=self._transaction_break() if trailer is not None else (),
                header=self.header,
                claims=self.claims,
                charge_total=self.charge_total,
                paid_total=self.paid_total,
                adjustment_total=self.adjustment_total,
                provider_adjustment_total=self._provider_total,
                payment_amount=self._amount or ZERO,
                balance_breaks=self.balance_breaks,
                errors=self.errors,
                complete=trailer is not None,
            )
        )

    def _transaction_break(self) -> tuple[BalanceBreak, ...]:
        """The break of the transaction rule; none where an amount could not be read, which is reported already."""
        computed = self.paid_total - self._provider_total
        if self._amount is None or not self.amounts_readable or self._amount == computed:
            return ()
        return (self.broken(BalanceRule.TRANSACTION, self._bpr_segment, self._amount, computed),)


def _party(found: _Party | None) -> Party:
    if found is None:
        return Party("")
    n1 = found.segment
    return Party(
        n1.get(2), n1.get(3), n1.get(4), party_address(found.address), tuple(found.references), tuple(found.contacts)
    )
