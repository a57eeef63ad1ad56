"""The claims that a payment without one may be for, as they are offered."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.console.forms.decide import ChooseClaimForm
from hub.console.selectors.decide import Offer
from hub.records.models import Claim


@pytest.mark.parametrize(("paid", "said"), [("0", "not paid yet"), ("9.50", "paid $9.50 so far")])
def test_an_offered_claim_says_what_was_paid_on_it(paid: str, said: str) -> None:
    claim = Claim(key="N100002", payer="MEDICAID", facility="C01", amount=Decimal("18.00"), paid=Decimal(paid))

    drawn = str(ChooseClaimForm(offers=[Offer(claim, 75)])["offered"])
    assert said in drawn
    assert "N100002" not in drawn
