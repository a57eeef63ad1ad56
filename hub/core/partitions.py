"""Tables partitioned by time through their UUIDv7 primary key.

A UUIDv7 begins with its millisecond, so a range of ids is a range of time: the partition key is the primary key
itself, uniqueness holds across partitions, and foreign ids need no second column. Rows outside every monthly
partition land in the default one, so a missing partition costs tidiness and never a row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.migrations.operations import CreateModel

from hub.core.clock import machine_now
from hub.core.ids import uuid7_floor

PARTITIONED_TABLES = (
    "connectors_message",
    "connectors_delivery",
    "orchestration_attempt",
    "records_event",
)


class CreatePartitionedModel(CreateModel):
    """`CreateModel` whose table is `PARTITION BY RANGE (id)`, with a default partition."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = plain + " PARTITION BY RANGE (id)"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        schema_editor.execute(f'CREATE TABLE "{table}_default" PARTITION OF "{table}" DEFAULT')


def ensure_partitions(months_ahead: int = 3) -> list[str]:
    """Create this month's partitions and those of the months ahead; returns the names of the new ones."""
    made = []
    start = machine_now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(months_ahead + 1):
        end = _next_month(start)
        for table in PARTITIONED_TABLES:
            name = f"{table}_{start:%Y%m}"
            if _create(table, name, start, end):
                made.append(name)
        start = end
    return made


def _create(table: str, name: str, start: datetime, end: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        if cursor.fetchone()[0]:
            return False
        # A partition cannot be cut out of the default one while that holds rows of its range.
        cursor.execute(
            f'SELECT EXISTS (SELECT 1 FROM "{table}_default" WHERE id >= %s AND id < %s)',  # noqa: S608
            [uuid7_floor(start), uuid7_floor(end)],
        )
        if cursor.fetchone()[0]:
            return False
        bounds = f"FROM ('{uuid7_floor(start)}') TO ('{uuid7_floor(end)}')"
        cursor.execute(f'CREATE TABLE "{name}" PARTITION OF "{table}" FOR VALUES {bounds}')
    return True


def _next_month(start: datetime) -> datetime:
    return datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
