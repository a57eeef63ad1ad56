"""Coalesced wake-ups: a burst of work costs few tasks.

The work itself is rows in PostgreSQL; a task only says that there are some. `wake()` sends a task unless one is
already on its way, and the task calls `woken()` before it looks for work. Whatever is committed after that look
wakes again, and whatever was committed before it is found: no wake-up is lost between the two. If the broker is
away, nothing fails here: the beat's sweeps find the rows.
"""

from __future__ import annotations

import time
from functools import cache
from threading import Lock, Timer

import structlog
from django.conf import settings
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

# Not celery.current_app: a process that never imported this one would talk to a broker of its own invention.
from hub.celery import app

_log = structlog.get_logger(__name__)

#: A flag whose task was lost with its worker stops coalescing after this long.
_FLAG_SECONDS = 5
#: How long wake-ups are gathered: what a message may wait longer, and no more than a worker needs to start.
_GATHER_SECONDS = 0.005


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def wake(task: str, *args: str, queue: str = "default") -> None:
    """Send `task` by name unless it is already on its way. Never raises for a broker that is away."""
    try:
        if _redis().set(_flag(task, args), b"1", nx=True, ex=_FLAG_SECONDS):
            app.send_task(task, args=list(args), queue=queue, ignore_result=True, retry=False)
    except (RedisError, OperationalError, OSError) as error:
        _log.warning("wake-up not sent; the sweep will find the work", task=task, error=type(error).__name__)


class Gathered:
    """Wake-ups of one task in a process that has very many: the first goes out at once, those that follow it
    closely go out together, a few milliseconds later, and ask the broker once.
    """

    def __init__(self, task: str, *, queue: str) -> None:
        self._task, self._queue = task, queue
        self._lock = Lock()
        self._sent_at = float("-inf")
        self._pending = False

    def wake(self) -> None:
        with self._lock:
            if self._pending:
                return
            rest = self._sent_at + _GATHER_SECONDS - time.monotonic()
            if rest > 0:
                # Not a daemon: the end of the process waits for it, and no wake-up is lost.
                self._pending = True
                Timer(rest, self._send).start()
                return
        self._send()

    def _send(self) -> None:
        # From here on a new arrival sends a wake-up of its own: this one may come before its commit is seen.
        with self._lock:
            self._pending, self._sent_at = False, time.monotonic()
        wake(self._task, queue=self._queue)


def woken(task: str, *args: str) -> None:
    """Say that `task` now looks for work: later wake-ups send a new one."""
    try:
        _redis().delete(_flag(task, args))
    except (RedisError, OSError) as error:
        _log.warning("wake-up flag not cleared; it expires by itself", task=task, error=type(error).__name__)


def _flag(task: str, args: tuple[str, ...]) -> str:
    return ":".join(("hub:wake", task, *args))
