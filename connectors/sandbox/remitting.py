"""What the payers decide of the day's claims, and the files in which they say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
# The payer whose first file, of a single claim, does not balance, and by how much.
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

    def payment_of(self, account: str) -> ClaimPayment | None:
        """What the first remittance says of the claim of this account; None for a claim that no payer has."""
        return next((each for claims in self._paid.values() for each in claims if each.account_number == account), None)

    def first_files(self, created: datetime) -> Iterator[File]:
        """One 835 a payer; one payer sends a claim by itself, in a file that does not balance."""
        for payer in _payers(self._paid):
            claims = self._paid[payer.code]
            if payer.code == OUT_OF_BALANCE:
                yield _file(payer, 3, [replace(claims[0], paid=claims[0].paid + OFF_BY)], created)
            yield _file(payer, 1, self._sound(payer.code), created, _beside(payer, created))

    def corrections(self, created: datetime) -> Iterator[File]:
        """A payment taken back and made anew, in one file."""
        if self._paid.get(SECOND_THOUGHTS):
            [payer] = _payers({SECOND_THOUGHTS: ()})
            before, after = self._second_thought()
            yield _file(payer, 2, [take_back(before), after], created)

    def patient_shares(self) -> dict[str, Decimal]:
        """What each patient owes in the end, by account, of the files that balance."""
        shares: dict[str, Decimal] = {}
        for payer in self._paid:
            shares |= {claim.account_number: claim.patient_responsibility or ZERO for claim in self._sound(payer)}
        if self._paid.get(SECOND_THOUGHTS):
            _, after = self._second_thought()
            shares[after.account_number] = after.patient_responsibility or ZERO
        return {account: share for account, share in shares.items() if share}

    def totals(self) -> dict[str, str]:
        """What the payers pay on claims, by payer, corrections included and the unbalanced file left out."""
        totals = {payer: sum((claim.paid for claim in self._sound(payer)), ZERO) for payer in self._paid}
        if SECOND_THOUGHTS in totals:
            before, after = self._second_thought()
            totals[SECOND_THOUGHTS] += after.paid - before.paid
        return {payer: f"{total:.2f}" for payer, total in sorted(totals.items())}

    def denied(self) -> int:
        return sum(claim.is_denied for claims in self._paid.values() for claim in claims)

    def _sound(self, payer: str) -> list[ClaimPayment]:
        """The claims of a payer that are paid in files that balance."""
        return self._paid[payer][1:] if payer == OUT_OF_BALANCE else self._paid[payer]

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


def _file(
    payer: group.Payer,
    number: int,
    claims: Sequence[ClaimPayment],
    created: datetime,
    beside: Sequence[ProviderAdjustment] = (),
) -> File:
    content = remittance_file(
        payer, claims, number=number, receiver=HUB_IDENTIFIER, created=created, provider_adjustments=beside
    )
    return File(f"835-{payer.payer_id}-{number:02}.x12", content)


def _payers(codes: Mapping[str, object]) -> list[group.Payer]:
    return [payer for payer in group.PAYERS if payer.code in codes]


def _beside(payer: group.Payer, created: datetime) -> list[ProviderAdjustment]:
    """Money that belongs to no claim of the file."""
    if payer.code == SECOND_THOUGHTS:
        return [recovered("OVERPAID-2025", RECOVERY, created.date())]
    if payer.code == INTEREST_FROM:
        return [interest(INTEREST, created.date())]
    return []
