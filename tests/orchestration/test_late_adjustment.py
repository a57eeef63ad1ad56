"""W6: what a payer took off is decided by the first row that fits, or by a person; whatever is decided balances."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions import releases
from exceptions.models import Case
from hub.core.errors import BusinessRefusal
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry, Grant
from hub.governance.roles import Role
from hub.ledger.models import Entry, Line
from hub.ledger.rules import Settled, balanced, late_adjustment
from hub.masterdata import decision_services
from hub.masterdata.decisions import LATE_ADJUSTMENT, Facts, Outcome, RowInfo, TableInfo
from hub.masterdata.models import DecisionTable
from hub.records import models as records
from orchestration.models import Run
from tests.orchestration.remittances import arrive, back, balances, file, payment
from tests.orchestration.world import World

#: Before the remittances of these tests come.
START = date(2026, 11, 1)


def actor(name: str, role: Role) -> Actor:
    user, _ = User.objects.get_or_create(username=name)
    Grant.objects.get_or_create(user=user, role=role, facility="")
    return Actor.of(user, Door.PAGE)


def put_in_force(*rows: dict[str, Any]) -> DecisionTable:
    steward, lead = actor("sam", Role.STEWARD), actor("lee", Role.LEAD)
    draft = decision_services.propose_table(code=LATE_ADJUSTMENT, actor=steward, effective_from=START)
    decision_services.write_rows(table=draft, rows=rows, actor=steward)
    return decision_services.approve_table(table=draft, actor=lead)


def test_adjustments_go_where_the_first_row_that_fits_sends_them(claims: World) -> None:
    ways = ("patient_balance", "erp_adjustment", "write_off", "keep")
    table = put_in_force(
        {"group_code": "OA", "amount_to": Decimal("10.00"), "outcome": "review"},
        *(
            {"group_code": "OA", "carc": f"9{index}", "payer": "AETNA", "outcome": way}
            for index, way in enumerate(ways)
        ),
        {"outcome": "review"},
    )
    arrive(claims, file(*(payment(f"A{n}", "160.00", ("OA", f"9{n - 1}", "40.00")) for n in (1, 2, 3, 4))))
    assert balances() == {
        "1010": Decimal("640.00"), "1110": Decimal("40.00"), "4020": Decimal("40.00"), "5020": Decimal("40.00"),
        "1100": Decimal("-760.00"),
    }  # fmt: skip
    runs = Run.objects.filter(workflow="W6").order_by("entity_key")
    decided = [(run.state, run.outputs["decide"]["version"], run.outputs["decide"]["decisions"][0]) for run in runs]
    assert [(state, version, one["row"], one["outcome"]) for state, version, one in decided] == [
        ("succeeded", table.version, place + 2, way) for place, way in enumerate(ways)
    ]
    assert Case.objects.count() == 0
    assert subledger_ties(claims)


def test_a_refused_part_of_a_paid_claim_is_not_taken_for_contractual(claims: World) -> None:
    arrive(claims, file(payment("A1", "100.00", ("CO", "45", "40.00"), ("CO", "97", "35.00"), ("CO", "50", "25.00"))))
    case = Case.objects.get()
    assert (case.code, case.queue, case.subject["reason_code"]) == ("late-adjustment-review", "cash", "CO 50")
    assert balances() == {"1010": Decimal("100.00"), "4020": Decimal("40.00"), "1100": Decimal("-140.00")}


def test_without_a_rule_nothing_is_guessed_and_an_approved_row_lets_all_that_waits_go_on(claims: World) -> None:
    arrive(
        claims,
        file(payment("A1", "120.00", ("OA", "94", "80.00")), payment("A2", "120.00", ("OA", "94", "80.00"))),
    )
    case = Case.objects.get()
    assert (case.code, case.held, case.amount) == ("no-decision-rule", 2, Decimal("160.00"))
    assert balances() == {"1010": Decimal("240.00"), "1100": Decimal("-240.00")}
    put_in_force({"group_code": "OA", "outcome": "erp_adjustment"})
    releases.release_mapped()
    releases.release_due()
    claims.settle()
    assert balances() == {"1010": Decimal("240.00"), "4020": Decimal("160.00"), "1100": Decimal("-400.00")}
    assert not Run.objects.filter(workflow="W6").exclude(state="succeeded").exists()
    assert records.Claim.objects.get(key="A1").contractual == Decimal("80.00")


def test_a_reversal_takes_the_decided_amount_back_even_if_the_table_changed(claims: World) -> None:
    put_in_force({"group_code": "OA", "outcome": "erp_adjustment"})
    arrive(claims, file(payment("A1", "160.00", ("OA", "94", "40.00"))))
    put_in_force({"group_code": "OA", "outcome": "patient_balance"})
    arrive(claims, file(back("A1", "160.00", ("OA", "94", "40.00")), payment("A2", "200.00"), trace="T2"))
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}
    assert Entry.objects.filter(kind="reversal").count() == 2
    assert records.Claim.objects.get(key="A1").contractual == 0


def test_a_second_decision_without_a_reversal_is_posted_as_it_came_and_asked_about(claims: World) -> None:
    arrive(claims, file(payment("A1", "150.00", ("CO", "45", "50.00"))))
    arrive(claims, file(payment("A1", "160.00", ("CO", "45", "40.00")), trace="T2"))
    case = Case.objects.get()
    assert (case.code, case.amount, case.subject["group_code"]) == (
        "late-adjustment-review", Decimal("200.00"), "CR",
    )  # fmt: skip
    assert balances()["1010"] == Decimal("310.00")


def test_two_people_put_a_version_in_force_and_the_one_before_ends_that_day(claims: World) -> None:
    steward, lead = actor("sam", Role.STEWARD), actor("lee", Role.LEAD)
    first = DecisionTable.objects.get(code=LATE_ADJUSTMENT, version=1)
    draft = decision_services.propose_table(code=LATE_ADJUSTMENT, actor=lead, copy_of=first)
    assert draft.rows.count() == first.rows.count()
    with pytest.raises(BusinessRefusal, match="Two people"):
        decision_services.approve_table(table=draft, actor=lead)
    other = actor("fin", Role.FINANCE)
    approved = decision_services.approve_table(table=draft, actor=other, reason="as agreed")
    first.refresh_from_db()
    assert first.effective.upper == approved.effective.lower
    with pytest.raises(BusinessRefusal, match="approved"):
        decision_services.write_rows(table=draft, rows=[{"outcome": "keep"}], actor=steward)
    actions = AuditEntry.objects.filter(object_kind="decision table").order_by("sequence")
    assert list(actions.values_list("action", "actor")) == [
        ("decision_table.propose", "lee"),
        ("decision_table.approve", "fin"),
    ]


# --- properties ---

_amounts = st.decimals(min_value=Decimal("-9999.99"), max_value=Decimal("9999.99"), places=2)
_bounds = st.none() | st.integers(0, 300)
_rows = st.builds(
    RowInfo,
    position=st.just(0),
    outcome=st.sampled_from(list(Outcome)),
    payer=st.sampled_from(["", "AETNA", "BCBS"]),
    facility=st.sampled_from(["", "C01"]),
    group_code=st.sampled_from(["", "CO", "OA", "PI"]),
    carc=st.sampled_from(["", "94", "97"]),
    amount_from=_bounds.map(lambda value: None if value is None else Decimal(value)),
    amount_to=_bounds.map(lambda value: None if value is None else Decimal(value)),
    age_from=_bounds,
    age_to=_bounds,
)
_facts = st.builds(
    Facts,
    payer=st.sampled_from(["AETNA", "BCBS", "UHC"]),
    facility=st.sampled_from(["C01", "C02"]),
    group_code=st.sampled_from(["CO", "OA", "PI"]),
    carc=st.sampled_from(["94", "97", "50"]),
    amount=_amounts,
    age=_bounds,
)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(_rows, max_size=8), facts=_facts)
def test_any_table_decides_any_case_by_its_first_row_that_fits_or_not_at_all(rows: list[RowInfo], facts: Facts) -> None:
    table = TableInfo(code="any", version=1, rows=tuple(rows), start=date.min)
    decided = table.decide(facts)
    fitting = [row for row in rows if fits_plainly(row, facts)]
    assert decided is (fitting[0] if fitting else None)


@settings(max_examples=100, deadline=None)
@given(amounts=st.lists(st.tuples(st.sampled_from(list(Settled)), _amounts), max_size=6))
def test_whatever_is_decided_its_entry_balances_and_takes_the_sum_off_the_receivable(
    amounts: list[tuple[Settled, Decimal]],
) -> None:
    lines = late_adjustment(amounts, payer="AETNA", cost_center="CC")
    assert balanced(lines)
    total = sum((amount for _, amount in amounts), Decimal(0))
    receivable = sum((line.credit - line.debit for line in lines if line.account == "1100"), Decimal(0))
    assert receivable == total


def fits_plainly(row: RowInfo, facts: Facts) -> bool:
    """The same question asked another way: no condition of the row says no."""
    amount, age = abs(facts.amount), facts.age
    says_no = [
        row.payer not in {"", facts.payer},
        row.facility not in {"", facts.facility},
        row.group_code not in {"", facts.group_code},
        row.carc not in {"", facts.carc},
        row.amount_from is not None and amount < row.amount_from,
        row.amount_to is not None and amount > row.amount_to,
        row.age_from is not None and (age is None or age < row.age_from),
        row.age_to is not None and (age is None or age > row.age_to),
    ]
    return not any(says_no)


def subledger_ties(world: World) -> bool:
    """Every account sums to what the ERP was sent, once per entry."""
    booked = {
        row["account"]: row["net"]
        for row in Line.objects.values("account").annotate(net=Sum("debit") - Sum("credit")).order_by()
    }
    sent: dict[str, Decimal] = {}
    for payload in world.erp.of("journal.post"):
        for line in payload["lines"]:
            sent[line["account"]] = (
                sent.get(line["account"], Decimal(0)) + Decimal(line["debit"]) - Decimal(line["credit"])
            )
    return booked == sent
