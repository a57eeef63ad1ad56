"""Whether the hub itself is well: the database answers, the broker answers, and the sweeps go round."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from redis.exceptions import RedisError

from hub.core.clock import machine_now
from orchestration.sweeps import SWEPT_AT

#: Beat sweeps every second; a minute without one means that beat or every maintenance worker stands still.
_LATE_SECONDS = 60.0


class Wellness(StrEnum):
    OK = "ok"
    LATE = "late"
    UNKNOWN = "unknown"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Health:
    database: Wellness
    broker: Wellness
    sweep: Wellness
    sweep_age_seconds: float | None

    @property
    def serving(self) -> bool:
        """Whether requests can be answered at all; late sweeps only delay work."""
        return self.database is Wellness.OK and self.broker is Wellness.OK

    @property
    def status(self) -> str:
        if not self.serving:
            return "down"
        return "ok" if self.sweep is Wellness.OK else "degraded"


def health() -> Health:
    broker, swept_at = _broker()
    age = machine_now().timestamp() - swept_at if swept_at is not None else None
    if age is None:
        sweep = Wellness.UNKNOWN
    else:
        sweep = Wellness.OK if age <= _LATE_SECONDS else Wellness.LATE
    return Health(_database(), broker, sweep, round(age, 1) if age is not None else None)


def _database() -> Wellness:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return Wellness.DOWN
    return Wellness.OK


def _broker() -> tuple[Wellness, float | None]:
    try:
        return Wellness.OK, cache.get(SWEPT_AT)
    except (RedisError, OSError):
        return Wellness.DOWN, None
