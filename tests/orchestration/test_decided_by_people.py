"""What people decide inside a case of cash goes on at once, is audited, and asks for the right where it costs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from exceptions import decisions
from exceptions.errors import NotAllowedNow
from exceptions.models import Case
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry, Grant
from hub.governance.roles import Role
from hub.records import models as records
from tests.orchestration.remittances import arrive, balances, file, payment
from tests.orchestration.world import World


def person(role: Role) -> Actor:
    user, _ = User.objects.get_or_create(username=str(role))
    Grant.objects.get_or_create(user=user, role=role, facility="")
    return Actor.of(user, Door.PAGE)


def test_a_person_chooses_the_claim_and_its_payment_is_posted(claims: World) -> None:
    arrive(claims, file(payment("LOST", "200.00", their_number="X9")))
    case = Case.objects.get()
    with pytest.raises(NotAllowedNow, match="no such claim"):
        decisions.choose_claim(case_id=case.pk, actor=person(Role.SPECIALIST), claim_number="NOWHERE")
    decisions.choose_claim(case_id=case.pk, actor=person(Role.SPECIALIST), claim_number="A2")
    claims.settle()
    matched = records.ClaimPayment.objects.get()
    assert (matched.claim and matched.claim.key, matched.matched_by) == ("A2", "person")
    assert balances() == {"1010": Decimal("200.00"), "1100": Decimal("-200.00")}
    assert AuditEntry.objects.get(action="claim_payment.match").actor == "specialist"


def test_a_person_decides_an_adjustment_and_one_beyond_their_limit_is_somebody_else_s_to_decide(claims: World) -> None:
    arrive(claims, file(payment("A1", "50.00", ("OA", "94", "150.00"))))
    case = Case.objects.get()
    with pytest.raises(NotAllowedNow, match=r"up to \$100\.00 alone"):
        decisions.decide_adjustment(
            case_id=case.pk, actor=person(Role.SPECIALIST), outcome="write_off", reason="too small"
        )
    decisions.decide_adjustment(case_id=case.pk, actor=person(Role.LEAD), outcome="write_off", reason="agreed")
    claims.settle()
    assert balances() == {"1010": Decimal("50.00"), "5020": Decimal("150.00"), "1100": Decimal("-200.00")}
    assert AuditEntry.objects.filter(action="adjustment.decide").count() == 1
