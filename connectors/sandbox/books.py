"""What the books of the sandbox's servers share: a SQLite file, and amounts in whole cents."""

from __future__ import annotations

import re
import sqlite3
from decimal import Decimal
from pathlib import Path

from connectors.sandbox.wsgi import Problem

_UNSIGNED = re.compile(r"\d{1,13}(\.\d{1,2})?")
_SIGNED = re.compile(r"-?\d{1,13}(\.\d{1,2})?")


def open_books(path: Path, schema: str) -> sqlite3.Connection:
    """The file at `path`, made where it is missing; its callers lock, so threads may share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("pragma journal_mode = wal")
    # A killed process loses nothing this way; only a power cut could, and then the demo is over anyway.
    db.execute("pragma synchronous = normal")
    db.executescript(schema)
    return db


def cents(text: str, *, signed: bool = False) -> int:
    """Raises Problem 422 for what is no amount of whole cents."""
    if not (_SIGNED if signed else _UNSIGNED).fullmatch(text):
        raise Problem(422, "malformed", subject="amount")
    if text[-3:-2] == ".":
        return int(text.replace(".", ""))
    return int(Decimal(text) * 100)


def decimal_text(amount: int) -> str:
    """Cents as a decimal string: -12345 is "-123.45"."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 100)
    return f"{sign}{whole}.{rest:02}"
