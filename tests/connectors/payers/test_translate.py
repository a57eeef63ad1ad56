"""What payers say beside the guide: percent for fractions, prose for codes, other networks, answers that clash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.formats.x12 import (
    Benefit,
    Decision,
    EligibilityAnswer,
    Rejection,
    ReviewResponse,
    Trace,
    write_271,
    write_278_response,
)
from hub.core.errors import DataFault
from hub.core.events.authorization import AuthorizationApproved, AuthorizationDenied, AuthorizationPended
from hub.core.events.coverage import EligibilityChecked
from tests.connectors.formats.x12.cast import interchange
from tests.connectors.formats.x12.inquiries import ANSWER, RESPONSE, SERVICE
from tests.connectors.payers.cast import understood


def checked(*benefits: Benefit, **changes: Any) -> EligibilityChecked:
    answer: EligibilityAnswer = replace(ANSWER, benefits=benefits, **changes)
    event = understood(write_271([answer], reference="S1-E", interchange=interchange()))
    assert isinstance(event, EligibilityChecked)
    return event


def decided(**changes: Any) -> object:
    response: ReviewResponse = replace(RESPONSE, **changes)
    return understood(write_278_response([response], reference="S1-A", interchange=interchange()))


@pytest.mark.parametrize(
    ("said", "meant"), [("0.2", "0.2"), ("20", "0.2"), ("1", "1"), ("0", "0"), ("150", None), ("-0.1", None)]
)
def test_coinsurance_is_a_fraction_however_the_payer_writes_it(said: str, meant: str | None) -> None:
    event = checked(Benefit(information="A", service_types=("30",), percent=Decimal(said)))
    assert event.coinsurance == (None if meant is None else Decimal(meant))


def test_the_plan_as_such_decides_whether_coverage_is_in_force() -> None:
    inactive, active = Benefit(information="6", service_types=("30",)), Benefit(information="1", service_types=("98",))
    assert checked(active, inactive).status == "inactive"
    assert checked(active).status == "active"
    assert checked(Benefit(information="U", service_types=("30",))).status == "rejected"


def test_what_holds_out_of_network_only_is_not_the_patients_share() -> None:
    out = Benefit(information="B", service_types=("30",), amount=Decimal("90"), in_network="N", authorization="Y")
    within = Benefit(information="B", service_types=("30",), amount=Decimal("25"), in_network="Y", authorization="N")
    event = checked(out, within)
    assert (event.copay, event.authorization_required) == (Decimal("25"), False)


def test_of_a_deductible_what_remains_counts() -> None:
    year = Benefit(information="C", service_types=("30",), period="23", amount=Decimal("1500"))
    left = Benefit(information="C", service_types=("30",), period="29", amount=Decimal("350"))
    assert checked(year, left).deductible_remaining == Decimal("350")
    assert checked(year).deductible_remaining is None


def test_the_innermost_reason_says_why_there_is_no_answer() -> None:
    reasons = (Rejection("42", "R", "2000A"), Rejection("72", "C", "2000C"))
    assert checked(rejections=reasons).rejection == "72"


def test_an_answer_without_any_trace_of_ours_is_refused() -> None:
    lost = replace(ANSWER, traces=(Trace("THEIRS", "9000000000", "1"),))
    text = write_271([lost], reference="X", interchange=interchange()).replace(b"BHT*0022*11*X*", b"BHT*0022*11**")
    with pytest.raises(DataFault) as refused:
        understood(text)
    assert refused.value.code == "no-trace"


def test_a_code_too_long_to_be_one_is_refused_by_its_name() -> None:
    with pytest.raises(DataFault) as refused:
        checked(rejections=(Rejection("SEE LETTER", "C", "2000C"),))
    assert (refused.value.code, refused.value.subject["field"]) == ("value-too-long", "rejection")


def test_services_decided_one_by_one_come_to_one_decision() -> None:
    yes, no = replace(SERVICE, decision=Decision("A1", "AUTH1")), replace(SERVICE, decision=Decision("A3", "", "0V"))
    wait = replace(SERVICE, decision=Decision("A4", "P1"))
    assert isinstance(decided(decision=None, services=(yes, yes)), AuthorizationApproved)
    assert isinstance(decided(decision=None, services=(no, no)), AuthorizationDenied)
    assert isinstance(decided(decision=None, services=(yes, wait)), AuthorizationPended)
    part = decided(decision=None, services=(no, yes))
    assert isinstance(part, AuthorizationApproved)
    assert (part.action_code, part.certification_number) == ("A2", "AUTH1")


@pytest.mark.parametrize("decision", [None, Decision("ZZ", "AUTH1")])
def test_a_response_that_decides_nothing_we_can_read_is_refused(decision: Decision | None) -> None:
    with pytest.raises(DataFault) as refused:
        decided(decision=decision)
    assert refused.value.code == "no-decision"


def test_prose_in_the_place_of_a_reason_is_cut() -> None:
    denied = decided(decision=Decision("A3", "R1", "NOT MEDICALLY NECESSARY AS SUBMITTED"), dates=())
    assert isinstance(denied, AuthorizationDenied)
    assert denied.reason == "NOT MEDICALLY NECESS"
