"""A million runs and ten million messages within minutes: made by PostgreSQL itself, indexes built over all rows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg

from bench.lab import say

#: Each journey has four runs; two of five end in an open case: a million runs, a hundred thousand cases.
JOURNEYS = 250_000
RUNS_A_JOURNEY = 4
MESSAGES_A_JOURNEY = 40
#: The history lies within this span before now, so that the newest of it is of today.
SPAN = timedelta(days=60)
#: Journeys whose messages are written by one statement.
CHUNK = 25_000

Connection = psycopg.Connection[tuple[object, ...]]

_SECTION = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_TABLES = (
    "records_%", "connectors_message%", "connectors_delivery%", "connectors_postingkey", "orchestration_%",
    "ledger_%", "exceptions_%",
)  # fmt: skip
_INDEXES = """
SELECT quote_ident(index.relname), replace(pg_get_indexdef(index.oid), ' ON ONLY ', ' ON ')
  FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid JOIN pg_class AS held ON held.oid = indrelid
 WHERE NOT indisunique AND NOT held.relispartition AND held.relname LIKE ANY(%s) AND NOT EXISTS (
       SELECT 1 FROM pg_constraint WHERE conindid = index.oid)
"""


# Columns that a row of history need not tell about: Django fills them in Python, PostgreSQL has no default of its own.
_DEFAULTS = """
SELECT format('ALTER TABLE %%I ALTER COLUMN %%I SET DEFAULT %%L', table_name, column_name,
              CASE data_type WHEN 'jsonb' THEN '[]' WHEN 'boolean' THEN 'false' WHEN 'character varying' THEN ''
                             WHEN 'text' THEN '' ELSE '0' END)
  FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name LIKE ANY(%s) AND is_nullable = 'NO' AND column_default IS NULL
   AND is_identity = 'NO' AND data_type IN ('character varying', 'text', 'jsonb', 'boolean', 'smallint', 'integer')
"""


class Volume:
    """Fills one database, a tenth first and the rest later, over the same span of time."""

    def __init__(self, address: str, journeys: int, messages: int = MESSAGES_A_JOURNEY) -> None:
        self._address = address
        self._journeys = journeys
        self._messages = messages
        sections = _SECTION.split((Path(__file__).parent / "volume.sql").read_text())[1:]
        self._statements = dict(zip(sections[::2], sections[1::2], strict=True))
        span_ms = SPAN.total_seconds() * 1000
        ends_ms = time.time() * 1000
        self._functions = self._statements.pop("functions").format(
            start_ms=int(ends_ms - span_ms), step_ms=f"{span_ms / journeys:.3f}"
        )

    def fill_a_tenth(self) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(self._functions)
            for (statement,) in connection.execute(_DEFAULTS, [list(_TABLES)]).fetchall():
                connection.execute(str(statement))
            self._fill(connection, "(j % 10 = 0)")

    def fill_the_rest(self) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            self._fill(connection, "(j % 10 <> 0)")

    def _fill(self, connection: Connection, which: str) -> None:
        run = connection.execute
        run("TRUNCATE bench_journeys")
        run("INSERT INTO bench_journeys SELECT j FROM generate_series(0, %s) AS j", [self._journeys - 1])
        run(f"DELETE FROM bench_journeys WHERE NOT {which}")  # noqa: S608 - one of the two above
        run("ANALYZE bench_journeys")
        run("SET session_replication_role = replica")
        with _without_indexes(connection):
            for name, text in self._statements.items():
                plain = text.replace("{{", "{").replace("}}", "}")
                for statement in self._chunks(plain) if name == "history" else plain.split(";\n"):
                    if statement.strip():
                        run(statement)
        run("SET session_replication_role = origin")
        # What autovacuum would have done by then.
        run("VACUUM (ANALYZE)")

    def _chunks(self, statement: str) -> Iterator[str]:
        """The statement for one chunk of journeys after another: none of them takes long."""
        for first in range(0, self._journeys, CHUNK):
            filled = {"first": str(first), "last": str(first + CHUNK), "messages": str(self._messages)}
            text = statement.rstrip().rstrip(";")
            for key, value in filled.items():
                text = text.replace(f"{{{key}}}", value)
            yield text
            say(f"  messages of journeys {first:,} to {min(first + CHUNK, self._journeys):,}")


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """An index that is built over all rows at once costs a fraction of one that grows row by row."""
    run = connection.execute
    run("SET maintenance_work_mem = '256MB'")
    found = run(_INDEXES, [list(_TABLES)]).fetchall()
    for name, _ in found:
        run(f"DROP INDEX {name}")
    yield
    for _, definition in found:
        run(str(definition))
