"""W3C: charges that come, change or go after the account was billed follow into the books and into its claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.formats.x12 import ProfessionalClaim
from exceptions.models import Case
from hub.core import clock
from hub.core.events.charge import ChargeCorrected, ChargeEvent, ChargeVoided
from hub.core.events.claim import ClaimAcknowledged
from hub.ledger.models import Entry, Line
from hub.masterdata import crosswalk
from hub.masterdata.models import Facility
from hub.records.models import Charge, Claim
from orchestration.models import Run
from orchestration.replaying import begin_again
from tests.orchestration.world import NINE, World, charge, completed, encounter, happen, undone

LATER = NINE + timedelta(days=2)


@pytest.fixture
def later(world: World) -> Iterator[World]:
    with clock.travel(LATER - clock.machine_now()):
        yield world


def visit(*charges: Any, payer: str = "AETNA") -> None:
    happen(encounter(payer=payer), completed(occurred_at=NINE + timedelta(hours=1), payer=payer), system="ehr")
    happen(*(charges or (charge(),)), system="ehr")


def again(event: Any, kind: type[ChargeEvent], **changes: Any) -> ChargeEvent:
    made = kind(**{field.name: getattr(event, field.name) for field in fields(event)})
    return replace(made, **{"occurred_at": clock.now(), **changes})


def accepted(number: str = "A1") -> None:
    happen(
        ClaimAcknowledged(
            occurred_at=clock.now(), entity_key=number, facility="C01", claim_number=number, source="277CA",
            payer_claim_control_number=f"P-{number}",
        ),
        system="clearinghouse",
    )  # fmt: skip


def owed() -> Decimal:
    """What the books say of the account's charges, on whichever receivable."""
    sums = Line.objects.filter(entry__kind="charge", account__in=("1100", "1110")).aggregate(
        d=Sum("debit"), c=Sum("credit")
    )
    return (sums["d"] or Decimal(0)) - (sums["c"] or Decimal(0))


def sent(world: World) -> list[ProfessionalClaim]:
    return [msgspec.convert(one["claim"], ProfessionalClaim) for one in world.clearinghouse.of("claim.submit")]


def test_a_late_charge_is_posted_by_itself_and_makes_a_corrected_claim_once_the_payer_has_the_first(
    later: World,
) -> None:
    visit()
    later.settle()
    happen(charge(line=2, amount="45.50", procedure_code="36415", occurred_at=clock.now()), system="ehr")
    later.settle()
    assert owed() == Decimal("225.50")
    assert len(sent(later)) == 1
    assert Run.objects.get(workflow="W3C").step == "billed"

    accepted()
    later.settle()
    first, second = Claim.objects.order_by("id")
    assert (first.status, second.key, second.frequency_code, second.replaces) == ("replaced", "A1-R2", "7", first)
    assert second.amount == Decimal("225.50")
    document = sent(later)[-1]
    assert (document.frequency_code, document.original_claim_number, len(document.lines)) == ("7", "P-A1", 2)
    assert not Charge.objects.exclude(claim=second).exists()
    accepted("A1-R2")
    later.settle()
    assert set(Run.objects.exclude(workflow="W3Q").values_list("state", flat=True)) == {"succeeded"}
    assert [entry.state for entry in Entry.objects.all()] == ["posted", "posted"]
    assert len(later.erp.of("journal.post")) == 2


def test_a_charge_corrected_after_billing_is_reflected_in_books_and_claim(later: World) -> None:
    visit()
    later.settle()
    accepted()
    happen(again(charge(), ChargeCorrected, amount=Decimal("150.00")), system="ehr")
    later.settle()
    assert owed() == Decimal("150.00")
    assert sent(later)[-1].charge == Decimal("150.00")


def test_an_account_whose_last_charge_is_voided_after_billing_has_its_claim_taken_back(later: World) -> None:
    visit()
    later.settle()
    accepted()
    happen(again(charge(), ChargeVoided), system="ehr")
    later.settle()
    assert owed() == 0
    first, void = Claim.objects.order_by("id")
    assert (first.status, void.frequency_code, void.status) == ("voided", "8", "submitted")
    assert (sent(later)[-1].frequency_code, sent(later)[-1].charge) == ("8", Decimal("180.00"))

    accepted("A1-R2")
    happen(charge(line=2, amount="90.00", occurred_at=clock.now()), system="ehr")
    later.settle()
    assert owed() == Decimal("90.00")
    assert (sent(later)[-1].account_number, sent(later)[-1].frequency_code) == ("A1-R3", "1")


