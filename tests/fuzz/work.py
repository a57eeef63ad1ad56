"""A bound on work that no clock and no busy machine can move: Python's own calls, counted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: Calls for a byte of input, and for nothing at all. The slowest honest parse takes some forty for a byte.
CALLS_PER_BYTE = 400
CALLS_AT_ALL = 400_000


class TooMuchWork(BaseException):
    """No `except Exception` on the way may swallow it."""


@contextmanager
def bounded_work(data: bytes) -> Iterator[None]:
    """Raises TooMuchWork where what runs inside calls more than an input of this size can ask for."""
    left = CALLS_AT_ALL + CALLS_PER_BYTE * len(data)

    def count(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            sys.setprofile(None)
            raise TooMuchWork(f"{len(data)} bytes")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
