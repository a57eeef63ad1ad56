"""Payments of invented claims: every line and every claim balances, whatever the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from connectors.formats.x12 import (
    Adjustment,
    ClaimPayment,
    Name,
    Procedure,
    QualifiedDate,
    Reference,
    ServicePayment,
)
from connectors.sandbox.group import Payer
from hub.core.money import ZERO, cents

#: CLP06 of an 835 knows no CI and no BL; 12 is a preferred provider organization.
FILING_INDICATORS = {"MB": "MB", "MC": "MC", "CI": "12", "BL": "12"}
PRIMARY, SECONDARY, TERTIARY, DENIED, FORWARDED, REVERSAL = "1", "2", "3", "4", "19", "22"
#: CARCs: deductible, coinsurance, copay, the prior payer's decision, over the contract.
DEDUCTIBLE, COINSURANCE, COPAY, PRIOR_PAYER, OVER_CONTRACT = "1", "2", "3", "23", "45"

_PROCEDURES = ("99213", "99214", "93000", "85025", "80053", "71046", "36415", "70450")
_DENIALS = ("16", "29", "50", "97", "197")
_LAST_NAMES = ("Archer", "Baker", "Carver", "Draper", "Ellis", "Fletcher", "Glover", "Hunter", "Mason", "Weaver")
_FIRST_NAMES = ("Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ida", "Jon")
_VISITS_WITHIN_DAYS = 30


def payment(number: int, payer: Payer, chance: Random, day: date) -> ClaimPayment:
    """The payment of claim `number`, decided on `day`: contract discount and a share for the patient on each line."""
    visited = day - timedelta(days=chance.randint(5, _VISITS_WITHIN_DAYS))
    lines = tuple(_line(number, place, payer, chance, visited) for place in range(1, chance.randint(1, 4) + 1))
    return _claim(number, payer, chance, lines)


def denied(number: int, payer: Payer, chance: Random, day: date) -> ClaimPayment:
    """A claim refused as a whole: nothing is paid."""
    reason = chance.choice(_DENIALS)
    whole = payment(number, payer, chance, day)
    return decided(whole, [(Adjustment("CO", reason, line.charge),) for line in whole.lines], status=DENIED)


def zero_paid(number: int, payer: Payer, chance: Random, day: date) -> ClaimPayment:
    """A claim accepted, of which all that is allowed falls on the patient's deductible."""
    whole = payment(number, payer, chance, day)
    return decided(
        whole,
        [
            (*_of_group(line, "CO"), Adjustment("PR", DEDUCTIBLE, line.charge - _sum(_of_group(line, "CO"))))
            for line in whole.lines
        ],
    )


def decided(
    claim: ClaimPayment, adjustments: Sequence[tuple[Adjustment, ...]], *, status: str = PRIMARY
) -> ClaimPayment:
    """The same claim with other `adjustments`, those of each line; payments follow from them."""
    lines = tuple(
        replace(line, adjustments=kept, paid=line.charge - _sum(kept))
        for line, kept in zip(claim.lines, (_without_nothing(each) for each in adjustments), strict=True)
    )
    return replace(
        claim,
        status=status,
        lines=lines,
        paid=sum((line.paid for line in lines), ZERO),
        patient_responsibility=_sum([each for line in lines for each in _of_group(line, "PR")]),
    )


def corrected(before: ClaimPayment, chance: Random) -> ClaimPayment:
    """What the payer decides instead of `before`: a number of its own, and REF*F8 names the first."""
    again = decided(
        before,
        [
            (Adjustment("CO", OVER_CONTRACT, cents(line.charge * chance.randint(10, 60) / 100)),)
            for line in before.lines
        ],
    )
    return replace(
        again,
        payer_claim_number=f"{before.payer_claim_number}A",
        references=(*before.references, Reference("F8", before.payer_claim_number)),
    )


def _line(number: int, place: int, payer: Payer, chance: Random, visited: date) -> ServicePayment:
    charge = Decimal(chance.randint(2_000, 80_000)) / 100
    allowed = cents(charge * payer.pays / 100)
    kind = chance.choice((COINSURANCE, COPAY, DEDUCTIBLE, ""))
    share = min(allowed, cents(allowed * chance.randint(5, 30) / 100)) if kind else ZERO
    adjustments = _without_nothing(
        (Adjustment("CO", OVER_CONTRACT, charge - allowed), Adjustment("PR", kind or COINSURANCE, share))
    )
    return ServicePayment(
        procedure=Procedure("HC", chance.choice(_PROCEDURES)),
        charge=charge,
        paid=charge - _sum(adjustments),
        units=Decimal(1),
        adjustments=adjustments,
        dates=(QualifiedDate("472", visited),),
        references=(Reference("6R", f"{number}-{place}"),),
    )


def _claim(number: int, payer: Payer, chance: Random, lines: tuple[ServicePayment, ...]) -> ClaimPayment:
    return ClaimPayment(
        account_number=f"GEN{number:08}",
        status=PRIMARY,
        charge=sum((line.charge for line in lines), ZERO),
        paid=sum((line.paid for line in lines), ZERO),
        patient_responsibility=_sum([each for line in lines for each in _of_group(line, "PR")]),
        filing_indicator=FILING_INDICATORS[payer.filing_code],
        payer_claim_number=f"{payer.payer_id}{number:09}",
        facility_code="11",
        frequency_code="1",
        lines=lines,
        names=(
            Name(
                "QC",
                chance.choice(_LAST_NAMES).upper(),
                chance.choice(_FIRST_NAMES).upper(),
                id_qualifier="MI",
                id=f"MEM{number:08}",
            ),
        ),
        group_number="1",
    )


def _of_group(line: ServicePayment, group: str) -> tuple[Adjustment, ...]:
    return tuple(each for each in line.adjustments if each.group == group)


def _without_nothing(adjustments: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
    """A CAS of nothing says nothing."""
    return tuple(each for each in adjustments if each.amount)


def _sum(adjustments: Sequence[Adjustment]) -> Decimal:
    return sum((each.amount for each in adjustments), ZERO)
