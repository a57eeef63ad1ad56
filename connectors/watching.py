"""The file door: files of a partner's SFTP or of a folder are taken once, then moved to `done/` or `rejected/`.

A file is moved only after its message is committed. Killed in between, the watcher finds it again, and intake
knows it by its content: it is a duplicate and moves to `done/` without a second effect.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from connectors.intake import Outcome, receive_stream
from connectors.models import Feed, Transport
from connectors.selectors import FeedInfo, feed, system_config
from connectors.states import FeedState
from connectors.transports.files import FileSource, FoundFile, Shelf
from connectors.transports.folder import LocalFolder
from connectors.transports.sftp import SftpFolder
from connectors.transports.sftp_session import SftpConfig, SftpSession
from hub.core.errors import Failure

_log = structlog.get_logger(__name__)


class Watcher:
    """Looks into the folders of every active file feed, again and again, over connections that stay open."""

    def __init__(self) -> None:
        self._sources: dict[str, tuple[str, FileSource]] = {}

    def look(self) -> int:
        """Take what is there; returns how many files. A partner that cannot be reached is tried next time."""
        taken = 0
        rows = Feed.objects.filter(transport=Transport.FILES, state=FeedState.ACTIVE).select_related("system")
        for row in rows:
            try:
                source = self._source(row)
                taken += sum(self._take(feed(row.code), source, found) for found in source.list_stable())
            except Failure as failure:
                _log.warning("files not fetched", feed=row.code, code=failure.code, reason=failure.message)
        return taken

    def close(self) -> None:
        for _, source in self._sources.values():
            source.close()
        self._sources.clear()

    def _take(self, info: FeedInfo, source: FileSource, found: FoundFile) -> int:
        with source.open(found.name) as stream:
            receipt = receive_stream(info, stream=stream, headers={}, name=found.name)
        shelf = Shelf.REJECTED if receipt.outcome is Outcome.REJECTED else Shelf.DONE
        source.finish(found.name, shelf)
        _log.info("file taken", feed=info.code, message=str(receipt.message_id), outcome=receipt.outcome.value)
        return 1

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


def _open(row: Feed) -> FileSource:
    """The folder that a feed names in its options, or its system's outbound folder over SFTP."""
    if folder := row.options.get("folder"):
        return LocalFolder(Path(str(folder)), system=row.system.code)
    config = system_config(row.system)
    options = config.options
    session = SftpSession(
        SftpConfig(
            host=str(options["host"]),
            port=int(options.get("port", 22)),
            username=str(options["username"]),
            host_keys=tuple(options.get("host_keys", ())),
            password=config.secrets.get("password", ""),
            private_key=config.secrets.get("private_key", ""),
            timeout=config.timeout,
            system=row.system.code,
        )
    )
    return SftpFolder(session, str(options.get("outbound", "/outbound")))
