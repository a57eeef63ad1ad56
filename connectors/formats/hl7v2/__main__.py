"""`python -m connectors.formats.hl7v2 FILE [--json]`: what a file holds, and what is wrong with it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from connectors.formats.hl7v2.batch import MessageFile, parse_file
from connectors.formats.hl7v2.describe import as_json, as_lines
from connectors.formats.hl7v2.faults import Fault, Severity
from connectors.formats.hl7v2.message import Message
from connectors.formats.hl7v2.second_opinion import disagreements


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the structure; answers 1 where an error was found or the file cannot be read, else 0."""
    options = _options(arguments)
    file = _read(options.file)
    lines = [json.dumps(as_json(file), indent=2, ensure_ascii=False)] if options.json else as_lines(file)
    # A file may hold characters that the terminal has not.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return int(any(fault.severity is Severity.ERROR for fault in file.all_faults))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectors.formats.hl7v2", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="one HL7 v2 message, or a file of many")
    parser.add_argument("--json", action="store_true", help="print one JSON object: messages with their segments")
    return parser.parse_args(arguments)


def _read(path: Path) -> MessageFile:
    try:
        raw = path.read_bytes()
    except OSError as error:
        fault = Fault(f"the file cannot be read: {error.strerror}", "a readable file")
        return MessageFile((), (), (), (fault,))
    file = parse_file(raw)
    doubts = [doubt for message in file.messages for doubt in _doubts(message)]
    return replace(file, faults=(*file.faults, *doubts))


def _doubts(message: Message) -> list[Fault]:
    """Where the two parsers differ. A message with declared faults is read on assumptions: no use asking."""
    if any(fault.severity is Severity.ERROR for fault in message.faults):
        return []
    return [Fault(f"the hl7 package disagrees: {place}", severity=Severity.WARNING) for place in disagreements(message)]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head` is no fault; keep the interpreter from flushing into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
