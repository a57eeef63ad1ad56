"""CPU time and memory of process trees, from /proc: what a shared machine's noise does not blur."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def trees(names: dict[str, tuple[str, ...]]) -> dict[str, list[int]]:
    """By name: the processes below us whose command line has all of the words, with everything below them."""
    below: dict[int, list[int]] = defaultdict(list)
    commands: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (read := _read(folder)):
            parent, command = read
            below[parent].append(int(folder.name))
            commands[int(folder.name)] = command
    ours = _descend(below, os.getpid())
    return {
        name: sorted({pid for root in ours if all(word in commands[root] for word in words)
                      for pid in (root, *_descend(below, root))})
        for name, words in names.items()
    }  # fmt: skip


def cpu_seconds(pids: list[int]) -> float:
    """User and system time so far, of the processes and of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        total += sum(int(value) for value in fields[11:15])
    return total / _TICKS


def rss_mb(pids: list[int]) -> float:
    """Resident memory, shared pages counted in each process that has them."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
    return total * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _descend(below: dict[int, list[int]], root: int) -> list[int]:
    found: list[int] = []
    for pid in below.get(root, ()):
        found += [pid, *_descend(below, pid)]
    return found


def _read(folder: Path) -> tuple[int, str] | None:
    try:
        parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        return parent, (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return None
