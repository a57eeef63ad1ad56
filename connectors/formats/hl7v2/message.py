"""A parsed message: its segments, found by id and by path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from connectors.formats.hl7v2.delimiters import HEADER_IDS, Delimiters
from connectors.formats.hl7v2.faults import ErrorCode, Fault, Hl7Refused, Severity
from connectors.formats.hl7v2.paths import parse_path
from connectors.formats.hl7v2.segment import Repetition, Segment


class Message:
    """One HL7 v2 message. `raw` is what arrived, byte for byte; `faults` is what is wrong with it."""

    __slots__ = ("_by_id", "codec", "delimiters", "faults", "raw", "all_segments")

    def __init__(
        self,
        raw: bytes,
        segments: Sequence[Segment],
        *,
        faults: Sequence[Fault],
        delimiters: Delimiters,
        codec: str,
    ) -> None:
        self.raw = raw
        self.all_segments = tuple(segments)
        self.faults = tuple(faults)
        self.delimiters = delimiters
        self.codec = codec
        self._by_id: dict[str, list[Segment]] = {}
        for segment in segments:
            self._by_id.setdefault(segment.id, []).append(segment)

    @property
    def header(self) -> Segment:
        return self.all_segments[0]

    @property
    def type(self) -> str:
        """MSH-9.1, such as ADT."""
        return self.header.get("9.1")

    @property
    def trigger(self) -> str:
        """MSH-9.2, such as A01."""
        return self.header.get("9.2")

    @property
    def control_id(self) -> str:
        return self.header.get("10")

    @property
    def version(self) -> str:
        """MSH-12.1, such as 2.5.1."""
        return self.header.get("12.1")

    def sent_at(self, zone: tzinfo) -> datetime | None:
        """MSH-7, aware; None where it is absent. Raises Hl7Refused where it is no HL7 time."""
        return self.header.timestamp("7", zone)

    def segment(self, segment_id: str, occurrence: int = 1) -> Segment | None:
        found = self._by_id.get(segment_id, ())
        return found[occurrence - 1] if occurrence <= len(found) else None

    def segments(self, segment_id: str) -> tuple[Segment, ...]:
        """Every segment of that id, in order; Z-segments like any other."""
        return tuple(self._by_id.get(segment_id, ()))

    def groups(self, first: str) -> tuple[tuple[Segment, ...], ...]:
        """The message cut before each `first` segment; what stands before the first of them is left out.

        `groups("FT1")` gives each charge with the PR1 and DG1 that follow it; the last group runs to the end.
        """
        starts = [index for index, segment in enumerate(self.all_segments) if segment.id == first]
        ends = [*starts[1:], len(self.all_segments)]
        return tuple(self.all_segments[start:end] for start, end in zip(starts, ends, strict=False))

    def get(self, path: str) -> str:
        """The decoded value at `path` ('PID-18', 'PID-3(2).4', 'OBX(3)-5.1.2'), '' where absent or null."""
        place = parse_path(path)
        found = self._by_id.get(place.segment)
        if found is None or place.occurrence > len(found):
            return ""
        return found[place.occurrence - 1].at(place)

    def repetitions(self, path: str) -> tuple[Repetition, ...]:
        """The repetitions of a whole field ('PID-3'); none where it is absent."""
        place = parse_path(path)
        segment = self.segment(place.segment, place.occurrence)
        return segment.repetitions(place.field) if segment else ()

    def require(self, path: str) -> str:
        """As `get`, but raises Hl7Refused naming the element where there is no value."""
        place = parse_path(path)
        segment = self.segment(place.segment, place.occurrence)
        if segment is not None:
            return segment.require(_within(path))
        raise Hl7Refused(
            [
                Fault(
                    f"{place.segment} is missing, and with it {path}",
                    f"a {place.segment} segment",
                    segment=place.segment,
                    occurrence=place.occurrence,
                    field=place.field,
                    component=place.component,
                    code=ErrorCode.REQUIRED_FIELD_MISSING,
                )
            ]
        )

    def timestamp(self, path: str, zone: tzinfo) -> datetime | None:
        """As `Segment.timestamp`; None where the segment is absent too."""
        place = parse_path(path)
        segment = self.segment(place.segment, place.occurrence)
        return segment.timestamp(_within(path), zone) if segment else None

    def raise_for_faults(self) -> None:
        """Raises Hl7Refused where any fault is an error; warnings leave the message usable."""
        errors = [fault for fault in self.faults if fault.severity is Severity.ERROR]
        if errors:
            raise Hl7Refused(errors)

    def encode(self) -> bytes:
        """Written again from the split fields, each segment ended by CR: `raw`, were its line ends CR."""
        return "".join(written(segment) + "\r" for segment in self.all_segments).encode(self.codec)


def written(segment: Segment) -> str:
    """A segment put together again from its fields."""
    fields = segment.fields
    separator = segment.delimiters.field
    if segment.id in HEADER_IDS:
        return segment.id + separator + separator.join(fields[2:])
    return separator.join(fields)


def _within(path: str) -> str:
    return path.rpartition("-")[2]
