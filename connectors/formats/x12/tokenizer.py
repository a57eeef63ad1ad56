"""Cut a stream of bytes into X12 segments in constant memory.

Reads blocks, splits each on the terminator at once, and reads the delimiters again from every ISA. Tolerates a byte
order mark, blanks and line ends around segments, lines wrapped inside a segment, several interchanges with different
delimiters, and a missing last terminator.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from connectors.formats.x12.delimiters import HEAD_SIZE, Delimiters, detect, guess
from connectors.formats.x12.faults import Fault, FaultCode, Severity

#: Bytes split at once: large enough that the cost per block vanishes, small enough to stay in the cache.
BLOCK_SIZE = 64 * 1024
#: First look after a delimiter change, doubled up to BLOCK_SIZE, so that many tiny interchanges stay cheap.
_FIRST_WINDOW = 4 * 1024
#: No segment of the supported transactions comes near this; a longer one means a file that is no X12.
MAX_SEGMENT = 1024 * 1024
#: How far an ISA is looked for behind something else (a mail header, a job banner).
_SEARCH_LIMIT = 64 * 1024

_BLANKS = " \t\r\n\v\f\x00\x1a\ufeff"
_BLANK_BYTES = b" \t\r\n\v\f\x00\x1a\xef\xbb\xbf"
#: The next ISA right behind an IEA that lacks its terminator.
_GLUED = re.compile(rb"(?<=[0-9\s])ISA(?=[^A-Za-z0-9\s])")
_INTERCHANGE = re.compile(rb"ISA([^A-Za-z0-9\s]|[\xc2-\xf4][\x80-\xbf]{1,3})..\1", re.DOTALL)


@dataclass(slots=True)
class Segment:
    """One segment. Not frozen for speed alone: hundreds of thousands are made per second, and nobody writes to them.

    `number` is 1-based in the file and leaves nothing out; `offset` and `length` are bytes in the file. `raw` holds the
    bytes as they came, blanks before the segment and its terminator included, so that joining them gives the file back.
    """

    number: int
    offset: int
    id: str
    elements: list[str]
    body: bytes
    terminator: bytes

    @property
    def raw(self) -> bytes:
        return self.body + self.terminator

    @property
    def length(self) -> int:
        return len(self.body) + len(self.terminator)

    def get(self, index: int) -> str:
        """Element `index` (1 for the first after the segment id), or "" where it is absent."""
        elements = self.elements
        return elements[index] if index < len(elements) else ""


#: Stands for a segment that did not come.
NO_SEGMENT = Segment(0, 0, "", [], b"", b"")


class Tokenizer:
    """Iterate once over the segments of `source`, a binary file or an iterable of chunks of bytes.

    `delimiters` are those of the last segment given out. `faults` gathers what is wrong at this level; whoever
    iterates takes them out. `trailing` holds the blanks after the last segment once the iteration is over.
    """

    def __init__(self, source: BinaryIO | Iterable[bytes]) -> None:
        self.delimiters = Delimiters()
        self.faults: list[Fault] = []
        self.trailing = b""
        self._blocks = _blocks(source)
        self._buffer = b""
        self._at = 0  # next unread byte of the buffer
        self._base = 0  # offset in the file of the buffer's first byte
        self._number = 0
        self._opened = -1  # offset in the file of the ISA whose delimiters are in use
        self._held: list[bytes] = []  # blanks that will belong to the next segment

    def __iter__(self) -> Iterator[Segment]:
        if not self._open():
            return
        window = _FIRST_WINDOW
        while True:
            if self._reopen():
                window = _FIRST_WINDOW
            end = self._last_terminator(window)
            if len(self._buffer) - self._at > MAX_SEGMENT + BLOCK_SIZE or self._held_too_much():
                self._fault(FaultCode.OVERSIZE_SEGMENT, "A segment has no end", f"an end within {MAX_SEGMENT} bytes")
                return
            if end:
                moved = yield from self._cut(end)
                window = _FIRST_WINDOW if moved else min(window * 2, BLOCK_SIZE)
            elif self._at + window < len(self._buffer):
                window *= 2
            elif not self._fill():
                break
        yield from self._rest()

    def _fill(self) -> bool:
        block = next(self._blocks, b"")
        self._base += self._at
        self._buffer = self._buffer[self._at :] + block
        self._at = 0
        return bool(block)

    def _need(self, size: int) -> None:
        while len(self._buffer) - self._at < size and self._fill():
            pass

    def _open(self) -> bool:
        """Stand on the first ISA (or, failing that, GS or ST) and know its delimiters."""
        self._need(HEAD_SIZE)
        self._skip_blanks()
        self._need(HEAD_SIZE)
        head = self._buffer[self._at : self._at + HEAD_SIZE]
        if head.startswith(b"ISA"):
            return self._detect()
        self._need(_SEARCH_LIMIT)
        match = _INTERCHANGE.search(self._buffer, self._at, self._at + _SEARCH_LIMIT)
        if match is None:
            return self._open_without_interchange(head)
        self._fault(
            FaultCode.SURROUNDING_BYTES,
            "There is something before the first ISA segment; it is left out",
            "ISA at the start",
        )
        self._held.append(self._buffer[self._at : match.start()])
        self._at = match.start()
        return self._detect()

    def _open_without_interchange(self, head: bytes) -> bool:
        guessed = guess(head)
        if guessed is None:
            message = "The file is empty" if not head else "The file holds no X12 interchange"
            self._fault(FaultCode.NOT_X12, message, "ISA at the start")
            return False
        self._fault(
            FaultCode.MISSING_INTERCHANGE,
            "The interchange envelope is missing; delimiters are guessed",
            "ISA at the start",
            number=1,
            segment_id=head[:2].decode("ascii"),
        )
        self.delimiters = guessed
        return True

    def _skip_blanks(self) -> None:
        """Go to the first byte that is no blank, reading on where there is none yet."""
        while True:
            rest = self._buffer[self._at :]
            blank = len(rest) - len(rest.lstrip(_BLANK_BYTES))
            if blank:
                self._held.append(rest[:blank])
                self._at += blank
            if blank < len(rest) or self._held_too_much() or not self._fill():
                return

    def _held_too_much(self) -> bool:
        return sum(map(len, self._held)) > MAX_SEGMENT

    def _detect(self) -> bool:
        """Read the delimiters of the ISA under `_at`; False where they cannot be told, and the old ones stay."""
        self._need(HEAD_SIZE)
        self._opened = self._base + self._at
        found = detect(self._buffer[self._at : self._at + HEAD_SIZE], self._number + 1)
        self.faults.extend(found.faults)
        if found.delimiters is None:
            return False
        self.delimiters = found.delimiters
        return True

    def _reopen(self) -> bool:
        """Whether an ISA not yet looked at stands next: its terminator may differ from the one searched for."""
        self._need(HEAD_SIZE)
        self._skip_blanks()
        if self._base + self._at == self._opened or not self._buffer.startswith(b"ISA", self._at):
            return False
        return self._detect()

    def _last_terminator(self, window: int) -> int:
        """End of the last whole segment within `window` bytes, or 0 where there is none."""
        terminator = self.delimiters.terminator_bytes
        found = self._buffer.rfind(terminator, self._at, self._at + window)
        return found + len(terminator) if found >= 0 else 0

    def _cut(self, end: int) -> Generator[Segment, None, bool]:
        """Give out the segments up to `end`. True where they stop before it, at the next ISA.

        One at a time, not as a list: what is alive together costs the garbage collector a third of the time.
        """
        delimiters = self.delimiters
        separator, terminator = delimiters.element, delimiters.terminator_bytes
        step = len(terminator)
        position, number, base = self._at, self._number, self._base
        chunk = self._buffer[position:end]
        bodies = chunk.split(terminator)
        bodies.pop()
        for body, text in zip(bodies, _texts(chunk, bodies, delimiters), strict=False):
            if not text or text[0] <= " ":
                text = text.lstrip(_BLANKS)
                if not text:
                    self._held += (body, terminator)
                    position += len(body) + step
                    continue
            elements = text.split(separator)
            name = elements[0]
            if (name == "ISA" or (len(name) > 3 and name.startswith("ISA"))) and self._opens(body, position):
                self._number = number
                return True
            if name == "IEA" and (glued := _GLUED.search(body)):
                self._number = number
                yield self._unended_interchange(body[: glued.start()], position)
                return True
            number += 1
            if self._held:
                yield self._after_blanks(number, base + position, elements, body)
            else:
                yield Segment(number, base + position, name, elements, body, terminator)
            position += len(body) + step
        self._at, self._number = position, number
        return False

    def _opens(self, body: bytes, position: int) -> bool:
        """Whether this ISA is new: then `_at` stands on it, and what comes before it must be given out first."""
        start = position + len(body) - len(body.lstrip(_BLANK_BYTES))
        if self._base + start == self._opened:
            return False
        self._held.append(self._buffer[position:start])
        self._at = start
        return True

    def _after_blanks(self, number: int, offset: int, elements: list[str], body: bytes) -> Segment:
        held = b"".join(self._held)
        self._held.clear()
        return Segment(number, offset - len(held), elements[0], elements, held + body, self.delimiters.terminator_bytes)

    def _unended_interchange(self, body: bytes, position: int) -> Segment:
        """The IEA of an interchange whose last terminator is missing before the next ISA."""
        self._at = position + len(body)
        self._number += 1
        self._unterminated(self._number, "IEA")
        elements = _text(body, self.delimiters).strip(_BLANKS).split(self.delimiters.element)
        segment = self._after_blanks(self._number, self._base + position, elements, body)
        segment.terminator = b""
        return segment

    def _rest(self) -> Iterator[Segment]:
        """The last segment where its terminator is missing, or the blanks after the last terminator."""
        rest = self._buffer[self._at :]
        text = _text(rest, self.delimiters).strip(_BLANKS)
        if not text:
            self.trailing = b"".join((*self._held, rest))
            return
        self._number += 1
        elements = text.split(self.delimiters.element)
        self._unterminated(self._number, elements[0])
        segment = self._after_blanks(self._number, self._base + self._at, elements, rest)
        segment.terminator = b""
        yield segment

    def _unterminated(self, number: int, name: str) -> None:
        self.faults.append(
            Fault(
                code=FaultCode.UNTERMINATED,
                message="The segment has no terminator",
                severity=Severity.WARNING if name == "IEA" else Severity.ERROR,
                segment=number,
                segment_id=shown_id(name),
                expected="a segment terminator",
            )
        )

    def _fault(self, code: FaultCode, message: str, expected: str, *, number: int = 0, segment_id: str = "") -> None:
        self.faults.append(Fault(code=code, message=message, expected=expected, segment=number, segment_id=segment_id))


def shown_id(name: str) -> str:
    """A segment id fit to be shown: what is not shaped like one may be data that slipped into its place."""
    return name if len(name) <= 3 and name.isascii() and name.isalnum() else "?"


def _blocks(source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of about BLOCK_SIZE, whatever the size of the chunks that come in."""
    read = getattr(source, "read", None)
    if read is not None:
        yield from iter(lambda: read(BLOCK_SIZE), b"")
        return
    gathered: list[bytes] = []
    size = 0
    for chunk in source:
        gathered.append(chunk)
        size += len(chunk)
        if size >= BLOCK_SIZE:
            yield b"".join(gathered)
            gathered, size = [], 0
    if size:
        yield b"".join(gathered)


def _texts(chunk: bytes, bodies: list[bytes], delimiters: Delimiters) -> list[str]:
    """The text of each body; for plain ASCII all at once, which is what makes reading fast."""
    if not (chunk.isascii() and delimiters.encoding == "ascii"):
        return [_text(body, delimiters) for body in bodies]
    text = chunk.decode("ascii")
    for noise in delimiters.noise:
        text = text.replace(noise, "")
    return text.split(delimiters.terminator)


def _text(body: bytes, delimiters: Delimiters) -> str:
    """One segment as text. UTF-8 where it is that, else Latin-1, decided per segment: chunks must not matter."""
    try:
        text = body.decode("latin-1" if delimiters.encoding == "latin-1" else "utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    for noise in delimiters.noise:
        text = text.replace(noise, "")
    return text.lstrip("\ufeff")
