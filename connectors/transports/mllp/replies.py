"""What a handler gives back for a frame: an acknowledgement now, and perhaps another when it is decided."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """`now` is the acknowledgement; b"" where none is wanted. `later` stands for an answer that is still to come:
    the application acknowledgement of enhanced mode (HL7 v2.5.1 §2.9.3)."""

    now: bytes = b""
    later: Hashable | None = None


Handler = Callable[[bytes, str], Reply]
"""(frame, peer as "address:port") -> its answer. Returns only after the message is committed."""
Refusal = Callable[[bytes, int], bytes]
"""(the beginning of an over-long frame, the limit in bytes) -> negative acknowledgement, once it is noted."""
Later = Callable[[Sequence[Hashable]], Mapping[Hashable, bytes]]
"""(what is still awaited) -> those of it that are decided, with what to tell the sender; b"" tells nothing."""
