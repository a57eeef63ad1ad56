"""`python -m connectors.formats.x12 FILE [--json] [--totals]`: what a file holds, and what is wrong with it.

Exit status: 0 where nothing is wrong, 1 where something is, balance and warnings included. It prints what is in the
file, names and dates of birth as well.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from connectors.formats.x12.describe import Faults, JsonPrinter, Printer, TextPrinter
from connectors.formats.x12.faults import Fault, FaultCode
from connectors.formats.x12.reader import read
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.totals import Totals


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, and give the exit status."""
    options = _options(arguments)
    # A file may hold characters that the terminal has not.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    printer: Printer = JsonPrinter(sys.stdout) if options.json else TextPrinter(sys.stdout)
    totals = Totals()
    faults = _print(options.file, printer, totals)
    if options.totals:
        sys.stdout.write(json.dumps(totals.result(faults.count)) + "\n")
    sys.stdout.flush()
    return int(bool(faults.count))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectors.formats.x12", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="an X12 file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--totals", action="store_true", help="end with one line of JSON: counts and sums")
    return parser.parse_args(arguments)


def _print(path: Path, printer: Printer, totals: Totals) -> Faults:
    faults = Faults()

    def see(segment: Segment) -> None:
        totals.take(segment)
        printer.segment(segment)

    try:
        with path.open("rb") as file:
            for item in read(file, on_segment=see):
                if isinstance(item, Fault):
                    faults.take(item)
                else:
                    printer.item(item)
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}"
        faults.take(Fault(code=FaultCode.UNREADABLE, message=message, expected="a readable file"))
    printer.close(faults)
    return faults


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head` is no fault; keep the interpreter from flushing into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
