"""Several people at the same moment: the chain stays one line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from hub.governance import audit
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry


def act_ten_times(name: str) -> None:
    try:
        for _ in range(10):
            audit.record(actor=Actor(name, None, Door.API), action="case.take", object_kind="case", object_id="1")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_acts_of_several_people_at_once_make_one_gapless_chain() -> None:
    with ThreadPoolExecutor(4) as people:
        list(people.map(act_ten_times, ["alice", "bob", "charlie", "dora"]))

    assert list(AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, 41))
    assert audit.verify() is None
