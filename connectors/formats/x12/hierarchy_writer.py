"""Write what inquiries and their answers share: the levels (HL), who stands at them, traces, days and rejections."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.formats.x12.inquiry import Participant, Period, Rejection, Trace
from connectors.formats.x12.write_parts import write_address, write_contact, write_name
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter, UnwritableValue, given


class LevelWriter:
    """The levels of one transaction, numbered from 1."""

    def __init__(self, out: SegmentWriter) -> None:
        self._out = out
        self._number = 0

    def add(self, code: str, above: int | None, *, more: bool | None) -> int:
        """Open a level under number `above`; gives its number.

        `more` says that others follow under it, and is None where the guide leaves that element out.
        """
        self._number += 1
        self._out.add("HL", self._number, above, code, None if more is None else int(more))
        return self._number


def write_start(
    out: SegmentWriter,
    interchange: OutgoingInterchange,
    *,
    structure: str,
    purpose: str,
    reference: str,
    kind: str = "",
) -> None:
    """BHT. The time is written with its seconds: answers within a minute keep their order."""
    created = interchange.created
    text = given(reference, "BHT03", "a reference")
    out.add("BHT", structure, purpose, text, created.date(), f"{created:%H%M%S}", kind)


def write_participant(out: SegmentWriter, who: Participant, *, demographics: bool = True) -> None:
    """NM1 and, in the order that the guides share, REF, N3, N4, PER, PRV and DMG. A 276 has its DMG before the NM1."""
    write_name(out, who.name)
    for reference in who.references:
        out.add("REF", reference.qualifier, reference.value)
    write_address(out, who.address)
    for contact in who.contacts:
        write_contact(out, contact)
    if who.taxonomy:
        out.add("PRV", "PE", "PXC", who.taxonomy)
    if demographics:
        write_demographics(out, who)


def write_demographics(out: SegmentWriter, who: Participant) -> None:
    """DMG, where anything of it is known."""
    if who.birth_date or who.sex:
        out.add("DMG", "D8" if who.birth_date else "", who.birth_date, who.sex)


def needed(who: Participant | None, element: str, what: str) -> Participant:
    """`who`. Raises UnwritableValue where nobody is named."""
    if who is None:
        raise UnwritableValue(element, f"{what} is needed")
    return who


def write_trace(out: SegmentWriter, trace: Trace) -> None:
    out.add("TRN", trace.kind, given(trace.number, "TRN02", "the trace number"), trace.originator)


def write_periods(out: SegmentWriter, periods: Iterable[Period]) -> None:
    """DTP, one each."""
    for period in periods:
        if period.last is None:
            out.add("DTP", period.qualifier, "D8", period.first)
        else:
            out.add("DTP", period.qualifier, "RD8", f"{period.first:%Y%m%d}-{period.last:%Y%m%d}")


def write_rejections(out: SegmentWriter, rejections: Iterable[Rejection], *loops: str) -> None:
    """AAA, those that belong into one of `loops`."""
    for each in rejections:
        if each.loop in loops:
            out.add("AAA", "Y" if each.valid else "N", "", each.reason, each.follow_up)
