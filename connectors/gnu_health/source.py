"""What changed in GNU Health. It tells nobody, so it is asked.

`write_date` is empty until a record is written a second time: what is new and what was changed are two streams, each
in the order of its own time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from connectors.base import SystemConfig
from connectors.gnu_health.identity import CHANGE
from connectors.gnu_health.values import time_json, time_of
from connectors.gnu_health.wire import Wire
from connectors.transports.poller import Change
from hub.core.errors import ConfigurationFault

APPOINTMENT = "gnuhealth.appointment"
CREATED, CHANGED = "created", "changed"
_TIMES = {CREATED: "create_date", CHANGED: "write_date"}
_FIELDS = (
    "name", "state", "appointment_date", "appointment_type", "visit_type", "urgency", "create_date", "write_date",
    "patient.puid", "healthprof.code", "institution.code", "speciality.code",
)  # fmt: skip
_PAGE = 100


class GnuHealthSource:
    """A `PollSource` of appointments. Options of the system: `database`, `user`; secret: `password`."""

    content_type = "application/json"
    streams: Sequence[str] = (CREATED, CHANGED)

    def __init__(self, config: SystemConfig, options: Mapping[str, Any]) -> None:
        self._wire = Wire(config)
        self._page = int(options.get("page", _PAGE))

    def changes(self, stream: str, since: datetime | None) -> Iterator[Sequence[Change]]:
        time_field = _TIMES[stream]
        domain: list[object] = [["write_date", "=" if stream == CREATED else "!=", None]]
        if since is not None:
            domain.append([time_field, ">=", time_json(since)])
        start = 0
        while True:
            # Only what lies before our place could move others past it; that is what the overlap is for.
            page = range(start, start + self._page)
            rows = self._wire.search_read(APPOINTMENT, domain, [[time_field, "ASC"], ["id", "ASC"]], _FIELDS, page)
            yield [self._change(row, time_field) for row in rows]
            if len(rows) < self._page:
                return
            start += self._page

    def close(self) -> None:
        self._wire.close()

    def _change(self, row: Mapping[str, Any], time_field: str) -> Change:
        try:
            at = time_of(row[time_field])
            key = f"{APPOINTMENT}/{int(row['id'])}/{int(at.timestamp() * 1_000_000)}"
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationFault(
                "answer-unknown",
                f"{self._wire.system} answers in a form that the hub does not know.",
                cause=(self._wire.system,),
                hint="Check which version of GNU Health this is.",
            ) from error
        document = {"model": APPOINTMENT, "record": row}
        return Change(key=key, at=at, read=partial(msgspec.json.encode, document), headers={CHANGE: key})
