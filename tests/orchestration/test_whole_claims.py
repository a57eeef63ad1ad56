"""W3: what a claim waits for, which form it takes, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.clearinghouse.submission import Identity, file_name, write_batch
from connectors.formats.x12 import InstitutionalClaim, ProfessionalClaim
from exceptions.models import Case
from hub.core import clock
from hub.core.events import Event
from hub.core.events.authorization import AuthorizationApproved
from hub.core.events.charge import ChargeVoided
from hub.core.events.claim import ClaimAcknowledged, ClaimRejected
from hub.core.events.coding import CodingCompleted
from hub.core.events.encounter import EncounterAdmitted, EncounterDischarged
from hub.core.events.order import OrderPlaced
from hub.core.events.result import ResultFinalized
from hub.masterdata import crosswalk
from hub.masterdata.models import PayerRule
from hub.records.models import Claim
from hub.records.models import Event as EventRow
from orchestration import services
from orchestration.models import Run
from orchestration.replaying import begin_again
from orchestration.sweeps import sweep
from tests.connectors.formats.x12.judge import complaints
from tests.orchestration.world import NINE, World, appointment, charge, completed, encounter, happen

HOSPITAL = {"facility": "NLM", "department": "SURG"}
LATER = NINE + timedelta(days=2)


@pytest.fixture
def later(world: World) -> Iterator[World]:
    """The world two days after the visit: the bill hold is over."""
    with clock.travel(LATER - clock.machine_now()):
        yield world


def run(workflow: str = "W3") -> Run:
    return Run.objects.get(workflow=workflow)


def visit(*charges: Any, **changes: Any) -> None:
    happen(encounter(**changes), completed(occurred_at=NINE + timedelta(hours=1), **changes), system="ehr")
    happen(*(charges or (charge(),)), system="ehr")


def stay(*charges: Any, **changes: Any) -> None:
    values = {**HOSPITAL, "encounter_class": "I", **changes}
    happen(encounter(EncounterAdmitted, occurred_at=NINE - timedelta(days=2), **values), system="ehr")
    happen(encounter(EncounterDischarged, **values), system="ehr")
    happen(*(charges or (charge(amount="2900.00", procedure_code="49505", **HOSPITAL),)), system="ehr")


def coded(**changes: Any) -> CodingCompleted:
    values: dict[str, Any] = {
        "occurred_at": NINE + timedelta(days=1), "entity_key": "A1", "facility": "NLM", "account_number": "A1",
        "visit_number": "V1", "diagnoses": ("K40.90", "I10"), "procedures": ("0YQ50ZZ",), "drg": "352",
        "discharge_status": "06", "admission_type": "3",
    }  # fmt: skip
    return CodingCompleted(**{**values, **changes})


def performed(code: str = "80053", units: str = "1") -> ResultFinalized:
    return ResultFinalized(
        occurred_at=NINE, entity_key=f"lis:F1:{code}", facility="C01", account_number="A1", order_number="O1",
        visit_number="V1", procedure_code=code, units=Decimal(units), performed_at=NINE, department="LABO",
    )  # fmt: skip


def voided(event: Event) -> ChargeVoided:
    return ChargeVoided(**{field.name: getattr(event, field.name) for field in fields(event)})


def strangers_complaints(claim: ProfessionalClaim | InstitutionalClaim) -> list[str]:
    """What pyx12 says of the file that the clearinghouse would get."""
    created = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 (X12 times carry no zone)
    content = write_batch([claim], Identity.of({}), name=file_name(["key"], type(claim)), created=created)
    return complaints(content)


def documents(world: World) -> list[ProfessionalClaim | InstitutionalClaim]:
    forms: dict[str, Any] = {"professional": ProfessionalClaim, "institutional": InstitutionalClaim}
    return [msgspec.convert(sent["claim"], forms[sent["form"]]) for sent in world.clearinghouse.of("claim.submit")]


def rule(kind: str, **values: Any) -> PayerRule:
    made = PayerRule.objects.create(
        code=kind, kind=kind, transaction=values.pop("transaction", "837"), effective=(date(2026, 1, 1), None),
        message=values.pop("message", f"Mend {kind}."), parameters=values,
    )  # fmt: skip
    crosswalk.forget()
    return made


def test_a_stay_is_billed_institutionally_under_its_final_codes(later: World) -> None:
    stay()
    later.settle()
    assert (run().step, run().state) == ("coding", "waiting")
    assert later.clearinghouse.books == []

    happen(coded(), system="billing")
    later.settle()
    [claim] = documents(later)
    assert isinstance(claim, InstitutionalClaim)
    assert (claim.type_of_bill, claim.drg, claim.patient_status, claim.admission_type) == ("0111", "352", "06", "3")
    assert [one.code for one in claim.diagnoses] == ["K4090", "I10"]
    assert [(one.code, one.qualifier) for one in claim.procedures] == [("0YQ50ZZ", "BBR")]
    assert (claim.admission_date, claim.statement_through) == (date(2026, 11, 7), date(2026, 11, 9))
    assert [(line.revenue_code, line.charge) for line in claim.lines] == [("0360", Decimal("2900.00"))]
    assert Claim.objects.get().form == "institutional"
    assert strangers_complaints(claim) == []


def test_a_stay_that_nobody_coded_in_four_days_is_a_case_until_the_codes_come(world: World) -> None:
    with clock.travel(NINE + timedelta(days=4, hours=1) - clock.machine_now()):
        stay()
        world.settle()
        case = Case.objects.get()
        assert (case.code, case.queue, case.amount) == ("discharged-not-final-billed", "billing", Decimal("2900.00"))
        happen(coded(), system="billing")
        world.settle()
        assert run().step == "accepted"


def test_a_hospital_account_with_a_physicians_part_is_split_into_two_claims(later: World) -> None:
    place = {"facility": "NLM", "department": "IMAG", "procedure_code": "71046"}
    visit(
        charge(line=1, amount="190.00", **place),
        charge(line=2, amount="60.00", modifiers=("26",), **place),
        facility="NLM",
        department="IMAG",
    )
    later.settle()
    facility, physician = documents(later)
    assert isinstance(facility, InstitutionalClaim)
    assert isinstance(physician, ProfessionalClaim)
    assert (facility.account_number, facility.charge, facility.type_of_bill) == ("A1", Decimal("190.00"), "0131")
    assert (physician.account_number, physician.charge) == ("A1-P", Decimal("60.00"))
    assert [strangers_complaints(one) for one in (facility, physician)] == [[], []]

    for number in ("A1", "A1-P"):
        assert run().state == "waiting"
        happen(
            ClaimAcknowledged(occurred_at=clock.now(), entity_key=number, facility="NLM", claim_number=number,
                              source="277CA"),
            system="clearinghouse",
        )  # fmt: skip
        later.settle()
    assert run().state == "succeeded"
    sent = EventRow.objects.filter(type="claim.submitted").values_list("entity_key", flat=True)
    assert sorted(sent) == ["A1", "A1-P"]


def test_an_emergency_that_led_to_a_stay_is_billed_with_the_stay_on_one_claim(world: World) -> None:
    ward = {**HOSPITAL, "entity_key": "ehr:V2", "visit_number": "V2", "encounter_class": "I"}
    with clock.travel(NINE + timedelta(hours=3) - clock.machine_now()):
        visit(charge(line=1, amount="640.00", procedure_code="99284", **HOSPITAL), encounter_class="E",
              facility="NLM", department="EMER")  # fmt: skip
        world.settle()
        happen(encounter(EncounterAdmitted, occurred_at=NINE + timedelta(hours=2), **ward), system="ehr")
    with clock.travel(NINE + timedelta(days=3) - clock.machine_now()):
        sweep()
        world.settle()
        assert (run().step, run().state, Case.objects.count()) == ("charges", "waiting", 0)
    with clock.travel(NINE + timedelta(days=7) - clock.machine_now()):
        discharged = NINE + timedelta(days=5)
        happen(encounter(EncounterDischarged, occurred_at=discharged, **ward),
               charge(line=2, amount="2900.00", procedure_code="49505", **HOSPITAL), system="ehr")  # fmt: skip
        happen(coded(occurred_at=discharged + timedelta(days=1)), system="billing")
        world.settle()
    [claim] = documents(world)
    assert isinstance(claim, InstitutionalClaim)
    assert (claim.charge, claim.inpatient, claim.statement_through) == (Decimal("3540.00"), True, date(2026, 11, 14))


def test_what_the_laboratory_performed_and_nobody_charged_is_a_case_with_its_worth(world: World) -> None:
    with clock.travel(NINE + timedelta(days=3, hours=2) - clock.machine_now()):
        happen(performed(units="2"), system="lis")
        visit()
        world.settle()
        sweep()
        world.settle()
        case = Case.objects.get()
        assert (case.code, case.title) == ("performed-without-charge", "Performed and not charged at C01: 80053")
        assert case.amount > 0

        happen(charge(line=2, procedure_code="80053", units=Decimal(2), amount="90.00"), system="ehr")
        world.settle()
    assert Claim.objects.get().amount == Decimal("270.00")


def test_a_charge_entered_twice_holds_the_claim_until_one_is_voided(world: World) -> None:
    with clock.travel(NINE + timedelta(days=3, hours=2) - clock.machine_now()):
        visit(charge(line=1), charge(line=2))
        world.settle()
        sweep()
        world.settle()
        case = Case.objects.get()
        assert (case.code, case.amount) == ("charge-entered-twice", Decimal("180.00"))
        assert world.erp.books == []

        happen(voided(charge(line=2)), system="ehr")
        world.settle()
    assert Claim.objects.get().amount == Decimal("180.00")


def test_what_was_done_again_says_so_with_a_modifier_and_is_no_duplicate(later: World) -> None:
    visit(charge(line=1), charge(line=2, modifiers=("76",)))
    later.settle()
    assert Claim.objects.get().status == "submitted"


def test_a_claim_that_breaks_the_payers_rules_is_a_case_in_the_rules_own_words_until_it_is_mended(
    later: World,
) -> None:
    rule("authorization-number-required", codes=["9921*"], message="Ask for an authorization.")
    rule("referring-provider-required", message="Name who referred.")
    rule("most-units", codes=["99213"], units="4", message="Split the units.")
    visit()
    later.settle()
    case = Case.objects.get()
    assert (case.code, case.title) == (
        "claim-edit-failed",
        "Claim to AETNA breaks the payer's rules at C01: authorization-number-required, referring-provider-required",
    )
    assert case.detail == "Ask for an authorization. Name who referred."
    assert later.clearinghouse.books == []

    happen(
        AuthorizationApproved(occurred_at=NINE, entity_key="AUTH1", facility="C01", account_number="A1",
                              payer="AETNA", procedure_codes=("99213",), certification_number="CERT77"),
        system="payer-aetna",
    )  # fmt: skip
    happen(
        OrderPlaced(occurred_at=NINE, entity_key="O1", facility="C01", account_number="A1", order_number="O1",
                    procedure_code="99213", provider="PRV001"),
        system="ehr",
    )  # fmt: skip
    services.retry_runs([run().id])
    later.settle()
    [claim] = documents(later)
    assert claim.prior_authorization == "CERT77"
    assert claim.referring is not None
    assert Claim.objects.get().authorization_number == "CERT77"


def test_a_payer_may_ask_that_visits_are_coded_too(later: World) -> None:
    rule("coding-required")
    visit()
    later.settle()
    assert (run().step, run().state) == ("coding", "waiting")


def test_a_refused_claim_goes_out_again_under_its_next_number_and_keeps_its_lineage(later: World) -> None:
    visit(charge(line=1))
    later.settle()
    happen(
        ClaimRejected(occurred_at=clock.now(), entity_key="A1", facility="C01", claim_number="A1", source="277CA"),
        system="clearinghouse",
    )
    later.settle()
    assert run().state == "parked"
    happen(completed(occurred_at=NINE + timedelta(hours=2), member_id="W999999999"), system="ehr")

    begin_again([run().id], from_step="claim")
    later.settle()
    first, second = Claim.objects.order_by("id")
    assert (first.status, second.key, second.status) == ("replaced", "A1-R2", "submitted")
    assert (second.replaces, second.frequency_code) == (first, "1")
    assert documents(later)[-1].subscriber.member_id == "W999999999"
    assert later.clearinghouse.times() == {"W3:A1:submit": 1, "W3:A1-R2:submit": 1}


def test_an_interchange_that_could_not_be_read_refuses_every_claim_in_it(later: World) -> None:
    happen(appointment())
    visit()
    happen(encounter(number="2"), completed("2"), charge("2"), system="ehr")
    later.settle()
    controls = list(Claim.objects.order_by("id").values_list("control_number", flat=True))
    assert len(set(controls)) == 2
    Claim.objects.filter(key="A2").update(control_number=controls[0].replace(":0001", ":0002"))
    from orchestration.inbound import with_claims

    told = with_claims(
        [ClaimRejected(occurred_at=clock.now(), entity_key="x", facility="", claim_number="", source="TA1",
                       control_number=controls[0].partition(":")[0])]
    )  # fmt: skip
    assert [event.entity_key for event in told] == ["A1", "A2"]
