"""Tables partitioned by time through their UUIDv7: rows land in their month, and none is ever refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from hub.core.clock import machine_now
from hub.core.ids import uuid7, uuid7_floor
from hub.core.partitions import PARTITIONED_TABLES, ensure_partitions
from orchestration.models import Attempt

pytestmark = pytest.mark.django_db


def partition_of(attempt: Attempt) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM orchestration_attempt WHERE id = %s", [attempt.id])
        return str(cursor.fetchone()[0])


def attempt(identifier: object) -> Attempt:
    return Attempt.objects.create(id=identifier, run_id=uuid7(), step_id=uuid7(), number=1, outcome="done", worker="w")


def test_a_migrated_database_has_this_month_and_the_next_ones() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        names = {row[0] for row in cursor.fetchall()}
    month = f"{machine_now():%Y%m}"
    assert {f"{table}_{month}" for table in PARTITIONED_TABLES} <= names
    assert ensure_partitions() == []


def test_a_row_lands_in_the_partition_of_its_month() -> None:
    assert partition_of(attempt(uuid7())) == f"orchestration_attempt_{machine_now():%Y%m}"


def test_a_row_of_a_month_without_a_partition_is_kept_in_the_default_one() -> None:
    old = uuid7_floor(datetime(2001, 2, 3, tzinfo=UTC))
    assert partition_of(attempt(old)) == "orchestration_attempt_default"


def test_a_month_that_already_has_rows_in_the_default_partition_is_left_there() -> None:
    later = machine_now() + timedelta(days=31 * 7)
    attempt(uuid7_floor(later))
    made = ensure_partitions(months_ahead=9)
    assert f"orchestration_attempt_{later:%Y%m}" not in made
    assert Attempt.objects.count() == 1
