"""A local folder as source and sink of files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from connectors.transports.files import (
    PART_SUFFIX,
    SETTLE,
    FoundFile,
    Receipt,
    Settling,
    Shelf,
    checked_name,
    free_name,
    sha256_of,
)
from hub.core.errors import BusinessRefusal, ConfigurationFault, Transient


class LocalFolder:
    """Implements FileSource and FileSink. `system` is the cause that folds its failures."""

    def __init__(self, path: Path, *, system: str = "folder", settle: timedelta = SETTLE) -> None:
        self._path = path
        self._system = system
        self._settling = Settling(settle)

    def list_stable(self) -> list[FoundFile]:
        with self._failures():
            return self._settling.stable(self._list)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with self._failures():
            stream = (self._path / checked_name(name)).open("rb")
        with stream:
            yield stream

    def finish(self, name: str, shelf: Shelf) -> str:
        source = self._path / checked_name(name)
        folder = self._path / shelf
        with self._failures():
            folder.mkdir(exist_ok=True)
            while True:
                target = folder / free_name(name, {entry.name for entry in os.scandir(folder)})
                try:
                    _move(source, target)
                except FileExistsError:
                    continue
                return f"{shelf}/{target.name}"

    def deliver(self, name: str, content: bytes) -> Receipt:
        target = self._path / checked_name(name)
        digest = hashlib.sha256(content).hexdigest()
        with self._failures():
            if target.exists():
                return self._already(target, len(content), digest)
            part = target.with_name(name + PART_SUFFIX)
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
            _sync(self._path)
        return Receipt(name, len(content), digest)

    def find(self, name: str) -> FoundFile | None:
        with self._failures():
            try:
                return _found(name, (self._path / checked_name(name)).stat())
            except FileNotFoundError:
                return None

    def check(self) -> None:
        with self._failures():
            os.scandir(self._path).close()

    def close(self) -> None:
        """Nothing is kept open."""

    def _list(self) -> Iterator[FoundFile]:
        with os.scandir(self._path) as entries:
            for entry in entries:
                # A link could lead anywhere; only what lies here is taken.
                if entry.is_file(follow_symlinks=False):
                    yield _found(entry.name, entry.stat(follow_symlinks=False))

    def _already(self, target: Path, size: int, digest: str) -> Receipt:
        if target.stat().st_size == size:
            with target.open("rb") as stream:
                if sha256_of(stream) == digest:
                    return Receipt(target.name, size, digest, already=True)
        words = f"A file of this name with other content lies in the folder of {self._system}."
        raise BusinessRefusal("file-name-taken", words, cause=(self._system,))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """An OSError as the failure that says what happens next. File names stay out: they may name patients."""
        cause = (self._system,)
        try:
            yield
        except FileNotFoundError as error:
            if self._path.is_dir():
                words = f"A file of {self._system} is gone from its folder."
                raise Transient("file-gone", words, cause=cause) from error
            words = f"The folder of {self._system} does not exist."
            hint = "Check the folder of this system."
            raise ConfigurationFault("folder-missing", words, cause=cause, hint=hint) from error
        except (PermissionError, NotADirectoryError) as error:
            words = f"The hub may not use the folder of {self._system}."
            hint = "Check owner and rights of the folder."
            raise ConfigurationFault("permission-denied", words, cause=cause, hint=hint) from error
        except OSError as error:
            words = f"The folder of {self._system} failed ({os.strerror(error.errno or 0)})."
            raise Transient("folder-failed", words, cause=cause) from error


def _found(name: str, status: os.stat_result) -> FoundFile:
    return FoundFile(name, status.st_size, datetime.fromtimestamp(int(status.st_mtime), UTC))


def _move(source: Path, target: Path) -> None:
    """Raises FileExistsError instead of replacing. The name is taken first: a rename alone would replace."""
    target.touch(exist_ok=False)
    try:
        source.replace(target)
    except OSError:
        target.unlink()
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    """A rename is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
