"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from hub.embedded import postgres_bin


def describe() -> dict[str, str]:
    """CPU, cores, memory, load by others, Python and PostgreSQL."""
    version = subprocess.run([postgres_bin() / "postgres", "--version"], capture_output=True, text=True, check=True)
    return {
        "cpu": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "postgresql": version.stdout.split()[-1],
        # Well above zero before anything is measured: somebody else is using the machine.
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return named[1] if named else platform.processor() or platform.machine()
