"""Whether the far sides that we fetch from can be reached: one incident for an outage, a pause for a lasting fault."""

from __future__ import annotations

from connectors import lanes
from connectors.models import Feed
from hub.core.errors import Failure


class Reach:
    """Counts looks in a row that failed, by feed, and tells the system's lane what follows from them."""

    def __init__(self) -> None:
        # Absent until the first look.
        self._failures: dict[str, int] = {}

    def reached(self, row: Feed) -> None:
        if self._failures.get(row.code) != 0:
            lanes.up(row.system)
        self._failures[row.code] = 0

    def not_reached(self, row: Feed, failure: Failure) -> int:
        """Returns how many looks in a row have failed.

        Wrong credentials do not mend themselves: then the system is paused, with its case.
        """
        if failure.failure_class in lanes.LASTING:
            lanes.stop(row.system, failure)
            return 0
        self._failures[row.code] = self._failures.get(row.code, 0) + 1
        if self._failures[row.code] == lanes.FAILURES_TO_OPEN:
            lanes.down(row.system, failure)
        return self._failures[row.code]
