"""A large body on its way into the database: read once, sealed before it touches the disk, memory bounded."""

from __future__ import annotations

import hashlib
import struct
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Self

from hub.core.sealing import vault

#: Bodies are sealed and kept in pieces of this size, so that they can be read as a stream.
CHUNK_BYTES = 256 * 1024
#: Sealed pieces stay in memory up to this size; beyond, they go into a file without a name.
_IN_MEMORY_BYTES = 4 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class SealedSpool:
    """Takes one stream. `head` is its first piece in the clear, `size` and `sha256` are of what was read."""

    def __init__(self) -> None:
        self.head = b""
        self.size = 0
        self.pieces = 0
        self._digest = hashlib.sha256()
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def fill(self, stream: BinaryIO, limit: int) -> bool:
        """Read `stream` to its end; False, and no further reading, where it holds more than `limit` bytes."""
        while block := stream.read(CHUNK_BYTES):
            self.head = self.head or block
            self.size += len(block)
            if self.size > limit:
                return False
            self._digest.update(block)
            sealed = vault().seal(block)
            self._file.write(_LENGTH.pack(len(sealed)) + sealed)
            self.pieces += 1
        return True

    def sealed(self) -> Iterator[bytes]:
        """The sealed pieces, in order, from the first."""
        self._file.seek(0)
        while length := self._file.read(_LENGTH.size):
            yield self._file.read(_LENGTH.unpack(length)[0])
