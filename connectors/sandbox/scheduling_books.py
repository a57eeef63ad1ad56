"""What the sandbox's SaaS scheduling knows of its own changes: each webhook it meant to send, in the order of time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from connectors.sandbox.books import open_books
from hub.core import clock

FILE = "scheduling.sqlite"
_SCHEMA = """
create table if not exists change (
    id integer primary key, webhook_id text not null unique, updated_at text not null, payload text not null);
create index if not exists change_by_time on change (updated_at, id);
"""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """`payload` is the webhook's body, to the byte. `number` puts changes of one moment in order."""

    number: int
    webhook_id: str
    updated_at: datetime
    payload: str


class SchedulingBooks:
    """One SQLite file; the day writes into it, and the server reads from it in another process."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._db: sqlite3.Connection = open_books(path, _SCHEMA)

    def note(self, webhook_id: str, payload: bytes) -> None:
        """An appointment changed. The same webhook again changes nothing."""
        row = (webhook_id, _text(clock.machine_now()), payload.decode())
        with self._lock:
            self._db.execute("insert or ignore into change (webhook_id, updated_at, payload) values (?, ?, ?)", row)

    def since(self, moment: datetime | None, after: int, limit: int) -> list[ChangeRow]:
        """Changes at or after `moment`, the oldest first, beyond the number `after`."""
        query = "select id, webhook_id, updated_at, payload from change where updated_at >= ? and id > ?"
        with self._lock:
            rows = self._db.execute(
                f"{query} order by id limit ?", ("" if moment is None else _text(moment), after, limit)
            ).fetchall()
        return [ChangeRow(number, name, datetime.fromisoformat(at), payload) for number, name, at, payload in rows]

    def summary(self) -> dict[str, int]:
        with self._lock:
            (count,) = self._db.execute("select count(*) from change").fetchone()
        return {"changes": count}

    def close(self) -> None:
        self._db.close()


def _text(moment: datetime) -> str:
    """Sorts as time does: always UTC, always six digits of a second."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
