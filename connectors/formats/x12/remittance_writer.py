"""Write 835 files (005010X221A1): one interchange, one group, one transaction per remittance.

It writes what it is given, balanced or not: whoever tests a reader needs both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from connectors.formats.x12.parts import QualifiedAmount, QualifiedDate, QualifiedQuantity, Reference
from connectors.formats.x12.remittance import (
    Adjustment,
    ClaimPayment,
    Party,
    ProviderAdjustment,
    RemittanceStart,
    ServicePayment,
)
from connectors.formats.x12.write_parts import composite, write_address, write_adjustments, write_contact, write_name
from connectors.formats.x12.writer import Element, OutgoingInterchange, SegmentWriter, UnwritableValue, given

VERSION = "005010X221A1"
#: A PLB has room for six pairs, a MOA for five remark codes.
PLB_ROOM, MOA_ROOM = 6, 5
_CLAIMS_A_PIECE = 100
#: CLP06 and CLP02 as the guide has them.
_FILING_INDICATORS = frozenset("12 13 14 15 16 17 AM CH DS HM LM MA MB MC OF TV VA WC ZZ".split())
_STATUSES = frozenset("1 2 3 4 19 20 21 22 23 25".split())


@dataclass(frozen=True, slots=True)
class Remittance:
    """One 835 as a whole, to be written. Its claims may come from a generator: then it can be written once."""

    start: RemittanceStart
    claims: Iterable[ClaimPayment]
    provider_adjustments: Sequence[ProviderAdjustment] = ()


def write_835(remittances: Iterable[Remittance], *, interchange: OutgoingInterchange) -> bytes:
    """The file for `remittances`. Raises UnwritableValue for what cannot stand in an 835."""
    return b"".join(stream_835(remittances, interchange=interchange))


def stream_835(remittances: Iterable[Remittance], *, interchange: OutgoingInterchange) -> Iterator[bytes]:
    """The file of `write_835` in pieces of some claims each, so that memory does not grow with the file.

    UnwritableValue comes when the claim's turn does: what was given out before it is the start of a broken file.
    """
    out = SegmentWriter(interchange, "HP", VERSION, in_st=False)
    for remittance in remittances:
        out.begin("835")
        _head(out, remittance.start)
        for count, _ in enumerate(_claims(out, remittance.claims), 1):
            if count % _CLAIMS_A_PIECE == 0:
                yield out.drain()
        _provider_adjustments(out, remittance.provider_adjustments)
        out.end()
        yield out.drain()
    yield out.finish()


def _head(out: SegmentWriter, start: RemittanceStart) -> None:
    if start.payment_date is None:
        raise UnwritableValue("BPR16", "the payment date is needed")
    out.add(
        "BPR",
        start.handling_code,
        start.amount,
        start.credit_debit,
        start.method,
        start.payment_format,
        *start.sender_account,
        start.originator,
        "",
        *start.receiver_account,
        start.payment_date,
    )
    out.add(
        "TRN",
        "1",
        given(start.trace_number, "TRN02", "the trace number"),
        given(start.payer_identifier, "TRN03", "the payer identifier"),
    )
    if start.receiver_identifier:
        out.add("REF", "EV", start.receiver_identifier)
    if start.production_date is not None:
        out.add("DTM", "405", start.production_date)
    if not any(contact.function == "BL" for contact in start.payer.contacts):
        raise UnwritableValue("PER01", "the payer needs a technical contact (BL)")
    _party(out, "PR", start.payer)
    _party(out, "PE", start.payee)


def _party(out: SegmentWriter, role: str, party: Party) -> None:
    out.add("N1", role, given(party.name, "N102", "the name"), party.id_qualifier if party.id else "", party.id)
    write_address(out, party.address)
    _references(out, party.references)
    for contact in party.contacts:
        write_contact(out, contact)


def _claims(out: SegmentWriter, claims: Iterable[ClaimPayment]) -> Iterator[None]:
    """Write the claims, stopping after each."""
    for number, (group, members) in enumerate(groupby(claims, key=lambda claim: claim.group_number), 1):
        out.add("LX", group or number)
        for claim in members:
            _claim(out, claim)
            yield


def _claim(out: SegmentWriter, claim: ClaimPayment) -> None:
    if claim.filing_indicator not in _FILING_INDICATORS:
        raise UnwritableValue("CLP06", "the claim filing indicator is none that an 835 has")
    if claim.status not in _STATUSES:
        raise UnwritableValue("CLP02", "the claim status is none that an 835 has")
    out.add(
        "CLP",
        given(claim.account_number, "CLP01", "the patient account number"),
        claim.status,
        claim.charge,
        claim.paid,
        claim.patient_responsibility,
        claim.filing_indicator,
        given(claim.payer_claim_number, "CLP07", "the payer's claim number"),
        claim.facility_code,
        claim.frequency_code,
        "",
        claim.drg,
    )
    write_adjustments(out, claim.adjustments)
    for name in claim.names:
        write_name(out, name)
    if len(claim.remarks) > MOA_ROOM:
        raise UnwritableValue("MOA07", f"a claim has at most {MOA_ROOM} remark codes")
    if claim.remarks:
        out.add("MOA", "", "", *claim.remarks)
    _references(out, claim.references)
    _details(out, claim.dates, (), claim.amounts, claim.quantities)
    for line in claim.lines:
        _line(out, line)


def _line(out: SegmentWriter, line: ServicePayment) -> None:
    original = line.original_procedure
    out.add(
        "SVC",
        composite(line.procedure),
        line.charge,
        line.paid,
        line.revenue_code,
        line.units,
        composite(original) if original else None,
        line.original_units,
    )
    _details(out, line.dates, line.adjustments, (), ())
    _references(out, line.references)
    _details(out, (), (), line.amounts, line.quantities)
    for code in line.remarks:
        out.add("LQ", "HE", code)


def _references(out: SegmentWriter, references: Sequence[Reference]) -> None:
    for reference in references:
        out.add("REF", reference.qualifier, reference.value)


def _details(
    out: SegmentWriter,
    dates: Sequence[QualifiedDate],
    adjustments: Sequence[Adjustment],
    amounts: Sequence[QualifiedAmount],
    quantities: Sequence[QualifiedQuantity],
) -> None:
    for dated in dates:
        out.add("DTM", dated.qualifier, dated.day)
    write_adjustments(out, adjustments)
    for amount in amounts:
        out.add("AMT", amount.qualifier, amount.amount)
    for quantity in quantities:
        out.add("QTY", quantity.qualifier, quantity.quantity)


def _provider_adjustments(out: SegmentWriter, adjustments: Sequence[ProviderAdjustment]) -> None:
    """One PLB for each run of a provider and fiscal period, as many as it takes."""
    for (provider, period_end), members in groupby(
        adjustments, key=lambda adjustment: (adjustment.provider, adjustment.fiscal_period_end)
    ):
        run = list(members)
        for start in range(0, len(run), PLB_ROOM):
            pairs: list[Element] = []
            for each in run[start : start + PLB_ROOM]:
                pairs += ((each.reason, each.reference), each.amount)
            out.add("PLB", provider, period_end, *pairs)


def payment_amount(claims: Iterable[ClaimPayment], adjustments: Iterable[ProviderAdjustment]) -> Decimal:
    """The BPR02 at which these claims and provider adjustments balance."""
    paid = sum((claim.paid for claim in claims), Decimal(0))
    return paid - sum((adjustment.amount for adjustment in adjustments), Decimal(0))
