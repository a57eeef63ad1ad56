"""What the sandbox's payers remember: every request for authorization, by its trace."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from connectors.sandbox.books import open_books

_SCHEMA = """
create table if not exists review (
    id integer primary key, payer text not null, trace text not null, asked_at text not null,
    times_asked integer not null default 1, unique (payer, trace));
create table if not exists inquiry (kind text not null, payer text not null, n integer not null, unique (kind, payer));
"""


class PayerBooks:
    """One SQLite file with one writer. Threads share it; it survives restarts."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._db = open_books(path, _SCHEMA)

    def review(self, payer: str, trace: str, moment: datetime) -> tuple[int, datetime]:
        """(number, when it was asked first) of the request with this trace, asked now: a repeat is the same one."""
        with self._lock:
            self._db.execute(
                "insert into review (payer, trace, asked_at) values (?,?,?)"
                " on conflict (payer, trace) do update set times_asked = times_asked + 1",
                (payer, trace, moment.isoformat()),
            )
            number, asked_at = self._db.execute(
                "select id, asked_at from review where payer = ? and trace = ?", (payer, trace)
            ).fetchone()
        return number, datetime.fromisoformat(asked_at)

    def count(self, kind: str, payer: str) -> None:
        """One more inquiry of this kind (ST01)."""
        with self._lock:
            self._db.execute(
                "insert into inquiry values (?,?,1) on conflict (kind, payer) do update set n = n + 1", (kind, payer)
            )

    def summary(self, payer: str) -> dict[str, Any]:
        """What this payer was asked, in figures."""
        with self._lock:
            asked = self._db.execute("select kind, n from inquiry where payer = ?", (payer,)).fetchall()
            reviews, tries = self._db.execute(
                "select count(*), coalesce(sum(times_asked), 0) from review where payer = ?", (payer,)
            ).fetchone()
        return {"inquiries": dict(asked), "reviews": reviews, "review_requests": tries}
