"""What the payers decide of the day's claims, and the files in which they say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from connectors.formats.x12 import ClaimPayment, ProviderAdjustment
from connectors.sandbox import group
from connectors.sandbox.claims_kept import KeptClaim
from connectors.sandbox.payers import Decision, interest, pay, recovered, remittance_file, take_back
from hub.core.money import ZERO

HUB_IDENTIFIER = "NORTHLAKE"
# The order in which claims of one payer are decided, over and over.
_DECISIONS = (Decision.COPAY, Decision.COINSURANCE, Decision.FULL, Decision.DEDUCTIBLE, Decision.COINSURANCE)
# The payers that deny their first claim, and why (CARC): authorization, missing information, medical necessity.
DENIALS: Mapping[str, str] = {"MEDICARE": "197", "UHC": "16", "BCBS": "50"}
# The payer that recovers an old overpayment, and takes back and corrects its first payment in a second file.
SECOND_THOUGHTS = "AETNA"
RECOVERY = Decimal("25.00")
# The payer that paid late.
INTEREST_FROM = "BCBS"
INTEREST = Decimal("1.25")
# The payer whose file does not balance, and by how much.
OUT_OF_BALANCE = "MEDICAID"
OFF_BY = Decimal("12.50")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


class Remitting:
    """Decides every claim once; the same claims are always decided the same way."""

    def __init__(self, claims: Mapping[str, KeptClaim]) -> None:
        self._paid: dict[str, list[ClaimPayment]] = {}
        self._kept = claims
        for payer in group.PAYERS:
            mine = sorted(
                (kept for kept in claims.values() if kept.claim.payer.identifier == payer.payer_id),
                key=lambda kept: kept.claim.account_number,
            )
            if mine and payer.payer_id:
                self._paid[payer.code] = [_decide(kept, place, payer) for place, kept in enumerate(mine)]

    def first_files(self, created: datetime) -> Iterator[File]:
        """One 835 a payer; one of them does not balance."""
        for payer in _payers(self._paid):
            claims = self._paid[payer.code]
            if payer.code == OUT_OF_BALANCE:
                claims = [replace(claims[0], paid=claims[0].paid + OFF_BY), *claims[1:]]
            content = remittance_file(
                payer,
                claims,
                number=1,
                receiver=HUB_IDENTIFIER,
                created=created,
                provider_adjustments=_beside(payer, created),
            )
            yield File(f"835-{payer.payer_id}-01.x12", content)

    def corrections(self, created: datetime) -> Iterator[File]:
        """A payment taken back and made anew, in one file."""
        if self._paid.get(SECOND_THOUGHTS):
            [payer] = _payers({SECOND_THOUGHTS: ()})
            before, after = self._second_thought()
            content = remittance_file(
                payer, [take_back(before), after], number=2, receiver=HUB_IDENTIFIER, created=created
            )
            yield File(f"835-{payer.payer_id}-02.x12", content)

    def patient_shares(self) -> dict[str, Decimal]:
        """What each patient owes in the end, by account, of the files that balance."""
        shares: dict[str, Decimal] = {}
        for payer, claims in self._paid.items():
            if payer != OUT_OF_BALANCE:
                shares |= {claim.account_number: claim.patient_responsibility or ZERO for claim in claims}
        if self._paid.get(SECOND_THOUGHTS):
            _, after = self._second_thought()
            shares[after.account_number] = after.patient_responsibility or ZERO
        return {account: share for account, share in shares.items() if share}

    def totals(self) -> dict[str, str]:
        """What the payers pay on claims, by payer, corrections included and the unbalanced file left out."""
        totals = {
            payer: sum((claim.paid for claim in claims), ZERO)
            for payer, claims in self._paid.items()
            if payer != OUT_OF_BALANCE
        }
        if SECOND_THOUGHTS in totals:
            before, after = self._second_thought()
            totals[SECOND_THOUGHTS] += after.paid - before.paid
        return {payer: f"{total:.2f}" for payer, total in sorted(totals.items())}

    def denied(self) -> int:
        return sum(claim.is_denied for claims in self._paid.values() for claim in claims)

    def _second_thought(self) -> tuple[ClaimPayment, ClaimPayment]:
        [payer] = _payers({SECOND_THOUGHTS: ()})
        before = self._paid[SECOND_THOUGHTS][0]
        return before, pay(self._kept[before.account_number], Decision.COPAY, payer)


def _decide(kept: KeptClaim, place: int, payer: group.Payer) -> ClaimPayment:
    if place == 0 and payer.code in DENIALS:
        return pay(kept, Decision.DENIED, payer, DENIALS[payer.code])
    if place == 0 and payer.code == SECOND_THOUGHTS:
        return pay(kept, Decision.COINSURANCE, payer)
    return pay(kept, _DECISIONS[place % len(_DECISIONS)], payer)


def _payers(codes: Mapping[str, object]) -> list[group.Payer]:
    return [payer for payer in group.PAYERS if payer.code in codes]


def _beside(payer: group.Payer, created: datetime) -> list[ProviderAdjustment]:
    """Money that belongs to no claim of the file."""
    if payer.code == SECOND_THOUGHTS:
        return [recovered("OVERPAID-2025", RECOVERY, created.date())]
    if payer.code == INTEREST_FROM:
        return [interest(INTEREST, created.date())]
    return []