def test_where_a_facility_wants_to_look_first_the_books_follow_and_the_claim_waits_for_a_person(later: World) -> None:
    Facility.objects.filter(code="C01").update(corrected_claims="review")
    crosswalk.forget()
    visit()
    later.settle()
    accepted()
    happen(charge(line=2, amount="45.50", procedure_code="36415", occurred_at=clock.now()), system="ehr")
    later.settle()
    case = Case.objects.get()
    assert (case.code, case.amount, owed()) == ("charges-changed-after-billing", Decimal("45.50"), Decimal("225.50"))
    assert len(sent(later)) == 1
    begin_again([Run.objects.get(workflow="W3C").id], from_step="claim")
    later.settle()
    assert sent(later)[-1].frequency_code == "7"


def test_a_late_charge_of_a_self_pay_account_is_owed_by_the_patient_and_makes_no_claim(later: World) -> None:
    visit(payer="SELFPAY")
    later.settle()
    happen(charge(line=2, amount="45.50", occurred_at=clock.now()), system="ehr")
    later.settle()
    assert owed() == Decimal("225.50")
    assert set(Line.objects.filter(debit__gt=0).values_list("account", flat=True)) == {"1110"}
    assert Claim.objects.count() == 0


def test_charges_before_billing_start_no_run_of_their_own(world: World) -> None:
    with clock.travel(NINE + timedelta(hours=3) - clock.machine_now()):
        visit(charge(), charge(line=2, amount="45.50"))
        world.settle()
    assert not Run.objects.filter(workflow="W3C").exists()


LINES = st.integers(min_value=1, max_value=3)
AMOUNTS = st.integers(min_value=1, max_value=90_000).map(lambda cents: Decimal(cents) / 100)
CHANGES = st.one_of(
    st.tuples(st.just("capture"), LINES, AMOUNTS),
    st.tuples(st.just("correct"), LINES, AMOUNTS),
    st.tuples(st.just("void"), LINES, AMOUNTS),
    st.tuples(st.sampled_from(["accept", "settle"]), st.just(0), st.just(Decimal(0))),
)


def change(what: str, line: int, amount: Decimal, tick: int) -> None:
    """One thing that happens to the account; what makes no sense (voiding what is not there) does not happen."""
    at = LATER + timedelta(minutes=tick)
    event = charge(line=line, amount=f"{amount}", procedure_code=f"9921{line}", occurred_at=at)
    known = Charge.objects.filter(key=event.entity_key).first()
    if what == "capture" and (known is None or known.status == "voided"):
        happen(event, system="ehr")
    elif what == "correct" and known is not None and known.status != "voided":
        happen(again(event, ChargeCorrected, occurred_at=at), system="ehr")
    elif what == "void" and known is not None and known.status != "voided":
        happen(again(event, ChargeVoided, occurred_at=at, amount=known.amount), system="ehr")


def accept_what_is_sent() -> None:
    for number in Claim.objects.filter(status="submitted").values_list("key", flat=True):
        accepted(number)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(CHANGES, max_size=3), after=st.lists(CHANGES, max_size=5))
def test_whatever_is_captured_corrected_or_voided_books_and_claim_say_what_stands(
    later: World, before: list[Any], after: list[Any]
) -> None:
    for system in later.systems.values():
        system.books.clear()
    with undone():
        visit(charge(line=9, procedure_code="99219"))
        for tick, (what, line, amount) in enumerate(before):
            change(what, line, amount, tick)
        later.settle()
        for tick, (what, line, amount) in enumerate(after, 10):
            if what == "settle":
                later.settle()
            elif what == "accept":
                accept_what_is_sent()
            change(what, line, amount, tick)
        for _ in range(8):
            later.settle()
            accept_what_is_sent()
        standing = list(Charge.objects.exclude(status="voided"))
        assert owed() == sum((one.amount for one in standing), Decimal(0))
        assert Case.objects.count() == 0
        newest = sent(later)[-1]
        assert newest.charge == sum((one.amount for one in standing), Decimal(0))
