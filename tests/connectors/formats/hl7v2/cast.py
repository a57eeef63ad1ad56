"""Synthetic messages that the HL7 tests share."""

from __future__ import annotations

from datetime import UTC, datetime

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

HEADER = b"MSH|^~\\&|EHR|NLM|HUB|CBO|20261121093000||ADT^A08^ADT_A01|42|P|2.5.1"

ADMISSION = b"\r".join(
    [
        HEADER,
        b"EVN|A08|20261121092900-0600",
        b'PID|1||100^^^NLM&1.2.3&ISO^MR~900^^^SSA^SS||ROE^R\\T\\D^""||19800229|F|||1 Main St^^Lakeside||""|||||ACC-1',
        b"PV1|1|O|CARD^1^^NLM",
        b"OBX|1|TX|note||first line\\.br\\second line",
        b"OBX|2|NM|weight||70.50",
        b"FT1|1|||20261121|20261121|CG|99213^Visit||2|1|120.00&USD",
        b"PR1|1||99213",
        b"FT1|2|||20261121|20261121|CG|93000^ECG||1|1|-50&USD",
        b"ZNL|1|kept^as&it~is",
        b"",
    ]
)


def header(**changes: str) -> bytes:
    """HEADER with fields replaced by their number: header(f18="8859/1")."""
    fields = HEADER.decode().split("|")
    for name, value in changes.items():
        index = int(name[1:]) - 1
        fields += [""] * (index + 1 - len(fields))
        fields[index] = value
    return "|".join(fields).encode()
