"""What the payers decide of the day's claims, and the files in which they say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from connectors.formats.x12 import ClaimPayment, ProviderAdjustment
from connectors.sandbox import group, payer_rules
from connectors.sandbox.claims_kept import KeptClaim
from connectors.sandbox.payers import Decision, interest, pay, pay_after, recovered, remittance_file, take_back
from hub.core.money import ZERO

HUB_IDENTIFIER = "NORTHLAKE"
# X12 SBR01 of a claim to the patient's first payer, and what the hub adds to the number of one to the second.
_FIRST, _SECOND_SUFFIX = "P", "-S"
# CARC: expenses after coverage ended; no authorization.
_NOT_COVERED, _NOT_AUTHORIZED = "27", "197"
# How claims are decided, by their account's number.
_DECISIONS = (Decision.COPAY, Decision.COINSURANCE, Decision.FULL, Decision.DEDUCTIBLE, Decision.COINSURANCE)
# The payers that deny their first claim, and why (CARC): authorization, missing information, medical necessity.
DENIALS: Mapping[str, str] = {"MEDICARE": "197", "UHC": "16", "BCBS": "50"}
# The payer that pays after all what it denied, once an appeal has told it why it should.
APPEALED = "BCBS"
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
    """Decides every claim once; the same claims are always decided the same way, whatever comes later."""

    def __init__(self, claims: Mapping[str, KeptClaim]) -> None:
        self._paid: dict[str, list[ClaimPayment]] = {}
        self._paid_second: dict[str, list[ClaimPayment]] = {}
        self._kept = claims
        for payer in group.PAYERS:
            mine = sorted(
                (kept for kept in claims.values() if kept.claim.payer.identifier == payer.payer_id),
                key=lambda kept: kept.claim.account_number,
            )
            first = [kept for kept in mine if kept.claim.subscriber.payer_responsibility == _FIRST]
            if first and payer.payer_id:
                self._paid[payer.code] = [_decide(kept, place == 0, payer) for place, kept in enumerate(first)]
            second = [pay_after(kept, payer) for kept in mine if kept not in first]
            if second:
                self._paid_second[payer.code] = second

    def payment_of(self, number: str) -> ClaimPayment | None:
        """What its payer first says of the claim of this number; None for a claim that no payer has."""
        decided = (*self._paid.values(), *self._paid_second.values())
        return next((each for claims in decided for each in claims if each.account_number == number), None)

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

    def second_files(self, created: datetime) -> Iterator[File]:
        """What the payers that come second make of what the first left over."""
        for payer in _payers(self._paid_second):
            yield _file(payer, 4, self._paid_second[payer.code], created)

    def appealed(self) -> ClaimPayment | None:
        """The denial that is appealed."""
        return next((claim for claim in self._paid.get(APPEALED, ()) if claim.is_denied), None)

    def appeals(self, created: datetime) -> Iterator[File]:
        """The payer grants the appeal."""
        if self.appealed() is not None:
            [payer] = _payers({APPEALED: ()})
            yield _file(payer, 5, [self._granted()], created)

    def patient_shares(self) -> dict[str, Decimal]:
        """What each patient owes in the end, by account, of the files that balance."""
        decided: dict[str, ClaimPayment] = {}
        for payer in self._paid:
            decided |= {claim.account_number: claim for claim in self._sound(payer)}
        if self._paid.get(SECOND_THOUGHTS):
            _, after = self._second_thought()
            decided[after.account_number] = after
        if self.appealed() is not None:
            decided[self._granted().account_number] = self._granted()
        for claim in (claim for claims in self._paid_second.values() for claim in claims):
            decided[claim.account_number.removesuffix(_SECOND_SUFFIX)] = claim
        shares: dict[str, Decimal] = defaultdict(Decimal)
        for number, claim in decided.items():
            shares[_account(number)] += claim.patient_responsibility or ZERO
        return {account: share for account, share in shares.items() if share}

    def totals(self) -> dict[str, str]:
        """What the payers pay on claims, by payer, corrections included and the unbalanced file left out."""
        totals = {payer: sum((claim.paid for claim in self._sound(payer)), ZERO) for payer in self._paid}
        if SECOND_THOUGHTS in totals:
            before, after = self._second_thought()
            totals[SECOND_THOUGHTS] += after.paid - before.paid
        if self.appealed() is not None:
            totals[APPEALED] += self._granted().paid
        for payer, claims in self._paid_second.items():
            totals[payer] = totals.get(payer, ZERO) + sum((claim.paid for claim in claims), ZERO)
        return {payer: f"{total:.2f}" for payer, total in sorted(totals.items())}

    def denied(self) -> int:
        """How many denials stand in the end: one is paid after an appeal."""
        every = sum(claim.is_denied for claims in self._paid.values() for claim in claims)
        return every - (self.appealed() is not None)

    def _granted(self) -> ClaimPayment:
        denied = self.appealed()
        if denied is None:
            raise LookupError("nothing was denied that could be appealed")
        [payer] = _payers({APPEALED: ()})
        return pay(self._kept[denied.account_number], Decision.COINSURANCE, payer)

    def _sound(self, payer: str) -> list[ClaimPayment]:
        """The claims of a payer that are paid in files that balance."""
        return self._paid[payer][1:] if payer == OUT_OF_BALANCE else self._paid[payer]

    def _second_thought(self) -> tuple[ClaimPayment, ClaimPayment]:
        [payer] = _payers({SECOND_THOUGHTS: ()})
        before = self._paid[SECOND_THOUGHTS][0]
        return before, pay(self._kept[before.account_number], Decision.COPAY, payer)


def _decide(kept: KeptClaim, is_first: bool, payer: group.Payer) -> ClaimPayment:
    account = _account(kept.claim.account_number)
    if account == payer_rules.uncovered().account:
        return pay(kept, Decision.DENIED, payer, _NOT_COVERED)
    if account == payer_rules.denied().account:
        return pay(kept, Decision.DENIED, payer, _NOT_AUTHORIZED)
    if is_first and payer.code in DENIALS:
        return pay(kept, Decision.DENIED, payer, DENIALS[payer.code])
    if is_first and payer.code == SECOND_THOUGHTS:
        return pay(kept, Decision.COINSURANCE, payer)
    return pay(kept, _DECISIONS[int(account[1:]) % len(_DECISIONS)], payer)


def _account(number: str) -> str:
    """The account behind a claim number: what follows the first hyphen tells the account's claims apart."""
    return number.partition("-")[0]


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
