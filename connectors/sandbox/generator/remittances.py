"""Stories that remittances tell, each in one or more files: reversals, recoveries, several payers, nothing to pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from connectors.formats.x12 import Adjustment, ClaimPayment, Name, QualifiedAmount
from connectors.sandbox.generator.files import Generated, file_of, insurers, paid_sum, payer, withheld
from connectors.sandbox.generator.payments import (
    COINSURANCE,
    FILING_INDICATORS,
    FORWARDED,
    PRIOR_PAYER,
    SECONDARY,
    TERTIARY,
    corrected,
    decided,
    denied,
    payment,
    zero_paid,
)
from connectors.sandbox.group import Payer
from connectors.sandbox.payers import take_back
from hub.core.money import ZERO, cents

#: Days from one remittance of a payer to its next.
CYCLE = timedelta(days=7)


class Story:
    """What a story is told with: its own numbers, so that stories of one seed do not meet, and its own chance."""

    def __init__(self, seed: int, place: int, day: date) -> None:
        self.chance = Random(f"{seed}-{place}")  # noqa: S311 - the same seed, the same files
        self.day = day
        self.payer: Payer = self.chance.choice(insurers())
        self._seed, self._place = seed, place
        self._claims = self._files = 0

    def next_claim(self) -> int:
        self._claims += 1
        return (self._seed % 100) * 1_000_000 + self._place * 10_000 + self._claims

    def next_file(self) -> int:
        self._files += 1
        return (self._seed % 100) * 100_000 + self._place * 100 + self._files

    def paid(self, count: int = 1) -> list[ClaimPayment]:
        """So many claims paid."""
        return [payment(self.next_claim(), self.payer, self.chance, self.day) for _ in range(count)]


def reversal_with_correction(story: Story) -> Iterator[Generated]:
    """A payment is taken back and made anew in one file of the week after."""
    first = story.paid(3)
    yield file_of("reversal-1-paid", story.payer, first, number=story.next_file(), day=story.day)
    later = story.day + CYCLE
    # So much else is paid that the file does not run dry.
    second = [take_back(first[0]), corrected(first[0], story.chance), *_covering(story, first[0].paid)]
    yield file_of("reversal-2-corrected", story.payer, second, number=story.next_file(), day=later)


def correction_in_a_later_file(story: Story) -> Iterator[Generated]:
    """A payment is taken back in one file; what replaces it comes a week after that."""
    first = story.paid(2)
    yield file_of("late-correction-1-paid", story.payer, first, number=story.next_file(), day=story.day)
    second = [take_back(first[0]), *_covering(story, first[0].paid)]
    yield file_of("late-correction-2-reversed", story.payer, second, number=story.next_file(), day=story.day + CYCLE)
    third = [corrected(first[0], story.chance)]
    yield file_of(
        "late-correction-3-corrected", story.payer, third, number=story.next_file(), day=story.day + 2 * CYCLE
    )


def balance_carried_forward(story: Story) -> Iterator[Generated]:
    """A reversal is more than the file pays: the rest is carried forward (FB) and taken from the next file."""
    first = [*story.paid(1), *story.paid(1)]
    yield file_of("forward-1-paid", story.payer, first, number=story.next_file(), day=story.day)
    later = story.day + CYCLE
    second = [take_back(claim) for claim in first]
    owed = -paid_sum(second)
    forward = withheld("FB", first[0].payer_claim_number, -owed, later)
    yield file_of(
        "forward-2-reversed",
        story.payer,
        second,
        number=story.next_file(),
        day=later,
        provider_adjustments=[forward] if owed else [],
    )
    latest = later + CYCLE
    yield file_of(
        "forward-3-recovered",
        story.payer,
        _covering(story, owed),
        number=story.next_file(),
        day=latest,
        provider_adjustments=[replace(forward, amount=owed)] if owed else [],
    )


def overpayment_recovered(story: Story) -> Iterator[Generated]:
    """An overpayment is recovered (WO) in two parts, across the claims of two files."""
    [overpaid] = story.paid(1)
    yield file_of("recovery-1-paid", story.payer, [overpaid], number=story.next_file(), day=story.day)
    halves = (cents(overpaid.paid / 2), overpaid.paid - cents(overpaid.paid / 2))
    for place, part in enumerate(halves, 2):
        day = story.day + (place - 1) * CYCLE
        taken = [withheld("WO", overpaid.payer_claim_number, part, day)] if part else []
        yield file_of(
            f"recovery-{place}-withheld",
            story.payer,
            _covering(story, part),
            number=story.next_file(),
            day=day,
            provider_adjustments=taken,
        )


def provider_adjustments(story: Story) -> Iterator[Generated]:
    """Every kind of PLB side by side: recovery, balance, interest, authorized return, adjustment, capitation."""
    claims = _covering(story, Decimal(120))
    adjustments = [
        withheld("WO", "RECOVERY-1", Decimal("100.00"), story.day),
        withheld("FB", "FORWARD-1", Decimal("-25.00"), story.day),
        withheld("L6", "INTEREST", Decimal("-3.17"), story.day),
        withheld("72", "REFUND-1", Decimal("-40.00"), story.day),
        withheld("CS", "ADJUST-1", Decimal("18.50"), story.day),
        withheld("CT", "CAPITATION", Decimal("-55.00"), story.day),
    ]
    yield file_of(
        "provider-adjustments",
        story.payer,
        claims,
        number=story.next_file(),
        day=story.day,
        provider_adjustments=adjustments,
    )


def unknown_provider_adjustment(story: Story) -> Iterator[Generated]:
    """A PLB code that no list has: the money moves all the same."""
    adjustments = [withheld("XQ", "SOMETHING", Decimal("11.11"), story.day)]
    yield file_of(
        "unknown-provider-adjustment",
        story.payer,
        _covering(story, Decimal(20)),
        number=story.next_file(),
        day=story.day,
        provider_adjustments=adjustments,
    )


def three_payers(story: Story) -> Iterator[Generated]:
    """One claim goes from payer to payer: each takes off what those before decided (OA 23) and leaves a rest."""
    order = [payer(code) for code in ("MEDICARE", "AETNA", "BCBS")]
    number = story.next_claim()
    claim = payment(number, order[0], story.chance, story.day)
    for place, (by, status) in enumerate(zip(order, (FORWARDED, SECONDARY, TERTIARY), strict=True)):
        if place:
            claim = _after_prior(claim, by, status, story.chance, last=by is order[-1])
        else:
            claim = replace(claim, status=status, names=(*claim.names, _crossover(order[1])))
        claim = replace(claim, payer_claim_number=f"{by.payer_id}{number:09}")
        day = story.day + place * CYCLE
        yield file_of(f"coordination-{place + 1}-{by.code.lower()}", by, [claim], number=story.next_file(), day=day)


def nothing_to_pay(story: Story) -> Iterator[Generated]:
    """A denial and a deductible: claims are decided and no money moves."""
    claims = [
        denied(story.next_claim(), story.payer, story.chance, story.day),
        zero_paid(story.next_claim(), story.payer, story.chance, story.day),
    ]
    yield file_of("nothing-to-pay", story.payer, claims, number=story.next_file(), day=story.day)


def interest_for_paying_late(story: Story) -> Iterator[Generated]:
    """Interest is told on the claim (AMT I) and paid beside it (L6)."""
    [claim] = story.paid(1)
    interest = Decimal(story.chance.randint(1, 500)) / 100
    told = replace(claim, amounts=(QualifiedAmount("I", interest),))
    yield file_of(
        "interest",
        story.payer,
        [told],
        number=story.next_file(),
        day=story.day,
        provider_adjustments=[withheld("L6", claim.payer_claim_number, -interest, story.day)],
    )


def sent_twice(story: Story) -> Iterator[Generated]:
    """The same remittance under the same trace number, in two interchanges."""
    claims = story.paid(3)
    number = story.next_file()
    once = file_of("twice-1", story.payer, claims, number=number, day=story.day)
    yield once
    other = f"{story.next_file():09}"
    content = once.content.replace(f"*{number:09}*".encode(), f"*{other}*".encode()).replace(
        f"IEA*1*{number:09}".encode(), f"IEA*1*{other}".encode()
    )
    yield Generated("twice-2.835", content)


STORIES: Mapping[str, Callable[[Story], Iterator[Generated]]] = {
    "reversal": reversal_with_correction,
    "late-correction": correction_in_a_later_file,
    "forward": balance_carried_forward,
    "recovery": overpayment_recovered,
    "provider-adjustments": provider_adjustments,
    "unknown-provider-adjustment": unknown_provider_adjustment,
    "coordination": three_payers,
    "nothing-to-pay": nothing_to_pay,
    "interest": interest_for_paying_late,
    "twice": sent_twice,
}


def remittances(seed: int, day: date) -> Iterator[Generated]:
    """The files of all stories, in the order in which each is told."""
    for place, tell in enumerate(STORIES.values(), 1):
        yield from tell(Story(seed, place, day))


def _covering(story: Story, amount: Decimal) -> list[ClaimPayment]:
    """Claims paid with more than `amount` together."""
    claims = story.paid(1)
    while paid_sum(claims) <= amount:
        claims += story.paid(1)
    return claims


def _after_prior(before: ClaimPayment, by: Payer, status: str, chance: Random, *, last: bool) -> ClaimPayment:
    """What the next payer makes of a claim: it pays of what was left to the patient, all of it or a part."""
    adjustments = []
    for line in before.lines:
        left = sum((each.amount for each in line.adjustments if each.group == "PR"), ZERO)
        settled = line.charge - left
        share = ZERO if last else cents(left * chance.randint(10, 50) / 100)
        adjustments.append((Adjustment("OA", PRIOR_PAYER, settled), Adjustment("PR", COINSURANCE, share)))
    filing = FILING_INDICATORS[by.filing_code]
    patient = tuple(name for name in before.names if name.role == "QC")
    return replace(decided(before, adjustments, status=status), filing_indicator=filing, names=patient)


def _crossover(to: Payer) -> Name:
    """NM1*TT: the payer sends the claim on itself."""
    return Name("TT", to.name, id_qualifier="PI", id=to.payer_id, person=False)
