"""Frames between the reader and the handler of one connection: bounded, so that TCP holds the sender back."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame to handle; `refused` where it was over the limit and `data` is only its beginning."""

    data: bytes
    refused: bool = False


class Inbox:
    """One producer, one consumer, first in, first out."""

    def __init__(self, max_frames: int, max_bytes: int) -> None:
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._closed = False
        self._room = asyncio.Event()
        self._ready = asyncio.Event()

    async def put(self, frame: Frame) -> None:
        """Waits for room; a frame larger than all room goes in alone."""
        while self._frames and not self._has_room(frame):
            self._room.clear()
            await self._room.wait()
        self._frames.append(frame)
        self._bytes += len(frame.data)
        self._ready.set()

    async def get(self) -> Frame | None:
        """The next frame; None once the inbox is closed and empty."""
        while not self._frames:
            if self._closed:
                return None
            self._ready.clear()
            await self._ready.wait()
        frame = self._frames.popleft()
        self._bytes -= len(frame.data)
        self._room.set()
        return frame

    def close(self) -> None:
        """Nothing more comes; what is in it is still handed out."""
        self._closed = True
        self._ready.set()

    def _has_room(self, frame: Frame) -> bool:
        return len(self._frames) < self._max_frames and self._bytes + len(frame.data) <= self._max_bytes
