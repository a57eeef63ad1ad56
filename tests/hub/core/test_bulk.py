"""Writing many rows with one statement: every value arrives as it was, whatever it is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.models import DedupeKey, Delivery, Message
from hub.core.bulk import insert_rows, update_rows, upsert_rows
from hub.core.ids import uuid7
from hub.records.models import Appointment, Journey
from orchestration.models import FeedHour

pytestmark = pytest.mark.django_db

# What PostgreSQL's text takes: anything but NUL and lone surrogates.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
AWKWARD = st.sampled_from(['"', "\\", "NULL", "{}", "{a,b}", 'a"b\\c', "\n\t", " ", "", "','", "\\x00", "é", "💳"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT | AWKWARD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | AWKWARD, inner, max_size=3),
)
MOMENT = datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=UTC)


def message(**values: Any) -> Message:
    return Message(**{"feed_id": 1, "feed_code": "ehr", "size": 3, "sha256": "0" * 64} | values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT | AWKWARD, JSON, st.none() | st.binary(max_size=64)), min_size=1, max_size=4))
def test_text_documents_and_bytes_survive_an_insert_and_an_update(given: list[tuple[str, Any, bytes | None]]) -> None:
    rows = [message(name=text, headers={"any": document}, body=content) for text, document, content in given]
    insert_rows(rows)
    assert stored(rows) == given

    turned = list(reversed(given))
    for row, (text, document, content) in zip(rows, turned, strict=True):
        row.name, row.headers, row.body = text, {"any": document}, content
    assert update_rows(rows, ("name", "headers", "body")) == len(rows)
    assert stored(rows) == turned


def stored(rows: list[Message]) -> list[tuple[str, Any, bytes | None]]:
    found = Message.objects.in_bulk([row.pk for row in rows])
    return [
        (one.name, one.headers["any"], None if one.body is None else bytes(one.body))
        for one in (found[row.pk] for row in rows)
    ]


def test_money_moments_and_what_is_missing_survive() -> None:
    journey = Journey(account_number="A1")
    insert_rows([journey])
    record = Appointment(
        key="scheduling:S1",
        system="scheduling",
        facility="C01",
        journey=journey,
        occurred_at=MOMENT,
        status="booked",
        starts_at=MOMENT,
        department="CARD",
        visit_type="office",
        expected_amount=Decimal("-1234.50"),
    )
    insert_rows([record])

    kept = Appointment.objects.get(key="scheduling:S1")
    assert (kept.expected_amount, kept.starts_at, kept.sequence) == (Decimal("-1234.50"), MOMENT, None)

    record.expected_amount, record.sequence = None, 2**40
    update_rows([record], ("expected_amount", "sequence"))
    kept.refresh_from_db()
    assert (kept.expected_amount, kept.sequence) == (None, 2**40)


def test_rows_that_are_inserted_can_be_saved_again_as_the_same_rows() -> None:
    journey = Journey(account_number="A1")
    insert_rows([journey])

    journey.account_number = "A2"
    journey.save()

    assert list(Journey.objects.values_list("id", "account_number")) == [(journey.id, "A2")]


def test_a_key_that_is_taken_keeps_its_first_holder_and_is_not_counted() -> None:
    first, second, third = (
        DedupeKey(feed_id=1, key=key, message_id=uuid7(), sha256="0" * 64) for key in ("a", "a", "b")
    )

    assert insert_rows([first], keep_first=True) == 1
    assert insert_rows([second, third], keep_first=True) == 1

    assert dict(DedupeKey.objects.values_list("key", "message_id")) == {"a": first.message_id, "b": third.message_id}


def test_a_row_that_stands_already_is_given_only_what_is_named_and_one_that_says_the_same_is_not_written() -> None:
    def hour(number: int, watched: int, heard: int) -> FeedHour:
        return FeedHour(feed="ehr", hour=number, watched=watched, heard=heard)

    def stored() -> list[tuple[int, int, int]]:
        return list(FeedHour.objects.order_by("hour").values_list("hour", "watched", "heard"))

    def written() -> list[tuple[str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid::text FROM orchestration_feedhour ORDER BY hour")
            return list(cursor.fetchall())

    upsert_rows([hour(1, 5, 2), hour(2, 5, 3)], unique=("feed", "hour"), fields=("watched",))
    before = written()
    upsert_rows([hour(1, 6, 9), hour(2, 5, 9), hour(3, 1, 1)], unique=("feed", "hour"), fields=("watched",))

    assert stored() == [(1, 6, 2), (2, 5, 3), (3, 1, 1)]
    assert [place == old for place, old in zip(written(), before, strict=False)] == [False, True]


def test_nothing_is_asked_of_the_database_for_no_rows() -> None:
    no_rows: list[Delivery] = []

    assert insert_rows(no_rows) == 0
    assert update_rows(no_rows, ("state",)) == 0
    upsert_rows(no_rows, unique=("id",), fields=("state",))
