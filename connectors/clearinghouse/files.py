"""X12 files as this package reads them: typed items and the time of their group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.formats.x12 import Fault, Item, Segment, TransactionHeader, read
from connectors.formats.x12.values import day_value
from connectors.translation import Incoming
from connectors.x12_feeds import malformed
from hub.core.errors import DataFault


class Items:
    """The items of a file, once through. `created` is the time in the header of the group that was read last."""

    def __init__(self, message: Incoming) -> None:
        self._message = message
        self.created: datetime | None = None

    def __iter__(self) -> Iterator[Item]:
        with self._message.open() as stream:
            yield from read(stream, on_segment=self._look)

    def _look(self, segment: Segment) -> None:
        if segment.id == "GS":
            self.created = self._time(segment.get(4), segment.get(5))

    def _time(self, day_text: str, time_text: str) -> datetime | None:
        """GS04 and GS05 (HHMM or longer); X12 carries no zone, so it is the facility's."""
        day = day_value(day_text)
        if day is None:
            return None
        try:
            moment = datetime.strptime(time_text[:4], "%H%M")  # noqa: DTZ007 - the zone follows
        except ValueError:
            moment = datetime.min  # noqa: DTZ901
        return datetime(day.year, day.month, day.day, moment.hour, moment.minute, tzinfo=self._message.zone)


def transaction_of(message: Incoming) -> str:
    """ST01 of the first transaction: "835", "999", "277". Reads no further; raises DataFault where there is none."""
    first_fault: Fault | None = None
    for item in Items(message):
        if isinstance(item, TransactionHeader):
            return item.code
        if isinstance(item, Fault):
            first_fault = first_fault or item
    if first_fault is not None:
        raise malformed(first_fault)
    raise DataFault("x12-malformed", "The file holds no transaction; expected an ST segment.", cause=("ST",))
