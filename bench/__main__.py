"""`python -m bench [NAMES…]`: measure, print, and write bench/out/results.json. Slow is not a failure.

Each bench runs in an interpreter of its own and can be run alone; results of the others then stay as they were.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from bench import results
from bench.machine import describe

#: The order tells: what measures rates comes before what fills a disk.
BENCHES = ("intake", "end_to_end", "release", "mllp", "hl7", "x12", "remittance", "memory", "pages")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHES)}; none means all")
    names = parser.parse_args().names or BENCHES
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        parser.error(f"no bench is called {', '.join(unknown)}")
    machine = describe()
    print("\n".join(f"{key:<12} {value}" for key, value in machine.items()), flush=True)
    broken = [name for name in names if not _run(name, machine)]
    print(f"\nWritten to {results.FILE.relative_to(results.FILE.parent.parent.parent)}")
    if broken:
        print(f"Could not be measured: {', '.join(broken)}")
    return 1 if broken else 0


def _run(name: str, machine: dict[str, str]) -> bool:
    """Run one bench; what it prints on stdout is its result, as JSON, in the last line."""
    print(f"\n{name}", flush=True)
    done = subprocess.run([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return False
    figures = results.keep(name, machine, done.stdout)
    print(results.table(figures), flush=True)
    return True


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
