"""How long a task may wait for its peer, without a timer for each wait.

`asyncio.timeout` arms and cancels a timer around every read, which on a busy line costs as much as the read. Here one
timer looks now and then whether the wait that it was armed for is over, and sleeps on for the rest of the newest one.
"""

from __future__ import annotations

import asyncio


class Patience:
    """Cancels `task` when one wait of it has lasted too long; `ended` tells that from any other cancelling."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.ended = False
        self._task = task
        self._loop = task.get_loop()
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def wait(self, seconds: float) -> None:
        """A wait begins. One that is shorter than the timer still has to run arms it anew."""
        self._deadline = self._loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._look)

    def rest(self) -> None:
        """The wait is over."""
        self._deadline = None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:  # the next wait arms it again
            return
        if self._deadline > self._loop.time():
            self._timer = self._loop.call_at(self._deadline, self._look)
            return
        self.ended = True
        self._task.cancel()
