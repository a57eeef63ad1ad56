"""What we write passes the validation of pyx12, a library that nobody here wrote."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.formats.x12 import (
    Adjustment,
    ClaimProvider,
    Diagnosis,
    LineAcknowledgement,
    Procedure,
    ProfessionalClaim,
    ProviderAdjustment,
    QualifiedDate,
    acknowledge,
    write_277ca,
    write_835,
    write_837p,
    write_999,
)
from tests.connectors.formats.x12.answers import acknowledged, payment, remittance, status, status_report
from tests.connectors.formats.x12.cast import BOB, NPI, RECEIVER, STREET, SUBMITTER, claim, interchange, line
from tests.connectors.formats.x12.judge import complaints

CLAIMS = {
    "plain": claim(),
    "dependent": claim(patient=BOB),
    "replacement": claim(frequency_code="7", original_claim_number="PCN-1"),
    "void": claim(frequency_code="8", original_claim_number="PCN-1"),
    "authorized": claim(prior_authorization="AUTH-1", referral_number="REF-1", clearinghouse_number="CH-1"),
    "providers": claim(
        referring=ClaimProvider(last="Reed", first="Rita", npi=NPI),
        supervising=ClaimProvider(last="Stone", first="Sam", npi=NPI),
        facility=ClaimProvider(last="Clinic", npi=NPI, address=STREET, person=False),
    ),
    "no rendering": claim(rendering=None),
    "period": claim(lines=(line("170.50", service_end=date(2026, 11, 4), units=Decimal("2.5")),)),
    "minutes": claim(lines=(line("170.50", unit_basis="MJ", units=Decimal(61), place_of_service="22"),)),
    "twelve diagnoses": claim(diagnoses=tuple(Diagnosis(f"I1{n}" if n < 10 else f"J{n}") for n in range(12))),
    "modifiers": claim(lines=(line("170.50", procedure=Procedure("HC", "99213", ("25", "59", "GT", "95"))),)),
    "no charge": claim(charge=Decimal(0), lines=(line("0"),)),
}


def written(*claims: ProfessionalClaim) -> bytes:
    return write_837p(claims, submitter=SUBMITTER, receiver=RECEIVER, reference="B20261120", interchange=interchange())


@pytest.mark.parametrize("sent", CLAIMS.values(), ids=CLAIMS.keys())
def test_an_837p_is_accepted(sent: ProfessionalClaim) -> None:
    assert complaints(written(sent)) == []


def test_an_837p_of_many_claims_is_accepted() -> None:
    assert complaints(written(*CLAIMS.values())) == []


def test_the_judge_does_judge() -> None:
    assert complaints(written(claim()).replace(b"CLM*ACC-0001*", b"CLM**"))
    assert complaints(written(claim()).replace(b"SE*31*", b"SE*30*"))


@pytest.mark.parametrize(
    "sent",
    [
        remittance(payment()),
        remittance(payment("ACC-1"), payment("ACC-2", status="4", lines=(), paid=Decimal(0))),
        remittance(payment(status="22", charge=Decimal("-170.50"), paid=Decimal("-110.50"), lines=(), adjustments=())),
        remittance(payment(status="2", patient_responsibility=None, adjustments=(Adjustment("PI", "97", Decimal(1)),))),
        remittance(
            payment(),
            provider_adjustments=tuple(
                ProviderAdjustment(NPI, date(2026, 12, 31), reason, "PCN-0", Decimal("1.25"))
                for reason in ("WO", "FB", "L6", "72", "CS", "AM")  # one PLB: pyx12 takes a second for a second loop
            ),
        ),
        remittance(payment(dates=(QualifiedDate("050", date(2026, 11, 3)),)), method="CHK", payment_format="",
                   sender_account=("",) * 4, originator="", receiver_account=("",) * 4),
        remittance(payment(lines=(), adjustments=(), paid=Decimal(0)), method="NON", handling_code="H",
                   payment_format="", sender_account=("",) * 4, originator="", receiver_account=("",) * 4),
    ],
    ids=["paid", "denied", "reversal", "secondary", "provider adjustments", "check", "no payment"],
)  # fmt: skip
def test_an_835_is_accepted(sent: object) -> None:
    assert complaints(write_835([sent], interchange=interchange())) == []  # type: ignore[list-item]


def test_a_277ca_is_accepted() -> None:
    refused = status("A7", "562", "U")
    sent = status_report(
        acknowledged("ACC-1"),
        acknowledged(
            "ACC-2",
            statuses=(refused,),
            payer_claim_number="PCN-1",
            service_end=date(2026, 11, 4),
            lines=(
                LineAcknowledgement(Procedure("HC", "99213"), Decimal(125), (status("A7", "562", "U", None),), "L1"),
            ),
        ),
    )

    assert complaints(write_277ca([sent], interchange=interchange())) == []


def test_a_277ca_that_refuses_the_whole_batch_is_accepted_but_for_the_provider_level() -> None:
    """A batch refused as a whole has no provider level (X214 makes 2000C situational), but pyx12 wants one."""
    (complaint,) = complaints(
        write_277ca([status_report(statuses=(status("A3", "24", "U"),))], interchange=interchange())
    )

    assert complaint.count('"err_cde"') == 1
    assert "(2000C) missing" in complaint


@pytest.mark.parametrize(
    "received",
    [
        written(claim()),
        written(claim(), claim()).replace(b"*170.5*", b"*abc*", 1),
        written(claim()).replace(b"HI*ABK", b"ZZZ*1~HI*ABK").replace(b"DMG*D8*1980", b"DMG*D8*80"),
        written(claim())[:700],
    ],
    ids=["accepted", "partly", "rejected", "truncated"],
)
def test_a_999_is_accepted(received: bytes) -> None:
    assert complaints(write_999(acknowledge([received]), interchange=interchange())) == []
