"""The sandbox ERP's books: one SQLite file, one writer, amounts in whole cents.

Nothing here is deduplicated: like the ERPs of the real world, posting twice makes two entries, so that a
double post of the hub shows up as one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from connectors.sandbox import chart
from connectors.sandbox.books import decimal_text, open_books
from connectors.sandbox.erp_rules import CheckedEntry, CheckedPlan
from connectors.sandbox.wsgi import Problem
from hub.core import clock

_SCHEMA = """
create table if not exists entry (
    id integer primary key, reference text not null, date text not null, description text not null,
    total integer not null, posted_at text not null);
create index if not exists entry_reference on entry (reference);
create table if not exists line (
    entry_id integer not null, position integer not null, account text not null, cost_center text,
    debit integer not null, credit integer not null, memo text not null,
    primary key (entry_id, position)) without rowid;
create table if not exists plan (
    id integer primary key, reference text not null, date text not null, account text not null,
    cost_center text not null, amount integer not null, description text not null, posted_at text not null);
create index if not exists plan_reference on plan (reference);
create table if not exists balance (
    account text primary key, debit integer not null, credit integer not null) without rowid;
create table if not exists period (code text primary key, open integer not null) without rowid;
"""


class Books:
    """The books of one ERP. Threads share it; `path` survives restarts."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._db = open_books(path, _SCHEMA)
        self.open_periods: set[str] = set()
        self._open_calendar(clock.today().year)

    def post_entries(self, entries: Sequence[CheckedEntry]) -> list[str]:
        """Post all of them in one transaction; their journal numbers, in order."""
        if not entries:
            return []
        moment = clock.now().isoformat()
        numbers: list[str] = []
        with self._transaction() as db:
            for checked in entries:
                entry = checked.entry
                cursor = db.execute(
                    "insert into entry (reference, date, description, total, posted_at) values (?,?,?,?,?)",
                    (entry.reference, entry.date.isoformat(), entry.description, checked.total, moment),
                )
                entry_id = cursor.lastrowid or 0
                db.executemany(
                    "insert into line values (?,?,?,?,?,?,?)",
                    [(entry_id, position, *line) for position, line in enumerate(checked.lines)],
                )
                numbers.append(_journal_number(entry_id))
            db.executemany(
                "insert into balance values (?,?,?) on conflict (account) do update"
                " set debit = debit + excluded.debit, credit = credit + excluded.credit",
                [(account, *sums) for account, sums in _sums(entries).items()],
            )
        return numbers

    def post_plans(self, plans: Sequence[CheckedPlan]) -> list[str]:
        """Record all of them in one transaction; their numbers, in order."""
        if not plans:
            return []
        moment = clock.now().isoformat()
        with self._transaction() as db:
            return [_plan_number(self._insert_plan(db, checked, moment)) for checked in plans]

    def set_period(self, period: str, *, is_open: bool) -> None:
        """Open or close a month ("YYYY-MM"). Raises Problem 404 for one outside the calendar."""
        with self._transaction() as db:
            changed = db.execute("update period set open = ? where code = ?", (is_open, period)).rowcount
        if not changed:
            raise Problem(404, "no-such-period", subject=period)
        self._read_open_periods()

    def _insert_plan(self, db: sqlite3.Connection, checked: CheckedPlan, moment: str) -> int:
        plan = checked.plan
        cursor = db.execute(
            "insert into plan (reference, date, account, cost_center, amount, description, posted_at)"
            " values (?,?,?,?,?,?,?)",
            (
                plan.reference,
                plan.date.isoformat(),
                plan.account,
                plan.cost_center,
                checked.amount,
                plan.description,
                moment,
            ),
        )
        return cursor.lastrowid or 0

    def entries(self, references: Sequence[str]) -> list[dict[str, object]]:
        """Every entry with one of these references, oldest first, lines included."""
        headers = self._rows(
            "select id, reference, date, description, total, posted_at from entry"
            " where reference in (select value from json_each(?)) order by id",
            [json.dumps(references)],
        )
        lines: dict[int, list[dict[str, object]]] = {row[0]: [] for row in headers}
        for row in self._rows(
            "select entry_id, account, cost_center, debit, credit, memo from line"
            " where entry_id in (select value from json_each(?)) order by entry_id, position",
            [json.dumps(list(lines))],
        ):
            entry_id, account, cost_center, debit, credit, memo = row
            lines[entry_id].append(
                {
                    "account": account,
                    "cost_center": cost_center,
                    "debit": decimal_text(debit),
                    "credit": decimal_text(credit),
                    "memo": memo,
                }
            )
        return [
            {
                "number": _journal_number(entry_id),
                "reference": reference,
                "date": day,
                "description": description,
                "total": decimal_text(total),
                "posted_at": posted_at,
                "lines": lines[entry_id],
            }
            for entry_id, reference, day, description, total, posted_at in headers
        ]

    def plans(self, references: Sequence[str]) -> list[dict[str, object]]:
        """Every planning entry with one of these references, oldest first."""
        rows = self._rows(
            "select id, reference, date, account, cost_center, amount, description from plan"
            " where reference in (select value from json_each(?)) order by id",
            [json.dumps(references)],
        )
        return [
            {
                "number": _plan_number(plan_id),
                "reference": reference,
                "date": day,
                "account": account,
                "cost_center": cost_center,
                "amount": decimal_text(amount),
                "description": description,
            }
            for plan_id, reference, day, account, cost_center, amount, description in rows
        ]

    def balances(self, accounts: Sequence[str] = ()) -> list[dict[str, str]]:
        """Debit and credit totals of these accounts, of all of them where none is named."""
        kept = {row[0]: row[1:] for row in self._rows("select account, debit, credit from balance")}
        chart_of_accounts = [account.code for account in chart.ACCOUNTS]
        return [
            {"account": code, "debit": decimal_text(debit), "credit": decimal_text(credit)}
            for code in chart_of_accounts
            if not accounts or code in accounts
            for debit, credit in [kept.get(code, (0, 0))]
        ]

    def periods(self) -> list[dict[str, object]]:
        rows = self._rows("select code, open from period order by code")
        return [{"period": code, "state": "open" if is_open else "closed"} for code, is_open in rows]

    def accounts(self) -> list[dict[str, str]]:
        return [{"code": a.code, "name": a.name, "kind": a.kind} for a in chart.ACCOUNTS]

    def summary(self) -> dict[str, object]:
        """The whole of the books in figures, with every reference that stands in them more than once."""
        [(entries,)] = self._rows("select count(*) from entry")
        [(plans, planned)] = self._rows("select count(*), coalesce(sum(amount), 0) from plan")
        [(debit, credit)] = self._rows("select coalesce(sum(debit), 0), coalesce(sum(credit), 0) from balance")
        return {
            "entries": entries,
            "debit": decimal_text(debit),
            "credit": decimal_text(credit),
            "duplicates": self._duplicates("entry"),
            "accounts": self.balances(),
            "plans": plans,
            "planned": decimal_text(planned),
            "plan_duplicates": self._duplicates("plan"),
        }

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _duplicates(self, table: str) -> list[dict[str, object]]:
        rows = self._rows(
            f"select reference, count(*) from {table} group by reference having count(*) > 1"  # noqa: S608
        )
        return [{"reference": reference, "count": count} for reference, count in rows]

    def _open_calendar(self, year: int) -> None:
        months = [f"{each}-{month:02}" for each in chart.open_years(year) for month in range(1, 13)]
        closed = chart.closed_at_start(year)
        with self._transaction() as db:
            db.executemany("insert or ignore into period values (?, ?)", [(month, month != closed) for month in months])
        self._read_open_periods()

    def _read_open_periods(self) -> None:
        open_now = {code for (code,) in self._rows("select code from period where open")}
        self.open_periods |= open_now
        self.open_periods &= open_now

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")


def _sums(entries: Iterable[CheckedEntry]) -> Mapping[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for checked in entries:
        for account, _, debit, credit, _ in checked.lines:
            before = sums.get(account, (0, 0))
            sums[account] = (before[0] + debit, before[1] + credit)
    return sums


def _journal_number(entry_id: int) -> str:
    return f"JE-{entry_id:08}"


def _plan_number(plan_id: int) -> str:
    return f"PL-{plan_id:08}"
