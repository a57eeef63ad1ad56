"""X12 files as this package reads them: typed items and the time of their group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.formats.x12 import Fault, InterchangeAcknowledgement, Item, Segment, TransactionHeader, read
from connectors.formats.x12.values import day_value
from connectors.translation import Incoming
from connectors.x12_feeds import malformed
from hub.core.errors import DataFault

#: What `transaction_of` calls a file that acknowledges interchanges and holds no transaction.
INTERCHANGE_ACKNOWLEDGEMENT = "TA1"


class Items:
    """The items of a file, once through. `created` is the time in the header that was read last: ISA or GS."""

    def __init__(self, message: Incoming) -> None:
        self._message = message
        self.created: datetime | None = None

    def __iter__(self) -> Iterator[Item]:
        with self._message.open() as stream:
            yield from read(stream, on_segment=self._look)

    def _look(self, segment: Segment) -> None:
        if segment.id == "GS":
            self.created = self._time(segment.get(4), segment.get(5))
        elif segment.id == "ISA":
            self.created = self._time(f"20{segment.get(9)}", segment.get(10))

    def _time(self, day_text: str, time_text: str) -> datetime | None:
        """Day and time (HHMM or longer); X12 carries no zone, so it is the facility's."""
        day = day_value(day_text)
        if day is None:
            return None
        try:
            moment = datetime.strptime(time_text[:4], "%H%M")  # noqa: DTZ007 - the zone follows
        except ValueError:
            moment = datetime.min  # noqa: DTZ901
        return datetime(day.year, day.month, day.day, moment.hour, moment.minute, tzinfo=self._message.zone)


def transaction_of(message: Incoming) -> str:
    """ST01 of the first transaction: "835", "999", "277"; "TA1" where the file holds only that.

    Reads no further than the first; raises DataFault where there is none.
    """
    first_fault: Fault | None = None
    acknowledged = False
    for item in Items(message):
        if isinstance(item, TransactionHeader):
            return item.code
        if isinstance(item, Fault):
            first_fault = first_fault or item
        acknowledged = acknowledged or isinstance(item, InterchangeAcknowledgement)
    if acknowledged:
        return INTERCHANGE_ACKNOWLEDGEMENT
    if first_fault is not None:
        raise malformed(first_fault)
    raise DataFault("x12-malformed", "The file holds no transaction; expected an ST segment.", cause=("ST",))
