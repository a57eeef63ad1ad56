"""Find the four delimiters in an ISA segment, tolerant of the ways in which real senders write it.

The standard fixes the ISA at 106 bytes with the delimiters at bytes 4, 83, 105 and 106. Real files have short and long
ISA elements, so the separators are counted instead: whatever follows the 16th is the component separator and then the
segment terminator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.formats.x12.faults import Fault, FaultCode, Severity

#: Bytes looked at for one ISA and the start of the segment after it; a proper ISA has 106.
HEAD_SIZE = 1024

_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_NEXT_SEGMENT = rb"\s*[A-Z][A-Z0-9]{1,2}"
_LINE_ENDS = b"\r\n"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """How one interchange separates its parts. `repetition` is empty where ISA11 names none (4010, or `U`).

    `element` may be longer than one byte: files exist whose separator is a non-ASCII character in UTF-8.
    """

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"
    encoding: str = "ascii"

    @property
    def noise(self) -> tuple[str, ...]:
        """Line ends that some senders put between, or in the midst of, segments; never data."""
        used = (self.element, self.component, self.repetition, self.terminator)
        return tuple(character for character in "\r\n" if character not in used)

    @property
    def terminator_bytes(self) -> bytes:
        """The terminator as it stands in the file."""
        return self.terminator.encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Detection:
    """Delimiters and what was odd about the ISA they came from. No delimiters: they cannot be told."""

    delimiters: Delimiters | None
    faults: tuple[Fault, ...] = ()


def detect(head: bytes, number: int) -> Detection:
    """Read the delimiters from bytes that start with `ISA`; `number` is that segment's number, for the faults."""
    element = _element_separator(head)
    starts = _element_starts(head, element)
    if len(starts) < 16 or (found := _tail(head, starts[15], element)) is None:
        return _detect_by_group(head, element, number)
    component, terminator = found
    values = [head[a : b - len(element)] for a, b in zip(starts[:15], starts[1:], strict=True)]
    values.append(component)
    encoding = _encoding(element, component, terminator)
    delimiters = Delimiters(
        element.decode(encoding),
        component.decode(encoding),
        _repetition(values[10].decode(encoding, "replace"), (element + component + terminator).decode(encoding)),
        terminator.decode(encoding),
        encoding,
    )
    return Detection(delimiters, tuple(_faults(values, number)))


def guess(head: bytes) -> Delimiters | None:
    """Delimiters of bytes that start at GS or ST because the ISA is missing, or None where nothing can be told."""
    match = re.match(rb"(?:GS|ST)([^A-Za-z0-9\s])", head)
    if match is None:
        return None
    element = match.group(1).decode("latin-1")
    terminator = "~" if b"~" in head and element != "~" else "\n"
    return Delimiters(element, ":", "", terminator, "ascii" if element.isascii() else "latin-1")


def _element_separator(head: bytes) -> bytes:
    for width in (2, 3, 4):
        if head[3:4] < b"\xc2":
            break
        try:
            head[3 : 3 + width].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return head[3 : 3 + width]
    return head[3:4]


def _element_starts(head: bytes, element: bytes) -> list[int]:
    starts: list[int] = []
    at = head.find(element, 3) if element else -1
    while at >= 0 and len(starts) < 16:
        starts.append(at + len(element))
        at = head.find(element, at + len(element))
    return starts


def _tail(head: bytes, at: int, element: bytes) -> tuple[bytes, bytes] | None:
    """Component separator and terminator at the end of the ISA, or None where the bytes there cannot be those."""
    component, rest = head[at : at + 1], head[at + 1 :]
    if not component or component.isalnum() or component == element[:1]:
        return None
    following = re.compile(_NEXT_SEGMENT + re.escape(element))
    line_ends = rest[: len(rest) - len(rest.lstrip(_LINE_ENDS))]
    after = rest[len(line_ends) :]
    if not line_ends:
        terminator = rest[:1]
        return None if not terminator or terminator.isalnum() or terminator == element else (component, terminator)
    if after and not following.match(rest) and following.match(after[1:]) and not after[:1].isalnum():
        return component, after[:1]  # the terminator stands on the next line, before the segment
    terminator = b"\n" if b"\n" in line_ends else b"\r"
    if rest[len(line_ends) :].split(terminator, 1)[0].rstrip(_LINE_ENDS).endswith(component):
        return None  # ISA16 is absent: what stands in its place ends every line
    return component, terminator


def _detect_by_group(head: bytes, element: bytes, number: int) -> Detection:
    """An ISA with elements missing: what stands before the GS is the terminator."""
    match = re.search(
        rb"([^A-Za-z0-9\s])(?=\s*GS" + re.escape(element) + rb"[A-Z0-9]{2,4}" + re.escape(element) + rb")",
        head,
    )
    fault = Fault(
        code=FaultCode.DELIMITERS,
        message="The ISA segment is damaged, so its delimiters cannot be read from it",
        segment=number,
        segment_id="ISA",
        element="ISA16",
        expected="16 elements, the component separator and the segment terminator",
    )
    if match is None or not element or element.isalnum() or match.group(1) == element:
        return Detection(None, (fault,))
    before = head[match.start() - 1 : match.start()]
    component = b":" if not before or before.isalnum() or before in (element, b" ") else before
    encoding = _encoding(element, component, match.group(1))
    delimiters = Delimiters(
        element.decode(encoding), component.decode(encoding), "", match.group(1).decode(encoding), encoding
    )
    return Detection(delimiters, (fault,))


def _encoding(*delimiters: bytes) -> str:
    """The encoding in which each of the delimiters is a character."""
    for encoding in ("ascii", "utf-8"):
        try:
            for delimiter in delimiters:
                delimiter.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _repetition(isa11: str, others: str) -> str:
    # Python counts the separators of ASCII (1C to 1F) as blanks; here they are what their name says.
    if len(isa11) != 1 or isa11.isalnum() or isa11 in " \t\r\n" or isa11 in others:
        return ""
    return isa11


def _faults(values: list[bytes], number: int) -> list[Fault]:
    faults = [
        Fault(
            code=FaultCode.ISA_WIDTH,
            message="An ISA element does not have its fixed width",
            severity=Severity.WARNING,
            segment=number,
            segment_id="ISA",
            element=f"ISA{place:02}",
            expected=f"{width} characters",
            found=f"{len(value)} characters",
        )
        for place, (value, width) in enumerate(zip(values, _ISA_WIDTHS, strict=True), 1)
        if len(value) != width
    ]
    version = values[11].decode("ascii", "replace")
    if version != "00501":
        faults.append(
            Fault(
                code=FaultCode.OLD_VERSION,
                message="The interchange is not version 005010; it is read tolerantly",
                severity=Severity.WARNING,
                segment=number,
                segment_id="ISA",
                element="ISA12",
                expected="00501",
                found=version if len(version) == 5 and version.isalnum() else "",
            )
        )
    return faults
