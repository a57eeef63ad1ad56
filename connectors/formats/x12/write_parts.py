"""Write the parts that several transactions share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from connectors.formats.x12.parts import Address, Contact, Name, Procedure
from connectors.formats.x12.remittance import Adjustment
from connectors.formats.x12.writer import Element, SegmentWriter

#: A CAS has room for six triplets.
CAS_ROOM = 6


def write_address(out: SegmentWriter, address: Address | None) -> None:
    """N3 and N4."""
    if address is None:
        return
    if address.line1:
        out.add("N3", address.line1, address.line2)
    out.add("N4", address.city, address.state, address.postal_code, address.country)


def write_name(out: SegmentWriter, name: Name) -> None:
    """NM1. A qualifier without an identifier is left off, as one needs the other."""
    out.add(
        "NM1",
        name.role,
        "1" if name.person else "2",
        name.last,
        name.first,
        name.middle,
        None,
        name.suffix,
        name.id_qualifier if name.id else "",
        name.id,
    )


def write_contact(out: SegmentWriter, contact: Contact) -> None:
    """PER: at most three numbers have room."""
    numbers = (("TE", contact.phone), ("EX", contact.extension), ("EM", contact.email), ("UR", contact.url))
    pairs = [text for qualifier, number in numbers if number for text in (qualifier, number)]
    out.add("PER", contact.function, contact.name, *pairs[:6])


def composite(procedure: Procedure) -> tuple[str, ...]:
    """The composite medical procedure of SV101 and SVC01."""
    modifiers = (*procedure.modifiers, "", "", "", "")[:4] if procedure.description else procedure.modifiers
    return (procedure.qualifier, procedure.code, *modifiers, procedure.description)


def write_adjustments(out: SegmentWriter, adjustments: Sequence[Adjustment]) -> None:
    """One CAS for each run of a group, as many as it takes."""
    for group, members in groupby(adjustments, key=lambda adjustment: adjustment.group):
        run = list(members)
        for start in range(0, len(run), CAS_ROOM):
            triplets: list[Element] = []
            for each in run[start : start + CAS_ROOM]:
                triplets += (each.reason, each.amount, each.quantity)
            out.add("CAS", group, *triplets)


def period(first: date, last: date | None) -> tuple[str, str]:
    """DTP02 and DTP03: one day, or a first and a last one."""
    if last is None:
        return "D8", f"{first:%Y%m%d}"
    return "RD8", f"{first:%Y%m%d}-{last:%Y%m%d}"
