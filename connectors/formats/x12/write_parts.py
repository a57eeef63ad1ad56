"""Write the parts that several transactions share."""

from __future__ import annotations

from connectors.formats.x12.parts import Address, Contact, Name, Procedure
from connectors.formats.x12.writer import SegmentWriter


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
