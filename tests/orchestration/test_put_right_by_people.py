"""What people put right, bring, ask again, give up or have posted later, and what the workflows make of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from exceptions import brought, closed_periods, corrections, decisions, inquiries, returns, settling, write_offs
from exceptions.errors import NotAllowedNow
from exceptions.models import Case, Notice
from exceptions.selectors import story
from hub.core import clock
from hub.core.errors import BusinessRefusal
from hub.core.events.encounter import EncounterUpdated
from hub.core.sealing import open_json
from hub.governance.access import Actor, Door
from hub.governance.limits import DEFAULTS, set_limit
from hub.governance.models import Approval, AuditEntry, Grant
from hub.governance.roles import Role
from hub.ledger.models import Entry, PeriodMove
from hub.masterdata import crosswalk
from hub.masterdata.models import PayerRule
from hub.records import models as records
from hub.records.models import Event
from orchestration.correction_models import Correction
from tests.orchestration.remittances import arrive, balances, file, payment
from tests.orchestration.test_patient_payment import paid
from tests.orchestration.world import NINE, REFUSE, World, charge, completed, encounter, happen

LATER = NINE + timedelta(days=2)


def person(role: Role, name: str = "", facility: str = "") -> Actor:
    user, _ = User.objects.get_or_create(username=name or str(role))
    Grant.objects.get_or_create(user=user, role=role, facility=facility)
    return Actor.of(User.objects.get(pk=user.pk), Door.PAGE)


@pytest.fixture
def later(world: World) -> Iterator[World]:
    with clock.travel(LATER - clock.machine_now()):
        yield world


def visit(world: World, **changes: object) -> None:
    happen(encounter(**changes), completed(occurred_at=NINE + timedelta(hours=1), **changes), system="ehr")  # type: ignore[arg-type]
    happen(charge(), system="ehr")
    world.settle()


def the_case(code: str) -> Case:
    settling.settle()
    return Case.objects.get(code=code, state__in=("open", "in_progress"))


def test_a_missing_member_id_is_put_right_as_an_event_of_ours_until_the_ehr_says_otherwise(later: World) -> None:
    visit(later, member_id="")
    case = the_case("claim-incomplete")
    with pytest.raises(NotAllowedNow, match="not put right here"):
        corrections.correct(
            case_id=case.pk, actor=person(Role.SPECIALIST), values={"diagnoses": "I10"}, reason="I know better"
        )
    made = corrections.correct(
        case_id=case.pk, actor=person(Role.SPECIALIST), values={"member_id": "W999"}, reason="From the card"
    )
    later.settle()

    assert isinstance(made, Correction)
    told = Event.objects.get(type="encounter.corrected")
    assert (told.system, told.causation_id, made.event_id) == ("hub", made.pk, told.id)
    assert later.clearinghouse.of("claim.submit")[0]["claim"]["subscriber"]["member_id"] == "W999"
    assert open_json(records.Encounter.objects.get().sealed)["patient_last_name"] == "TESTER"
    assert the_end(case) == ("resolved", "fixed")

    happen(encounter(EncounterUpdated, occurred_at=NINE + timedelta(hours=2), member_id="W111"), system="ehr")
    assert open_json(records.Encounter.objects.get().sealed)["member_id"] == "W111"


def test_a_payment_for_a_wrong_account_finds_its_own_once_two_people_say_so(world: World) -> None:
    happen(encounter(), system="ehr")
    happen(paid(account_number="A1X"), system="gateway")
    world.settle()
    case = the_case("unmatched-payment")
    with pytest.raises(NotAllowedNow, match="no such account"):
        corrections.correct(
            case_id=case.pk, actor=person(Role.FINANCE), values={"account_number": "A9"}, reason="guess"
        )
    asked = corrections.correct(
        case_id=case.pk, actor=person(Role.FINANCE), values={"account_number": "A1"}, reason="The receipt says so"
    )
    assert (type(asked), records.Payment.objects.get().matched) == (Approval, False)
    corrections.decide(approval_id=asked.pk, actor=person(Role.LEAD), approve=True)
    world.settle()

    payment_ = records.Payment.objects.get()
    assert (payment_.matched, payment_.account_number) == (True, "A1")
    assert payment_.journey_id == records.Encounter.objects.get().journey_id
    assert balances() == {"1010": Decimal("30.00"), "1110": Decimal("-30.00")}
    assert the_end(case) == ("resolved", "fixed")


def test_an_attachment_number_reaches_the_claim_and_satisfies_the_rule(later: World) -> None:
    PayerRule.objects.create(
        code="NEEDS-NOTES", payer="AETNA", transaction="837P", kind="attachment-required",
        parameters={"codes": ["99213"]}, message="Notes go with it.", effective=(date(2024, 1, 1), None),
    )  # fmt: skip
    crosswalk.forget()
    visit(later)
    case = the_case("claim-edit-failed")
    assert brought.wants_attachment(case)
    with pytest.raises(NotAllowedNow, match="plain punctuation"):
        brought.enter_attachment(case_id=case.pk, actor=person(Role.SPECIALIST), number="A~1", reason="faxed")
    brought.enter_attachment(case_id=case.pk, actor=person(Role.SPECIALIST), number="att-77", reason="faxed")
    later.settle()

    assert later.clearinghouse.of("claim.submit")[0]["claim"]["attachments"][0]["control_number"] == "ATT-77"
    assert AuditEntry.objects.get(action="claim.attachment").after["number"] == "ATT-77"
    assert the_end(case) == ("resolved", "fixed")


def test_an_authorization_that_the_payer_gave_by_phone_goes_out_with_the_claim(later: World) -> None:
    PayerRule.objects.create(
        code="NEEDS-AUTH", payer="AETNA", transaction="837P", kind="authorization-number-required",
        parameters={"codes": ["99213"]}, message="It is authorized first.", effective=(date(2024, 1, 1), None),
    )  # fmt: skip
    crosswalk.forget()
    visit(later)
    case = the_case("claim-edit-failed")
    assert (brought.wants_authorization(case), brought.wants_attachment(case)) == (True, False)
    with pytest.raises(NotAllowedNow, match="ends before|end before"):
        brought.enter_authorization(
            case_id=case.pk, actor=person(Role.SPECIALIST), number="AU9", reason="by phone",
            valid_from=date(2026, 12, 1), valid_until=date(2026, 11, 1),
        )  # fmt: skip
    brought.enter_authorization(case_id=case.pk, actor=person(Role.SPECIALIST), number="AU-9", reason="by phone")
    later.settle()

    assert later.clearinghouse.of("claim.submit")[0]["claim"]["prior_authorization"] == "AU-9"
    told = Event.objects.get(type="authorization.approved")
    assert (told.system, AuditEntry.objects.get(action="authorization.enter").reason) == ("hub", "by phone")
    assert the_end(case) == ("resolved", "fixed")


def test_an_entry_of_a_closed_period_is_posted_in_an_open_one_and_stays_as_it_was(world: World) -> None:
    happen(encounter(), system="ehr")
    world.erp.weather = [REFUSE]
    happen(paid(), system="gateway")
    world.settle()
    case = the_case("closed-period")
    entry = Entry.objects.get()
    before = (entry.effective_date, entry.posting_key)
    for role in (Role.LEAD, Role.SPECIALIST):
        with pytest.raises(PermissionDenied):
            closed_periods.post_in_open_period(case_id=case.pk, actor=person(role), on=date(2026, 12, 1), reason="x")
    with pytest.raises(BusinessRefusal, match="after 2026-11-19"):
        closed_periods.post_in_open_period(
            case_id=case.pk, actor=person(Role.FINANCE), on=date(2026, 11, 1), reason="too early"
        )
    late = closed_periods.late_entries(person(Role.FINANCE), case)
    assert late is not None
    assert closed_periods.next_open_day(late) == date(2026, 12, 1)
    closed_periods.post_in_open_period(
        case_id=case.pk, actor=person(Role.FINANCE), on=date(2026, 12, 1), reason="November is closed"
    )
    world.settle()

    entry.refresh_from_db()
    assert ((entry.effective_date, entry.posting_key), entry.state) == (before, "posted")
    [posted] = world.erp.of("journal.post")
    assert (posted["date"], posted["description"]) == ("2026-12-01", "Patient payment (of 2026-11-19)")
    assert world.erp.times() == {entry.posting_key: 1}
    assert the_end(case) == ("resolved", "decided")
    with pytest.raises(DatabaseError), transaction.atomic():
        PeriodMove.objects.update(posting_date=date(2026, 1, 1))


def test_a_write_off_beyond_the_limit_waits_for_a_second_person(claims: World) -> None:
    arrive(claims, file(payment("A1", "50.00", ("OA", "94", "150.00"))))
    case = Case.objects.get()
    specialist, _ = person(Role.SPECIALIST), person(Role.LEAD)
    with pytest.raises(NotAllowedNow, match="alone"):
        decisions.decide_adjustment(case_id=case.pk, actor=specialist, outcome="write_off", reason="small")
    asked = write_offs.write_off(case_id=case.pk, actor=specialist, reason="Not worth the call", version=case.version)
    assert asked is not None
    assert (asked.amount, balances()) == (Decimal("150.00"), {"1010": Decimal("50.00"), "1100": Decimal("-50.00")})
    told = [(notice.user.username, notice.text) for notice in Notice.objects.filter(kind="escalated")]
    assert told == [("lead", "specialist asks to write off $150.00.")]
    with pytest.raises(PermissionDenied):
        write_offs.decide(approval_id=asked.pk, actor=person(Role.SPECIALIST, "other"), approve=True)
    with pytest.raises(NotAllowedNow, match="Say why"):
        write_offs.decide(approval_id=asked.pk, actor=person(Role.LEAD), approve=False)
    write_offs.decide(approval_id=asked.pk, actor=person(Role.LEAD), approve=True)
    claims.settle()
    told = [(notice.user.username, notice.text) for notice in Notice.objects.filter(kind="decided")]
    assert told == [("specialist", "lead approved writing off $150.00.")]
    assert {line.kind for line in story(case) if "Not worth the call" in line.text} == {"state"}, "told once each"

    assert balances() == {"1010": Decimal("50.00"), "5020": Decimal("150.00"), "1100": Decimal("-200.00")}
    assert the_end(case) == ("resolved", "written_off")
    with pytest.raises(BusinessRefusal, match="decided meanwhile"):
        write_offs.decide(approval_id=asked.pk, actor=person(Role.FINANCE), approve=False, answer="late")
    assert [entry.actor for entry in AuditEntry.objects.filter(action="case.write_off")] == ["lead"]


def test_within_the_limit_that_stands_a_write_off_is_done_at_once(claims: World) -> None:
    set_limit(role=Role.SPECIALIST, amount=Decimal("200.00"), actor=Actor.command())
    arrive(claims, file(payment("A1", "50.00", ("OA", "94", "150.00"))))
    case = Case.objects.get()
    assert DEFAULTS[Role.SPECIALIST] < Decimal("150.00")
    assert write_offs.write_off(case_id=case.pk, actor=person(Role.SPECIALIST), reason="Within the limit") is None
    claims.settle()
    assert balances()["5020"] == Decimal("150.00")


def test_a_remittance_goes_back_to_the_payer_and_the_one_that_balances_takes_its_place(claims: World) -> None:
    arrive(claims, file(payment("A1", "200.00"), amount="150.00"))
    case = the_case("remittance-out-of-balance")
    [row] = returns.send_back(case_id=case.pk, actor=person(Role.FINANCE), reason="Off by $50", version=case.version)
    assert (row.keys[0].split("|")[:2], balances()) == (["835", "TRN02"], {})
    arrive(claims, file(payment("A1", "200.00")))
    row.refresh_from_db()
    assert row.corrected_by is not None
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}
    assert the_end(case) == ("resolved", "corrected")


def test_there_is_nothing_to_ask_again_where_the_case_is_about_something_else(claims: World) -> None:
    arrive(claims, file(payment("A1", "50.00", ("OA", "94", "150.00"))))
    case = Case.objects.get()
    assert inquiries.again_for(case) is None
    with pytest.raises(NotAllowedNow, match="nothing to ask"):
        inquiries.ask_again(case_id=case.pk, actor=person(Role.SPECIALIST))


def the_end(case: Case) -> tuple[str, str]:
    """Where the case stands, and what settled it."""
    settling.settle()
    case.refresh_from_db()
    return case.state, case.resolution
