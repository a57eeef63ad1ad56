"""The sandbox billing system's accounts: transactions and status changes, each once per posting key."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from connectors.sandbox.books import cents, decimal_text, open_books
from connectors.sandbox.wsgi import Problem
from hub.core import clock

_SCHEMA = """
create table if not exists payment (
    id integer primary key, account text not null, reference text not null unique, amount integer not null,
    date text not null, method text not null, posted_at text not null);
create index if not exists payment_account on payment (account);
create table if not exists status_change (
    id integer primary key, account text not null, reference text not null unique, status text not null,
    claim_number text not null, changed_at text not null);
create index if not exists status_change_account on status_change (account, id);
create table if not exists readiness (
    id integer primary key, account text not null, reference text not null unique, status text not null,
    service_date text not null, payer text not null, coverage text not null, authorization_number text not null,
    patient_share integer not null, told_at text not null);
"""


class PaymentIn(msgspec.Struct):
    """The body of `PUT /api/v1/accounts/{account}/transactions/{reference}`."""

    amount: str
    currency: str
    date: date
    method: str = ""


class StatusIn(msgspec.Struct):
    """The body of `PUT /api/v1/accounts/{account}/status`."""

    reference: str
    status: str
    claim_number: str = ""


class ReadinessIn(msgspec.Struct):
    """The body of `PUT /api/v1/accounts/{account}/readiness/{reference}`: what is known of a visit before it begins."""

    status: str
    service_date: date
    payer: str
    coverage: str
    patient_share: str
    currency: str
    authorization_number: str = ""


class BillingBooks:
    """One SQLite file with one writer. Threads share it; it survives restarts."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._db = open_books(path, _SCHEMA)
        self._db.row_factory = sqlite3.Row

    def put_payment(self, account: str, reference: str, payment: PaymentIn) -> tuple[dict[str, Any], bool]:
        """The transaction, and whether it is new. Raises Problem 409 where the reference stands for another."""
        if payment.currency != "USD":
            raise Problem(422, "foreign-currency", subject=payment.currency[:3])
        amount = cents(payment.amount, signed=True)
        inserted = self._write(
            "insert or ignore into payment (account, reference, amount, date, method, posted_at) values (?,?,?,?,?,?)",
            (account, reference, amount, payment.date.isoformat(), payment.method, clock.now().isoformat()),
        )
        kept = self.payment(reference)
        if (kept["account"], kept["amount"]) != (account, decimal_text(amount)):
            raise Problem(409, "reference-taken", subject=reference)
        return kept, inserted

    def payment(self, reference: str) -> dict[str, Any]:
        """Raises Problem 404 where there is none."""
        row = self._row("select * from payment where reference = ?", reference)
        if row is None:
            raise Problem(404, "no-such-transaction")
        return {
            "number": f"TX-{row['id']:08}",
            "account": row["account"],
            "reference": row["reference"],
            "amount": decimal_text(row["amount"]),
            "currency": "USD",
            "date": row["date"],
            "method": row["method"],
        }

    def put_status(self, account: str, change: StatusIn) -> dict[str, Any]:
        """The change; a repeated reference changes nothing, so a late repeat cannot undo a newer status."""
        self._write(
            "insert or ignore into status_change (account, reference, status, claim_number, changed_at)"
            " values (?,?,?,?,?)",
            (account, change.reference, change.status, change.claim_number, clock.now().isoformat()),
        )
        kept = self.status_change(change.reference)
        if (kept["account"], kept["status"]) != (account, change.status):
            raise Problem(409, "reference-taken", subject=change.reference)
        return kept

    def status_change(self, reference: str) -> dict[str, Any]:
        """Raises Problem 404 where there is none."""
        return _change(self._row("select * from status_change where reference = ?", reference))

    def status(self, account: str) -> dict[str, Any]:
        """The account's newest status. Raises Problem 404 where it has none."""
        newest = "select * from status_change where account = ? order by id desc limit 1"
        return _change(self._row(newest, account))

    def put_readiness(self, account: str, reference: str, told: ReadinessIn) -> dict[str, Any]:
        """What was told; a repeated reference changes nothing. Raises Problem 409 where it stands for another."""
        if told.currency != "USD":
            raise Problem(422, "foreign-currency", subject=told.currency[:3])
        self._write(
            "insert or ignore into readiness (account, reference, status, service_date, payer, coverage,"
            " authorization_number, patient_share, told_at) values (?,?,?,?,?,?,?,?,?)",
            (account, reference, told.status, told.service_date.isoformat(), told.payer, told.coverage,
             told.authorization_number, cents(told.patient_share), clock.now().isoformat()),
        )  # fmt: skip
        kept = self.readiness(reference)
        if (kept["account"], kept["status"]) != (account, told.status):
            raise Problem(409, "reference-taken", subject=reference)
        return kept

    def readiness(self, reference: str) -> dict[str, Any]:
        """Raises Problem 404 where there is none."""
        row = self._row("select * from readiness where reference = ?", reference)
        if row is None:
            raise Problem(404, "no-such-readiness")
        told = {name: row[name] for name in ("account", "reference", "status", "service_date", "payer", "coverage")}
        share = decimal_text(row["patient_share"])
        number = row["authorization_number"]
        return {"number": f"RD-{row['id']:08}", **told, "authorization_number": number, "patient_share": share}

    def summary(self) -> dict[str, Any]:
        """The accounts in figures."""
        paid = self._row(
            "select count(*) as n, count(distinct account) as accounts, coalesce(sum(amount), 0) as amount from payment"
        )
        changes = self._row("select count(*) as n from status_change")
        ready = self._row("select count(distinct account) as n from readiness where status = 'ready'")
        return {
            "transactions": paid["n"] if paid else 0,
            "accounts": paid["accounts"] if paid else 0,
            "amount": decimal_text(paid["amount"] if paid else 0),
            "status_changes": changes["n"] if changes else 0,
            "ready": ready["n"] if ready else 0,
        }

    def _write(self, sql: str, values: tuple[object, ...]) -> bool:
        with self._lock:
            return self._db.execute(sql, values).rowcount == 1

    def _row(self, sql: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return row


def _change(row: sqlite3.Row | None) -> dict[str, Any]:
    if row is None:
        raise Problem(404, "no-such-status")
    return {
        "number": f"ST-{row['id']:08}",
        "account": row["account"],
        "reference": row["reference"],
        "status": row["status"],
        "claim_number": row["claim_number"],
    }
