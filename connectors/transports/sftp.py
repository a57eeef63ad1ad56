"""A folder on a partner's SFTP as source and sink of files."""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, TypeVar, cast

import paramiko

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
from connectors.transports.sftp_session import UNKNOWN_OUTCOMES, SftpConfig, SftpSession
from hub.core.errors import Ambiguous, BusinessRefusal, ConfigurationFault, Transient

__all__ = ["SftpConfig", "SftpFolder", "SftpSession"]

T = TypeVar("T")

# One request in flight at a time: bigger ones make up for it. OpenSSH serves up to 255 KiB, others answer short.
_READ_BYTES = 255 * 1024


class SftpFolder:
    """Implements FileSource and FileSink over a session, which several folders of one partner may share."""

    def __init__(self, session: SftpSession, path: str, *, settle: timedelta = SETTLE) -> None:
        self._session = session
        self._path = path.rstrip("/") or "/"
        self._system = session.system
        self._settling = Settling(settle)

    def list_stable(self) -> list[FoundFile]:
        return self._settling.stable(self._list)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        path = self._at(checked_name(name))
        remote = self._run(lambda sftp: sftp.open(path, "rb"))
        try:
            # Asks for blocks itself; buffering again here would only copy.
            remote.MAX_REQUEST_SIZE = _READ_BYTES
            yield cast(BinaryIO, io.BufferedReader(_Stream(remote, self._run), _READ_BYTES))
        finally:
            remote.close()

    def finish(self, name: str, shelf: Shelf) -> str:
        source = self._at(checked_name(name))
        folder = self._at(shelf)

        def move(sftp: paramiko.SFTPClient) -> str:
            if _status(sftp, folder) is None:
                sftp.mkdir(folder)
            taken = sftp.listdir(folder) if _status(sftp, f"{folder}/{name}") else []
            target = free_name(name, taken)
            sftp.rename(source, f"{folder}/{target}")  # the plain rename never replaces what is there
            return f"{shelf}/{target}"

        return self._run(move)

    def deliver(self, name: str, content: bytes) -> Receipt:
        target = self._at(checked_name(name))
        part = target + PART_SUFFIX
        digest = hashlib.sha256(content).hexdigest()
        if (there := self.find(name)) is not None:
            return self._already(there, len(content), digest)
        # Confirmed by size: until the rename nothing bears the name, so a cut here is without effect.
        self._run(lambda sftp: sftp.putfo(io.BytesIO(content), part))
        try:
            self._run(lambda sftp: _rename_whole(sftp, part, target))
        except Transient as error:
            if error.code not in UNKNOWN_OUTCOMES:
                raise
            words = f"{self._system} did not confirm that the file has its name."
            raise Ambiguous(error.code, words, cause=(self._system,)) from error
        return Receipt(name, len(content), digest)

    def find(self, name: str) -> FoundFile | None:
        path = self._at(checked_name(name))
        status = self._run(lambda sftp: _status(sftp, path))
        return _found(name, status) if status else None

    def check(self) -> None:
        self._run(lambda sftp: sftp.listdir_attr(self._path))

    def close(self) -> None:
        self._session.close()

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    def _list(self) -> list[FoundFile]:
        entries = self._run(lambda sftp: sftp.listdir_attr(self._path))
        # A server that tells no type is taken at its word that it is a file; a link is never followed.
        return [_found(entry.filename, entry) for entry in entries if stat.S_ISREG(entry.st_mode or stat.S_IFREG)]

    def _already(self, there: FoundFile, size: int, digest: str) -> Receipt:
        if there.size == size:
            with self.open(there.name) as stream:
                if sha256_of(stream) == digest:
                    return Receipt(there.name, size, digest, already=True)
        words = f"A file of this name with other content lies at {self._system}."
        raise BusinessRefusal("file-name-taken", words, cause=(self._system,))

    def _run(self, work: Callable[[paramiko.SFTPClient], T]) -> T:
        """As the session's, with the far side's refusals given their class. No file name: it may name a patient."""
        cause = (self._system,)
        try:
            return self._session.run(work)
        except FileNotFoundError as error:
            if self._has_folder():
                words = f"A file is gone from the folder at {self._system}."
                raise Transient("file-gone", words, cause=cause) from error
            words = f"The folder at {self._system} does not exist."
            hint = "Check the folder of this system."
            raise ConfigurationFault("folder-missing", words, cause=cause, hint=hint) from error
        except PermissionError as error:
            words = f"{self._system} does not allow this in its folder."
            hint = "Ask the partner for the rights to list, read, write and rename there."
            raise ConfigurationFault("permission-denied", words, cause=cause, hint=hint) from error
        except UnicodeDecodeError as error:
            # One such name spoils the whole listing: paramiko reads no other.
            words = f"A file name in the folder at {self._system} is not UTF-8."
            hint = "Ask the partner to rename it; then resume the system."
            raise ConfigurationFault("file-name-unreadable", words, cause=cause, hint=hint) from error
        except OSError as error:
            # SFTP has one code for disk full, quota, and whatever else the server cannot do just now.
            raise Transient("sftp-failed", f"{self._system} could not do it.", cause=cause) from error

    def _has_folder(self) -> bool:
        try:
            return self._session.run(lambda sftp: _status(sftp, self._path)) is not None
        except OSError:
            return False


class _Stream(io.RawIOBase):
    """A remote file for io.BufferedReader, with failures in our classes."""

    def __init__(self, remote: paramiko.SFTPFile, run: Callable[[Callable[[object], bytes]], bytes]) -> None:
        super().__init__()
        self._remote = remote
        self._run = run

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._block(min(len(buffer), _READ_BYTES))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self._block(_READ_BYTES), b""))

    def _block(self, size: int) -> bytes:
        return self._run(lambda _: self._remote.read(size))


def _rename_whole(sftp: paramiko.SFTPClient, part: str, target: str) -> None:
    try:
        sftp.posix_rename(part, target)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise
        # An answer without errno: the server lacks OpenSSH's extension, and has only the plain rename.
        sftp.rename(part, target)


def _status(sftp: paramiko.SFTPClient, path: str) -> paramiko.SFTPAttributes | None:
    try:
        return sftp.stat(path)
    except FileNotFoundError:
        return None


def _found(name: str, status: paramiko.SFTPAttributes) -> FoundFile:
    return FoundFile(name, status.st_size or 0, datetime.fromtimestamp(status.st_mtime or 0, UTC))
