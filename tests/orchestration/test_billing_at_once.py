"""Charges and bills of one account at the same moment: each sees the other."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from hub.core.errors import Transient
from hub.records.models import Journey
from hub.records.services import Recorded
from orchestration.workflows.claim_receivable import billed_before, hold_account
from tests.orchestration.world import NINE, charge, happen


@pytest.mark.django_db(transaction=True)
def test_a_charge_waits_for_who_bills_its_account_and_nobody_bills_it_twice_at_once(group: None) -> None:
    [recorded] = happen(charge(occurred_at=NINE + timedelta(hours=1)), system="ehr")
    journey = Journey.objects.get()
    looked, refused = threading.Event(), threading.Event()

    def another_bills() -> None:
        try:
            with transaction.atomic(), pytest.raises(Transient):
                hold_account(journey.pk)
            refused.set()
        finally:
            connection.close()

    def a_charge_comes(item: Recorded) -> None:
        try:
            with transaction.atomic():
                billed_before([item])
            looked.set()
        finally:
            connection.close()

    with transaction.atomic():
        hold_account(journey.pk)
        biller = threading.Thread(target=another_bills)
        charger = threading.Thread(target=a_charge_comes, args=(recorded,))
        biller.start()
        charger.start()
        biller.join()
        assert refused.is_set()
        assert not looked.is_set()
    charger.join()
    assert looked.is_set()
