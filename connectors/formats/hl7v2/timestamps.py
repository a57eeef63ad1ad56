"""HL7 times (TS, DTM; v2.5.1 §2.A.22): YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ] and Python's."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo

EXPECTED = "a time as YYYYMMDDHHMMSS with an optional zone +HHMM"

_STAMP = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?(?:([+-])(\d\d):?([0-5]\d))?",
    re.ASCII,
)


def parse_timestamp(text: str, zone: tzinfo) -> datetime:
    """An aware datetime; `zone` stands in where the sender wrote none. Missing parts count from their start.

    Raises ValueError where `text` is no HL7 time; the message never repeats the text.
    """
    match = _STAMP.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an HL7 time")
    year, month, day, hour, minute, second, fraction, sign, zone_hours, zone_minutes = match.groups()
    try:
        if sign:
            offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
            zone = timezone(-offset if sign == "-" else offset)
        return datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
            tzinfo=zone,
        )
    except ValueError:
        raise ValueError("no such day or time") from None


def parse_date(text: str) -> date:
    """The calendar date as the sender wrote it, whatever its zone. Raises ValueError without a full date."""
    match = _STAMP.fullmatch(text.strip())
    if match is None or match[3] is None:
        raise ValueError("not an HL7 date")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError("no such day") from None


def format_timestamp(moment: datetime) -> str:
    """Seconds and zone: 20261121093000+0100. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("an HL7 time needs a zone")
    return moment.strftime("%Y%m%d%H%M%S%z")
