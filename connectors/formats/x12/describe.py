"""Print a file as it is read, for people or as one JSON document, in constant memory."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import IO, Any, Protocol, TextIO

import msgspec

from connectors.formats.x12.faults import Fault
from connectors.formats.x12.reader import Item
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.transaction import GroupHeader, InterchangeHeader, TransactionHeader, TransactionTrailer

#: Faults listed; a file that is wrong throughout needs no longer list. All are counted.
MAX_LISTED = 10_000
#: Typed items kept in memory until their transaction's segments are printed; beyond that they wait in a file.
_SPOOL_SIZE = 4 * 1024 * 1024

_DEPTHS = {"ISA": 0, "IEA": 0, "TA1": 1, "GS": 1, "GE": 1, "ST": 2, "SE": 2}


@dataclass(slots=True)
class Faults:
    """The faults so far: all counted, the first ones kept."""

    count: int = 0
    listed: list[Fault] = field(default_factory=list)

    def take(self, fault: Fault) -> None:
        self.count += 1
        if len(self.listed) < MAX_LISTED:
            self.listed.append(fault)

    @property
    def omitted(self) -> int:
        return self.count - len(self.listed)


class Printer(Protocol):
    """Prints a file while it is read."""

    def segment(self, segment: Segment) -> None:
        """The next segment, before the items that follow from it."""

    def item(self, item: Item) -> None:
        """The next item that is no fault."""

    def close(self, faults: Faults) -> None:
        """The file has ended."""


class TextPrinter:
    """One line a segment, numbered and indented by its place in the envelope; then what is wrong."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def segment(self, segment: Segment) -> None:
        indent = "  " * _DEPTHS.get(segment.id, 3)
        self._out.write(f"{segment.number:>7}  {indent}{printable('*'.join(segment.elements))}\n")

    def item(self, item: Item) -> None:
        """Items are not printed: the segments say it all."""

    def close(self, faults: Faults) -> None:
        self._out.write(f"faults: {faults.count}\n")
        for fault in faults.listed:
            self._out.write(f"{fault.severity}: {fault}\n")
        if faults.omitted:
            self._out.write(f"{faults.omitted} more faults\n")


class JsonPrinter:
    """One document: `interchanges` with their `groups`, these with their `transactions`, these with their `segments`
    and typed `items`; then `faults`. What stands outside of an envelope is put into one without a header."""

    #: The list that each level opens, outermost first.
    _LISTS = ("groups", "transactions", "segments")

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._open = 0  # levels open now
        self._first = True  # nothing yet in the list that is open
        self._waiting: Segment | None = None  # read, not printed: what follows from it says where it belongs
        self._items: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_SPOOL_SIZE)  # noqa: SIM115 - see close
        out.write('{"interchanges":[')

    def segment(self, segment: Segment) -> None:
        self._settle()
        self._waiting = segment

    def item(self, item: Item) -> None:
        """Headers open levels, the end of a transaction closes one; the rest is kept for the transaction's end."""
        match item:
            case InterchangeHeader():
                self._begin(0)
            case GroupHeader():
                self._begin(1)
            case TransactionHeader():
                self._begin(2)
            case TransactionTrailer():
                if item.complete:
                    self._settle()
                self._end(2)
            case _:
                described = {"type": type(item).__name__, **msgspec.to_builtins(item)}
                self._items.write(msgspec.json.encode(described) + b"\n")

    def close(self, faults: Faults) -> None:
        self._settle()
        self._end(0)
        listed = ",\n".join(_json(fault) for fault in faults.listed)
        self._out.write(f'\n],"faults":[{listed}],"faults_omitted":{faults.omitted}}}\n')
        self._items.close()

    def _settle(self) -> None:
        """Print the segment that waits, where nothing else has taken it."""
        segment, self._waiting = self._waiting, None
        if segment is None:
            return
        if segment.id == "GE":
            self._end(1)
        elif segment.id == "IEA":
            self._end(0)
        else:
            while self._open < len(self._LISTS):
                self._descend({})
            self._print(segment)

    def _begin(self, depth: int) -> None:
        """Open the level at `depth` with the segment that waits as its header."""
        segment, self._waiting = self._waiting, None
        self._end(depth)
        while self._open < depth:
            self._descend({})
        self._descend({"segment": segment.number, "header": segment.elements} if segment else {})
        if segment and segment.id == "ST":
            self._print(segment)

    def _descend(self, attributes: dict[str, Any]) -> None:
        opening = _json(attributes)[:-1] + ("," if attributes else "")
        self._out.write(f'{self._comma()}{opening}"{self._LISTS[self._open]}":[')
        self._open += 1
        self._first = True

    def _end(self, depth: int) -> None:
        while self._open > depth:
            self._open -= 1
            self._out.write("]")
            if self._open == 2:
                self._print_items()
            self._out.write("}")
            self._first = False

    def _print(self, segment: Segment) -> None:
        described = {
            "number": segment.number,
            "id": segment.id,
            "offset": segment.offset,
            "elements": segment.elements[1:],
        }
        self._out.write(self._comma() + _json(described))

    def _print_items(self) -> None:
        self._out.write(',"items":[')
        self._items.seek(0)
        for number, line in enumerate(self._items):
            self._out.write(("," if number else "") + line.decode())
        self._out.write("]")
        self._items.seek(0)
        self._items.truncate()

    def _comma(self) -> str:
        first, self._first = self._first, False
        return "\n" if first else ",\n"


def printable(text: str) -> str:
    """`text` without control characters, which would act on a terminal."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
