"""`python -m connectors.sandbox.generate FOLDER [--seed N] [--day D] [--megabytes N | --claims N]`.

Writes the stories of `generator.remittances` and the messages of `generator.schedules` into FOLDER, or with a size
one large remittance. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from connectors.sandbox.generator.bulk import bulk, claims_in
from connectors.sandbox.generator.remittances import remittances
from connectors.sandbox.generator.schedules import schedules

MEGABYTE = 1_000_000
#: All stories happen from here on, unless told otherwise.
DAY = date(2026, 11, 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, name each, and give the exit status."""
    options = _options(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.claims or options.megabytes:
        claims = options.claims or claims_in(options.megabytes * MEGABYTE, seed=options.seed, day=options.day)
        path = options.folder / f"bulk-{claims}-claims.835"
        with path.open("wb") as file:
            file.writelines(bulk(claims, seed=options.seed, day=options.day))
        _say(path)
        return 0
    for made in (*remittances(options.seed, options.day), *schedules(options.seed, options.day)):
        path = options.folder / made.name
        path.write_bytes(made.content)
        _say(path)
    return 0


def _say(path: Path) -> None:
    sys.stdout.write(f"{path}  {path.stat().st_size} bytes\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.generate", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the files go; made if it is not there")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other claims and amounts (1)")
    parser.add_argument("--day", type=date.fromisoformat, default=DAY, help=f"when the stories begin ({DAY})")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--megabytes", type=int, default=0, help="write one remittance of this size instead")
    size.add_argument("--claims", type=int, default=0, help="write one remittance of so many claims instead")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
