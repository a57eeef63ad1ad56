"""Folders that files arrive in and are put into, local or across SFTP: one small contract for both."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

from hub.core import clock
from hub.core.errors import DataFault

# What partners, and we, call a file that is still being written.
PART_SUFFIX = ".part"
_UNFINISHED = (PART_SUFFIX, ".tmp", ".filepart", ".partial", ".uploading")
# Long enough for a sender's next write to show in the size; short enough to be waited for.
SETTLE = timedelta(seconds=1)
HASH_BYTES = 256 * 1024


class Shelf(StrEnum):
    """Where a file goes once it was taken: folders beside it."""

    DONE = "done"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as its folder lists it. `modified` is the far side's clock, aware, to the second."""

    name: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivered file. `already` says that the very same content stood there before."""

    name: str
    size: int
    sha256: str
    already: bool = False


class FileSource(Protocol):
    """A folder that files arrive in. Every method raises a `hub.core.errors.Failure`, never an OSError."""

    def list_stable(self) -> list[FoundFile]:
        """Files that are complete, oldest first: not hidden, not named as unfinished, and no longer growing."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """The content as a stream; memory does not grow with the file."""

    def finish(self, name: str, shelf: Shelf) -> str:
        """Move the file away, never over another one. Answers where it lies now, such as 'done/a.1.835'."""

    def close(self) -> None:
        """Let go of connections; the next call opens them again."""


class FileSink(Protocol):
    """A folder that files are put into. Every method raises a `hub.core.errors.Failure`, never an OSError."""

    def deliver(self, name: str, content: bytes) -> Receipt:
        """Put a file there, whole or not at all under its name; the same content again changes nothing.

        Raises BusinessRefusal where another content has that name, Transient where it is certainly not there
        yet, Ambiguous where it may be. After both of the latter, calling again is safe as long as the far side
        has not taken the file away.
        """

    def find(self, name: str) -> FoundFile | None:
        """The file if it lies there: the read-back of `deliver`."""

    def check(self) -> None:
        """Raises a Failure where the folder cannot be reached or is not there."""

    def close(self) -> None:
        """Let go of connections; the next call opens them again."""


@dataclass(frozen=True, slots=True)
class _Sighting:
    size: int
    modified: datetime
    since: datetime


class Settling:
    """Remembers sizes between listings: a file is complete once nothing about it changed for `settle`."""

    def __init__(self, settle: timedelta) -> None:
        self._settle = settle
        self._seen: dict[str, _Sighting] = {}

    def stable(self, listing: Callable[[], Iterable[FoundFile]]) -> list[FoundFile]:
        """The stable files of `listing`, oldest first. Waits once where a file is too new to tell."""
        files = self._look(listing)
        if any(not self._is_settled(file) for file in files):
            time.sleep(self._settle.total_seconds())
            files = self._look(listing)
        settled = [file for file in files if self._is_settled(file)]
        return sorted(settled, key=lambda file: (file.modified, file.name))

    def _look(self, listing: Callable[[], Iterable[FoundFile]]) -> list[FoundFile]:
        files = [file for file in listing() if is_finished_name(file.name)]
        now = clock.machine_now()
        seen = {}
        for file in files:
            before = self._seen.get(file.name)
            unchanged = before is not None and (before.size, before.modified) == (file.size, file.modified)
            seen[file.name] = _Sighting(file.size, file.modified, before.since if before and unchanged else now)
        self._seen = seen
        return files

    def _is_settled(self, file: FoundFile) -> bool:
        return clock.machine_now() - self._seen[file.name].since >= self._settle


def is_finished_name(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


def checked_name(name: str) -> str:
    """`name`, if it is one name and stays in its folder. Raises DataFault otherwise."""
    if name and name not in (".", "..") and not any(character in name for character in "/\\\0\r\n"):
        return name
    raise DataFault("file-name", "The file name is empty or leads out of its folder.")


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, or the first of a.1.835, a.2.835, … that is not taken."""
    path = PurePosixPath(name)
    counter = 0
    candidate = name
    while candidate in taken:
        counter += 1
        candidate = f"{path.stem}.{counter}{path.suffix}"
    return candidate


def sha256_of(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := stream.read(HASH_BYTES):
        digest.update(block)
    return digest.hexdigest()
