"""NM1, N3, N4 and PER, which mean the same in every transaction."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.formats.x12.parts import Address, Contact, Name
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment

_address = sealed(Address)


def read_name(segment: Segment) -> Name:
    """NM1."""
    get = segment.get
    return Name(get(1), get(3), get(4), get(5), get(7), get(8), get(9), get(2) != "2")


def party_address(segments: Sequence[Segment]) -> Address | None:
    """The address that an N3 and an N4 make together, or None where neither came."""
    if not segments:
        return None
    n3 = n4 = NO_SEGMENT
    for each in reversed(segments):
        if each.id == "N3":
            n3 = each
        else:
            n4 = each
    return _address(n3.get(1), n4.get(1), n4.get(2), n4.get(3), n3.get(2), n4.get(4))


def read_contact(segment: Segment) -> Contact:
    """PER: up to three pairs of qualifier and number."""
    numbers = {segment.get(index): segment.get(index + 1) for index in (7, 5, 3)}
    return Contact(
        segment.get(1),
        segment.get(2),
        numbers.get("TE", ""),
        numbers.get("EM", ""),
        numbers.get("UR", ""),
        numbers.get("EX", ""),
    )
