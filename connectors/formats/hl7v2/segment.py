"""One segment. Nothing is split before it is asked for, so that the hot path pays for what it reads."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from connectors.formats.hl7v2.delimiters import HEADER_IDS, Delimiters
from connectors.formats.hl7v2.escapes import unescape
from connectors.formats.hl7v2.faults import ErrorCode, Fault, Hl7Refused, Severity
from connectors.formats.hl7v2.paths import Path, parse_path
from connectors.formats.hl7v2.timestamps import EXPECTED, parse_date, parse_timestamp

NULL = '""'  # HL7's explicit "delete this value" (v2.5.1 §2.5.3)


class Repetition:
    """One repetition of a field: components of subcomponents, decoded."""

    __slots__ = ("_segment", "text")

    def __init__(self, segment: Segment, text: str) -> None:
        self._segment = segment
        self.text = text

    def get(self, component: int = 1, subcomponent: int = 1) -> str:
        """The decoded value, '' where it is absent or an explicit null."""
        return self._segment.leaf(self.text, component, subcomponent)

    @property
    def components(self) -> tuple[tuple[str, ...], ...]:
        """Every component with its subcomponents, decoded."""
        return tuple(
            tuple(self._segment.decoded(part) for part in split(component, self._segment.delimiters.subcomponent))
            for component in split(self.text, self._segment.delimiters.component)
        )


class Segment:
    """One line. `number` and `occurrence` count from 1: in the message, and among segments of the same id."""

    __slots__ = ("_fields", "codec", "delimiters", "id", "number", "occurrence", "text")

    def __init__(
        self, text: str, *, number: int, occurrence: int, delimiters: Delimiters, codec: str = "utf-8"
    ) -> None:
        self.text = text
        self.id = text[:3]
        self.number = number
        self.occurrence = occurrence
        self.delimiters = delimiters
        self.codec = codec
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """The undecoded fields; index 0 is the segment id, so that an index is HL7's field number."""
        if self._fields is None:
            self._fields = self._split()
        return self._fields

    def raw(self, field: int) -> str:
        """One whole field as the sender wrote it, '' where it is absent."""
        fields = self.fields
        return fields[field] if field < len(fields) else ""

    def get(self, path: str | int) -> str:
        """The decoded value at `path` ('18', '3(2).4', '5.1.2'), '' where it is absent or an explicit null.

        Parts that the path does not name are the first ones, as HL7 reads an older path in a newer message.
        """
        return self.at(parse_path(str(path)))

    def at(self, path: Path) -> str:
        fields = self.fields
        if path.field >= len(fields):
            return ""
        text = fields[path.field]
        if not text:
            return ""
        if path.field <= 2 and self.id in HEADER_IDS:
            return text
        separator = self.delimiters.repetition
        if path.repetition > 1 or separator in text:
            repetitions = text.split(separator)
            if path.repetition > len(repetitions):
                return ""
            text = repetitions[path.repetition - 1]
        return self.leaf(text, path.component or 1, path.subcomponent)

    def leaf(self, text: str, component: int, subcomponent: int) -> str:
        """One decoded value out of an undecoded repetition."""
        delimiters = self.delimiters
        components = text.split(delimiters.component)
        if component > len(components):
            return ""
        parts = split(components[component - 1], delimiters.subcomponent)
        if subcomponent > len(parts):
            return ""
        value = parts[subcomponent - 1]
        if value == NULL:
            return ""
        return unescape(value, delimiters, self.codec) if delimiters.escape in value else value

    def decoded(self, text: str) -> str:
        return unescape(text, self.delimiters, self.codec)

    def is_null(self, field: int) -> bool:
        """The sender asks to delete the value; `get` answers '' for that as for an absent one."""
        return self.raw(field) == NULL

    def repetitions(self, field: int) -> tuple[Repetition, ...]:
        """The repetitions of a field; none where it is empty."""
        text = self.raw(field)
        if not text:
            return ()
        if field <= 2 and self.id in HEADER_IDS:
            return (Repetition(self, text),)
        return tuple(Repetition(self, part) for part in text.split(self.delimiters.repetition))

    def require(self, path: str | int) -> str:
        """As `get`, but raises Hl7Refused naming the element where there is no value."""
        value = self.get(path)
        if value:
            return value
        raise Hl7Refused([self.fault(path, "is empty", "a value", code=ErrorCode.REQUIRED_FIELD_MISSING)])

    def timestamp(self, path: str | int, zone: tzinfo) -> datetime | None:
        """An aware datetime, None where it is absent; `zone` is the facility's, for senders who write none.

        Raises Hl7Refused where the value is no HL7 time.
        """
        value = self.get(path)
        if not value:
            return None
        try:
            return parse_timestamp(value, zone)
        except ValueError as error:
            raise Hl7Refused([self.fault(path, f"is {error}", EXPECTED)]) from None

    def date(self, path: str | int) -> date | None:
        """A calendar date as the sender wrote it, None where absent. Raises Hl7Refused for anything else."""
        value = self.get(path)
        if not value:
            return None
        try:
            return parse_date(value)
        except ValueError as error:
            raise Hl7Refused([self.fault(path, f"is {error}", "a date as YYYYMMDD")]) from None

    def decimal(self, path: str | int) -> Decimal | None:
        """An exact number (NM, MO.1, SI), None where it is absent. Raises Hl7Refused for anything else."""
        value = self.get(path)
        if not value:
            return None
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
        raise Hl7Refused([self.fault(path, "is not a number", "digits with at most one decimal point")])

    def fault(
        self,
        path: str | int,
        words: str,
        expected: str,
        *,
        code: ErrorCode = ErrorCode.DATA_TYPE,
        severity: Severity = Severity.ERROR,
    ) -> Fault:
        """A fault at a place in this segment. `words` and `expected` must not carry the value."""
        place = parse_path(str(path))
        return Fault(
            words,
            expected,
            number=self.number,
            segment=self.id,
            occurrence=self.occurrence,
            field=place.field,
            component=place.component,
            code=code,
            severity=severity,
        )

    def _split(self) -> list[str]:
        separator = self.delimiters.field
        if self.id not in HEADER_IDS:
            return self.text.split(separator)
        # The header's first separator is itself field 1 (§2.5.4), which shifts the others by one.
        return [self.id, separator, *self.text[4:].split(separator)]


def split(text: str, separator: str) -> list[str]:
    """Like str.split; a separator that the sender does not use splits nothing."""
    return text.split(separator) if separator else [text]
