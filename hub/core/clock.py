"""The one clock. Nothing else in the project reads the time.

Two readings, on purpose:

* `now()` is business time: service dates, grace periods, ages, cut-offs. The sandbox's days and the tests
  travel through it, by `HUB_CLOCK_FILE` (a file holding seconds of offset, shared by all processes) or by
  `travel()` inside one process.
* `machine_now()` is the machine's time: leases, retry delays, breaker probes. It never travels, or a jump of
  three days would expire every lease of a step that is running.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_RECHECK_SECONDS = 0.25

_travelled = timedelta(0)
_file_offset = timedelta(0)
_file_checked = float("-inf")


def machine_now() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Business time, aware, UTC: the machine's time plus the travelled offset."""
    return machine_now() + _shared_offset() + _travelled


def today(zone: str = "UTC") -> date:
    """The business date in `zone`, an IANA name."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def travel(delta: timedelta) -> Iterator[None]:
    """Shift `now()` by `delta` within this process, for as long as the block runs."""
    global _travelled
    before = _travelled
    _travelled = before + delta
    try:
        yield
    finally:
        _travelled = before


def set_shared_offset(path: Path, offset: timedelta) -> None:
    """Move the clock of every process that was started with `HUB_CLOCK_FILE=path`."""
    scratch = path.with_suffix(".new")
    scratch.write_text(f"{offset.total_seconds():.3f}\n")
    scratch.replace(path)


def read_offset(path: Path) -> timedelta:
    """The offset kept in `path`; zero where the file is not there yet."""
    try:
        return timedelta(seconds=float(path.read_text().strip() or "0"))
    except FileNotFoundError:
        return timedelta(0)


def _shared_offset() -> timedelta:
    global _file_checked, _file_offset
    name = os.environ.get("HUB_CLOCK_FILE")
    if not name:
        return timedelta(0)
    tick = time.monotonic()
    if tick - _file_checked > _RECHECK_SECONDS:
        _file_offset = read_offset(Path(name))
        _file_checked = tick
    return _file_offset
