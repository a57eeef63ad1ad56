"""837P: what is written is read back the same, and what cannot be written is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.formats.x12 import (
    Address,
    ClaimProvider,
    Delimiters,
    Diagnosis,
    Fault,
    ProfessionalClaim,
    SubmissionEnd,
    SubmissionStart,
    UnwritableValue,
    read_837p,
    write_837p,
)
from tests.connectors.formats.x12.cast import (
    ALICE,
    BILLING,
    BOB,
    NPI,
    RECEIVER,
    STREET,
    SUBMITTER,
    claim,
    interchange,
    line,
)


def written(*claims: ProfessionalClaim, **around: Any) -> bytes:
    return write_837p(
        claims, submitter=SUBMITTER, receiver=RECEIVER, reference="B20261120", interchange=interchange(**around)
    )


def read_back(data: bytes) -> list[ProfessionalClaim]:
    items = list(read_837p([data]))
    assert [item for item in items if isinstance(item, Fault)] == []
    return [item for item in items if isinstance(item, ProfessionalClaim)]


@pytest.mark.parametrize(
    "sent",
    [
        claim(),
        claim(patient=BOB),
        claim(frequency_code="7", original_claim_number="PCN-1"),
        claim(frequency_code="8", original_claim_number="PCN-1", prior_authorization="AUTH-1", referral_number="R-1"),
        claim(rendering=None, referring=ClaimProvider(last="Reed", first="Rita", npi=NPI)),
        claim(facility=ClaimProvider(last="Clinic", npi=NPI, address=STREET, person=False), place_of_service="22"),
        claim(supervising=ClaimProvider(last="Stone", first="Sam", middle="S", npi=NPI)),
        claim(lines=(line("170.50", service_end=date(2026, 11, 4), units=Decimal("2.5"), place_of_service="12"),)),
        claim(diagnoses=tuple(Diagnosis(f"I1{n}", "ABF" if n else "ABK") for n in range(9))),
        claim(clearinghouse_number="CH-1", accepts_assignment="C", benefits_assigned="N"),
    ],
    ids=["plain", "dependent", "replaced", "voided", "referred", "facility", "supervised", "period", "nine", "number"],
)
def test_a_claim_written_is_read_back_the_same(sent: ProfessionalClaim) -> None:
    assert read_back(written(sent)) == [sent]


def test_each_claim_has_a_transaction_of_its_own_and_its_own_reference() -> None:
    data = written(claim("ACC-1"), claim("ACC-2"), claim("ACC-3"))

    starts = [item for item in read_837p([data]) if isinstance(item, SubmissionStart)]
    ends = [item for item in read_837p([data]) if isinstance(item, SubmissionEnd)]

    assert [each.account_number for each in read_back(data)] == ["ACC-1", "ACC-2", "ACC-3"]
    assert [start.reference for start in starts] == ["B20261120", "B20261120-2", "B20261120-3"]
    assert [end.claims for end in ends] == [1, 1, 1]
    assert (starts[0].submitter, starts[0].receiver) == (SUBMITTER, RECEIVER)
    assert data.count(b"ISA*") == data.count(b"GS*") == 1
    assert (data.count(b"ST*837*"), b"GE*3*101" in data) == (3, True)


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert written(claim()) == written(claim())


def test_numbers_and_time_are_those_given() -> None:
    data = written(claim(), control_number=905, group_control_number=17, first_transaction=42)

    assert b"*261120*0930*^*00501*000000905*0*T*:~" in data
    assert b"GS*HC*NLRH01*CLRVW*20261120*0930*17*X*005010X222A1~" in data
    assert b"ST*837*0042*005010X222A1~" in data
    assert data.endswith(b"*0042~GE*1*17~IEA*1*000000905~")


def test_delimiters_may_be_chosen() -> None:
    chosen = Delimiters("|", ">", "!", "\n")

    data = written(claim(), delimiters=chosen)

    assert data.startswith(b"ISA|00|")
    assert read_back(data) == [claim()]


def test_line_breaks_are_for_people_and_change_nothing() -> None:
    data = written(claim(), line_breaks=True)

    assert data.count(b"~\n") == data.count(b"~")
    assert read_back(data) == [claim()]


@pytest.mark.parametrize("evil", ["AC*C", "AC~C", "AC:C", "AC^C", "AC\nC", "AC\x00C", "AC\u2028C", "AC`C", "AC€C"])
def test_a_value_that_would_break_the_file_is_refused_without_being_shown(evil: str) -> None:
    with pytest.raises(UnwritableValue) as refused:
        written(claim(evil))

    assert refused.value.element == "CLM01"
    assert "AC" not in str(refused.value)


def test_accents_are_dropped_as_payers_refuse_them() -> None:
    (back,) = read_back(written(claim(rendering=ClaimProvider(last="Müller-Peña", first="Zoë", npi=NPI))))

    assert back.rendering is not None
    assert (back.rendering.last, back.rendering.first) == ("Muller-Pena", "Zoe")


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"account_number": ""}, "CLM01"),
        ({"account_number": "A" * 21}, "CLM01"),
        ({"lines": ()}, "LX01"),
        ({"charge": Decimal("170.51")}, "CLM02"),
        ({"diagnoses": ()}, "HI01"),
        ({"diagnoses": (Diagnosis("I10"),) * 13}, "HI01"),
        ({"frequency_code": "7"}, "REF02"),
        ({"lines": (line("170.50", diagnosis_pointers=(3,)),)}, "SV107"),
        ({"lines": (line("170.50", diagnosis_pointers=()),)}, "SV107"),
        ({"lines": (line("170.50", diagnosis_pointers=(1, 2, 1, 2, 1)),)}, "SV107"),
        ({"lines": (line("170.50", service_date=None),)}, "DTP03"),
        ({"patient": None, "subscriber": ALICE.__class__(last="Archer", member_id="MEM0001")}, "DMG02"),
        ({"subscriber": ALICE.__class__(last="", member_id="MEM0001")}, "NM103"),
        ({"billing": BILLING.__class__(name="", npi=NPI, tax_id="1", address=STREET)}, "NM103"),
        ({"billing": BILLING.__class__(name="N", npi=NPI, tax_id="1", address=Address("1 Main", "X", "IL"))}, "N401"),
    ],
)
def test_a_claim_that_would_be_refused_is_not_written(changes: dict[str, Any], element: str) -> None:
    with pytest.raises(UnwritableValue) as refused:
        written(claim(**changes))

    assert refused.value.element == element


def test_a_sender_too_long_for_the_isa_is_refused() -> None:
    with pytest.raises(UnwritableValue, match="ISA06"):
        written(claim(), sender="A NAME OF SIXTEEN")


def test_several_subscribers_under_one_provider_do_not_mix() -> None:
    """Files of others hold many claims in one transaction, under shared levels."""
    data = written(claim("ACC-1", patient=BOB), claim("ACC-2")).decode()
    first, second = data.split("ST*")[1:]
    levels = second[second.index("HL*2*1*22") : second.index("SE*")].replace("HL*2*1*22", "HL*4*1*22")
    body = first[: first.index("SE*")] + levels
    merged = f"{data.split('ST*')[0]}ST*{body}SE*{body.count('~') + 1}*0001~GE*1*101~IEA*1*000000101~"

    bob, alice = read_back(merged.encode())

    assert (bob.account_number, bob.patient) == ("ACC-1", BOB)
    assert (alice.account_number, alice.patient, alice.billing) == ("ACC-2", None, BILLING)


def test_a_claim_travels_as_plain_json_and_comes_back() -> None:
    plain = msgspec.to_builtins(claim(patient=BOB))

    assert plain["charge"] == "170.50"
    assert json.loads(json.dumps(plain)) == json.loads(msgspec.json.encode(claim(patient=BOB)))
    assert msgspec.convert(json.loads(json.dumps(plain)), ProfessionalClaim) == claim(patient=BOB)
