"""What an MLLP listener allows, and what it counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MllpLimits:
    """Every bound of a listener. The defaults suit interface engines, which keep few connections open for days."""

    max_frame_bytes: int = 16 * 1024 * 1024  # results with embedded documents
    max_in_flight: int = 16  # frames of one connection read ahead of the handler; beyond, TCP holds the sender
    max_in_flight_bytes: int = 32 * 1024 * 1024  # the same bound in memory
    max_connections: int = 256
    max_garbage_bytes: int = 64 * 1024  # outside of frames, on one connection: then it is no MLLP sender
    threads: int = 8  # handlers at work at once, over all connections
    lanes: int = 1  # of them, batches at once, where frames are handled together
    idle: timedelta = timedelta(hours=1)
    frame: timedelta = timedelta(minutes=1)  # from a frame's first byte to its last
    write: timedelta = timedelta(seconds=30)  # for a peer to take an acknowledgement
    linger: timedelta = timedelta(seconds=2)  # for a peer to hear why it is let go
    look: timedelta = timedelta(milliseconds=200)  # between looks for answers that are still to come
    later: timedelta = timedelta(minutes=10)  # for such an answer; whoever waits longer asks again
    max_later: int = 1000  # of them on one connection; beyond, only the first answer is given


@dataclass(slots=True)
class MllpCounts:
    """Since the listener started. `unacknowledged` frames were read, but their handler failed."""

    connections: int = 0
    refused_connections: int = 0
    frames: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    oversized: int = 0
    told_later: int = 0  # answers that came after the first
    untold: int = 0  # whose sender had gone, or that were not decided in time
    garbage_bytes: int = 0
    cut_frames: int = 0  # the peer left, or took too long, in the middle of a frame
