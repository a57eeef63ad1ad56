"""bench/out/results.json: the figures, the machine, and when each bench was run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "out" / "results.json"

#: What the figures are held against; shown beside them, never enforced.
TARGETS = {
    "intake_ratio": ">= 0.70",
    "end_to_end_per_s": ">= 250",
    "end_to_end_ratio": ">= 1.0",
    "release_ratio": ">= 0.8",
    "x12_835_mb_per_s": ">= 8",
    "x12_835_extra_mb_20": "< 60",
    "x12_835_extra_mb_200": "< 60",
    "x12_837_mb_per_s": ">= 4",
    "x12_837_extra_mb_20": "< 60",
    "x12_837_extra_mb_200": "< 60",
    "claims_837_written_per_s": ">= 500",
    "remittance_50k_claims_per_s": ">= 500",
    "remittance_first_posted_s": "<= 5",
    "remittance_extra_mb": "< 60",
    "hl7_messages_per_s": ">= 3000",
    "mllp_accepted_per_s": ">= 1000",
    "page_growth_max": "<= 1.5",
}


def keep(name: str, machine: dict[str, str], output: str) -> dict[str, Any]:
    """Take the figures of one bench from its output into the file; returns them."""
    figures: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    whole = json.loads(FILE.read_text()) if FILE.exists() else {}
    whole |= figures
    whole["machine"] = machine
    whole.setdefault("measured_at", {})[name] = datetime.now(UTC).isoformat(timespec="seconds")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n")
    return figures


def table(figures: dict[str, Any]) -> str:
    return "\n".join(f"  {key:<42} {value!s:<14} {_target(key)}".rstrip() for key, value in _flat(figures))


def _target(key: str) -> str:
    return f"target {TARGETS[key]}" if key in TARGETS else ""


def _flat(figures: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
