"""MLLP frames (HL7 v2 Transport Specification: MLLP, release 1): 0x0B, the message, 0x1C 0x0D."""

from __future__ import annotations

START = b"\x0b"
END = b"\x1c\r"
# Enough of an over-long frame to find the sender's MSH in.
_HEAD_BYTES = 4096


def wrap(message: bytes) -> bytes:
    """One frame. Raises ValueError where the message itself holds the end mark: it would be cut in two."""
    if END in message:
        raise ValueError("the message holds the MLLP end mark")
    return START + message + END


class Framer:
    """Cuts a stream into frames, however the network split or joined them.

    `garbage` counts bytes outside of frames (the CR and LF that some senders add do not count). Once
    `oversized` is set, it is the beginning of a frame beyond the limit, and only `skip` goes on.
    """

    def __init__(self, max_frame_bytes: int) -> None:
        self._max = max_frame_bytes
        self._buffer = bytearray()
        self._searched = 0
        self.inside = False
        self.garbage = 0
        self.oversized: bytes | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes. Bytes of a frame that has not ended are kept for the next call."""
        self._buffer += data
        frames: list[bytes] = []
        while self.oversized is None and (self.inside or self._find_start()):
            end = self._buffer.find(END, self._searched)
            size = len(self._buffer) if end < 0 else end
            if size > self._max:
                self.oversized = bytes(self._buffer[:_HEAD_BYTES])
                break
            if end < 0:
                # The end mark may be split between two packets: look at the last byte again.
                self._searched = max(0, size - 1)
                break
            frames.append(bytes(self._buffer[:end]))
            self._forget(end + len(END))
        return frames

    def skip(self, data: bytes = b"") -> bool:
        """Throw the over-long frame away as it comes; True once its end was seen."""
        self._buffer += data
        ended = END in self._buffer
        del self._buffer[:-1]
        return ended

    def _find_start(self) -> bool:
        start = self._buffer.find(START)
        skipped = self._buffer if start < 0 else self._buffer[:start]
        self.garbage += len(skipped.translate(None, b"\r\n"))
        if start < 0:
            self._buffer.clear()
            return False
        del self._buffer[: start + 1]
        self.inside = True
        return True

    def _forget(self, size: int) -> None:
        del self._buffer[:size]
        self._searched = 0
        self.inside = False
