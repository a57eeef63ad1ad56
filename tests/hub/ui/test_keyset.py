"""Keyset pages: every row once, in order, forwards and backwards, whatever the values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.ui.keyset import paginate
from tests.hub.ui.conftest import EPOCH, person

pytestmark = pytest.mark.django_db

#: A plain field, one with NULLs, one with few values, the key itself, an annotation; each both ways.
ORDERS = [sign + name for name in ("username", "last_login", "is_staff", "pk", "shout") for sign in ("", "-")]
#: Few distinct values, so that ties and NULLs are common.
ROWS = st.lists(st.tuples(st.sampled_from([None, 0, 1, 2]), st.booleans()), max_size=14)


def people() -> QuerySet[Any]:
    absent = Case(When(is_staff=True, then=Value(None)), default=Lower("username"), output_field=CharField())
    return get_user_model().objects.annotate(shout=absent)


@contextmanager
def table_of(rows: list[tuple[int | None, bool]]) -> Iterator[None]:
    with transaction.atomic():
        for index, (day, staff) in enumerate(rows):
            seen = None if day is None else EPOCH + timedelta(days=day)
            person(f"Person{index * 7 % 16:02}", last_login=seen, is_staff=staff)
        yield
        transaction.set_rollback(True)


def in_order(order: str) -> list[Any]:
    name, descending = order.removeprefix("-"), order.startswith("-")
    fields = [F(name), F("pk")] if name != "pk" else [F("pk")]
    return list(people().order_by(*(field.desc() if descending else field.asc() for field in fields)))


def walk_forwards(order: str, size: int) -> list[list[Any]]:
    pages, cursor = [], ""
    while True:
        page = paginate(people(), order=order, size=size, cursor=cursor)
        pages.append(page.rows)
        if not page.next:
            return pages
        cursor = page.next


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=st.sampled_from(ORDERS), size=st.integers(1, 5))
def test_walking_forwards_meets_every_row_once_in_order(rows: list[Any], order: str, size: int) -> None:
    with table_of(rows):
        met = [row for page in walk_forwards(order, size) for row in page]
        assert met == in_order(order)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=st.sampled_from(ORDERS), size=st.integers(1, 5))
def test_walking_back_from_the_end_meets_the_same_pages(rows: list[Any], order: str, size: int) -> None:
    with table_of(rows):
        forwards, cursor, seen = walk_forwards(order, size), "", []
        for _ in range(len(forwards) - 1):
            cursor = paginate(people(), order=order, size=size, cursor=cursor).next
        for expected in reversed(forwards):
            page = paginate(people(), order=order, size=size, cursor=cursor)
            seen.append(page.rows)
            cursor = page.previous
            assert page.rows == expected
        assert cursor == ""
        assert len(seen) == len(forwards)


def test_rows_that_arrive_or_vanish_meanwhile_neither_repeat_nor_hide_others(crowd: list[Any]) -> None:
    first = paginate(people(), order="-date_joined", size=10)
    person("newcomer", date_joined=EPOCH + timedelta(days=30))
    first.rows[-1].delete()
    second = paginate(people(), order="-date_joined", size=10, cursor=first.next)
    assert [row.username for row in second.rows] == [f"person{n:02}" for n in range(49, 39, -1)]


def test_going_back_to_the_start_shows_a_whole_first_page(crowd: list[Any]) -> None:
    first = paginate(people(), order="username", size=10)
    second = paginate(people(), order="username", size=10, cursor=first.next)
    get_user_model().objects.filter(pk__in=[row.pk for row in first.rows[:8]]).delete()
    back = paginate(people(), order="username", size=10, cursor=second.previous)
    assert len(back.rows) == 10
    assert back.previous == ""


@pytest.mark.parametrize("cursor", ["x", "gAAAAA", "é", "=====", "%00", "null", "9" * 4000])
def test_a_cursor_that_does_not_open_leads_to_the_first_page(crowd: list[Any], cursor: str) -> None:
    assert paginate(people(), order="pk", size=5, cursor=cursor).rows == in_order("pk")[:5]


def test_a_cursor_of_another_order_leads_to_the_first_page(crowd: list[Any]) -> None:
    cursor = paginate(people(), order="username", size=5).next
    assert paginate(people(), order="-username", size=5, cursor=cursor).rows == in_order("-username")[:5]


def test_a_cursor_shows_nothing_of_the_row_it_stands_at(crowd: list[Any]) -> None:
    cursor = paginate(people(), order="username", size=5).next
    assert "person" not in cursor
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_a_page_is_one_query_that_counts_nothing_and_compares_rows(crowd: list[Any]) -> None:
    cursor = paginate(people(), order="-date_joined", size=5).next
    with CaptureQueriesContext(
        connection,
    ) as queries:
        paginate(people(), order="-date_joined", size=5, cursor=cursor)
    (query,) = [entry["sql"] for entry in queries]
    assert "COUNT" not in query
    assert 'WHERE ("auth_user"."date_joined", "auth_user"."id") < (' in query
    assert "LIMIT 6" in query
