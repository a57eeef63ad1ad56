"""The file door: files of a partner's SFTP or of a folder are taken once, then moved to `done/` or `rejected/`.

A file is moved only after its message is committed. Killed in between, the watcher finds it again, and intake
knows it by its content: it is a duplicate and moves to `done/` without a second effect.

A partner that cannot be reached for some looks is an incident, as it is for its lane; one that does not let us in,
or shows a strange host key, is paused with a case, before it locks our account.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from connectors.intake import Outcome, receive_stream, refuse
from connectors.listening import take_file
from connectors.models import Feed, Transport
from connectors.reaching import Reach
from connectors.selectors import FeedInfo, feed, system_config
from connectors.states import SystemState
from connectors.transports.files import FileSource, FoundFile, Shelf
from connectors.transports.folder import LocalFolder
from connectors.transports.sftp import SftpFolder
from connectors.transports.sftp_session import SftpSession, sftp_config
from hub.core.errors import Failure

_log = structlog.get_logger(__name__)

#: What is wrong with one file only, by code: it is refused, and those behind it go on.
_OF_ONE_FILE = frozenset({"permission-denied", "file-name"})


class Watcher:
    """Looks into the folders of every file feed, again and again, over connections that stay open.

    A paused feed is emptied as well, its messages wait in the hub; nobody looks at a paused system.
    """

    def __init__(self) -> None:
        self._sources: dict[str, tuple[str, FileSource]] = {}
        # Files that are committed and could not be moved yet: to be moved, not to be read again.
        self._to_move: dict[tuple[str, FoundFile], Shelf] = {}
        self._reach = Reach()

    def look(self) -> int:
        """Take what is there; returns how many files. A partner that cannot be reached is tried next time."""
        rows = Feed.objects.filter(transport=Transport.FILES, system__state=SystemState.ACTIVE)
        return sum(self._look_at(row) for row in rows.select_related("system"))

    def close(self) -> None:
        for _, source in self._sources.values():
            source.close()
        self._sources.clear()

    def _look_at(self, row: Feed) -> int:
        taken = 0
        try:
            source = self._source(row)
            files = source.list_stable()
            self._reach.reached(row)
            self._forget_gone(row.code, files)
            for found in files:
                self._take(feed(row.code), source, found)
                taken += 1
        except Failure as failure:
            _log.warning("files not fetched", feed=row.code, code=failure.code, reason=failure.message)
            self._reach.not_reached(row, failure)
        return taken

    def _take(self, info: FeedInfo, source: FileSource, found: FoundFile) -> None:
        key = (info.code, found)
        if key not in self._to_move:
            self._to_move[key] = _store(info, source, found)
        source.finish(found.name, self._to_move[key])
        del self._to_move[key]

    def _forget_gone(self, code: str, files: list[FoundFile]) -> None:
        """Somebody else moved or replaced these."""
        for key in [key for key in self._to_move if key[0] == code and key[1] not in files]:
            del self._to_move[key]

    def _source(self, row: Feed) -> FileSource:
        config = system_config(row.system)
        identity = repr((config, sorted(config.secrets.items()), row.options))
        known = self._sources.get(row.code)
        if known and known[0] == identity:
            return known[1]
        if known:
            known[1].close()
        source = _open(row)
        self._sources[row.code] = (identity, source)
        return source


def _store(info: FeedInfo, source: FileSource, found: FoundFile) -> Shelf:
    """Commit one file as a message, or each of its messages as one; returns where the file goes."""
    try:
        with source.open(found.name) as stream:
            if through := info.options.get("messages_of"):
                return Shelf.DONE if take_file(stream, info, feed(str(through)), found.name) else Shelf.REJECTED
            receipt = receive_stream(info, stream=stream, headers={}, name=found.name)
    except Failure as failure:
        if failure.code not in _OF_ONE_FILE:
            raise
        receipt = refuse(info, failure, body=b"", size=found.size, headers={}, name=found.name)
    _log.info("file taken", feed=info.code, message=str(receipt.message_id), outcome=receipt.outcome.value)
    return Shelf.REJECTED if receipt.outcome is Outcome.REJECTED else Shelf.DONE


def _open(row: Feed) -> FileSource:
    """The folder that a feed names in its options, or its system's outbound folder over SFTP."""
    if folder := row.options.get("folder"):
        return LocalFolder(Path(str(folder)), system=row.system.code)
    config = system_config(row.system)
    return SftpFolder(SftpSession(sftp_config(config)), str(config.options.get("outbound", "/outbound")))
