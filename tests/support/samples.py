"""Real messages of others, which stay outside of the project: tests that read them are marked `samples`."""

from __future__ import annotations

from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data"


def sample_files(kind: str) -> list[Path]:
    """The samples in `SAMPLES/kind`. Skips the test, with the reason, where the folder is absent."""
    folder = SAMPLES / kind
    if not folder.is_dir():
        pytest.skip(f"no samples: {folder} is absent")
    return sorted(path for path in folder.iterdir() if path.is_file())
