"""The clearinghouse's SFTP: one account for the hub, which sees its own folders and nothing else."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Coroutine
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import asyncssh

from connectors.sandbox import settings

T = TypeVar("T")

_PATIENCE_SECONDS = 20.0


class SftpSite:
    """An SFTP server in a thread of its own, over the folders below `root`."""

    def __init__(self, root: Path, port: int) -> None:
        self._root = root
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._acceptor: asyncssh.SSHAcceptor | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._thread.start()
        self._acceptor = self._run(self._listen())

    def stop(self) -> None:
        """Cuts whoever is connected: a client that keeps its connection would hold us up for ever."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_SECONDS)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_SECONDS)

    async def _close(self) -> None:
        for connection in list(self._connections):
            connection.abort()
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        root, connections = str(self._root).encode(), self._connections

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
                super().__init__(channel, chroot=root)

        return await asyncssh.listen(
            "127.0.0.1",
            self._port,
            server_factory=lambda: _Door(connections),
            sftp_factory=Files,
            server_host_keys=[str(host_key())],
            allow_scp=False,
        )


class _Door(asyncssh.SSHServer):
    def __init__(self, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._connections = connections
        self._mine: asyncssh.SSHServerConnection | None = None

    def connection_made(self, connection: asyncssh.SSHServerConnection) -> None:
        self._mine = connection
        self._connections.add(connection)

    def connection_lost(self, error: Exception | None) -> None:
        if self._mine is not None:
            self._connections.discard(self._mine)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        known = username == settings.SFTP_HUB_USER
        return known and hmac.compare_digest(password.encode(), settings.SFTP_HUB_PASSWORD.encode())


def host_key() -> Path:
    """The file of the server's key, made once; its public half stands beside it for the hub to pin."""
    public = settings.host_key_file()
    private = public.with_suffix("")
    if not public.exists():
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(private))
        key.write_public_key(str(public))
    return private
