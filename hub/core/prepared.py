"""Statements of the hot paths: PostgreSQL parses and plans each once per connection, parameters travel in binary.

Django's own cursor writes the parameters into the statement's text, so that every execution is parsed anew and a
sealed payload travels twice its size. `HUB_PREPARE=false` turns preparing off, for a pooler that cannot follow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection


class HotCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Parameters of a statement have the types that it casts them to; cast every one."""

    def run(self, statement: str, values: Any = None) -> HotCursor:
        self.execute(statement, values, prepare=settings.HUB_PREPARE)
        return self


@contextmanager
def hot_cursor() -> Iterator[HotCursor]:
    """A cursor on Django's connection, in its transaction, raising Django's database errors."""
    connection.ensure_connection()
    with connection.wrap_database_errors, HotCursor(connection.connection) as cursor:
        yield cursor
