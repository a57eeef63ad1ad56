"""A real SFTP server (asyncssh) on loopback, in a thread of the test: virtual users, each in its own folder.

It can be asked to misbehave: lose the connection at a chosen operation, refuse one, fall silent, or lack
OpenSSH's posix-rename.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER = "hub"
PASSWORD = "hub-pass"


@dataclass
class Faults:
    """What to do at which SFTP operation ('write', 'posix_rename', 'rename', 'read', 'listdir', 'open')."""

    cut_before: set[str] = field(default_factory=set)
    cut_after: set[str] = field(default_factory=set)
    deny: set[str] = field(default_factory=set)
    fail: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)


class SftpServer:
    """Runs until `close`. `root` is what the user sees as /."""

    def __init__(self, root: Path, authorized_key: str = "") -> None:
        self.root = root
        self.faults = Faults()
        self.logins = 0
        self._authorized = authorized_key
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._extra_key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        self._connections: list[Any] = []
        self.end_of_silence = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._acceptor = self._run(self._listen(0))
        self.port = int(self._acceptor.get_port())

    @property
    def host_key(self) -> str:
        return str(self._key.export_public_key().decode()).strip()

    def drop_connections(self) -> None:
        """As a firewall or a restart does: without a word."""

        async def drop() -> None:
            for connection in self._connections:
                connection.abort()

        self._run(drop())

    def restart(self) -> None:
        self.stop()
        self._acceptor = self._run(self._listen(self.port))

    def stop(self) -> None:
        async def stop() -> None:
            self._acceptor.close()
            await self._acceptor.wait_closed()

        self.drop_connections()
        self._run(stop())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self.end_of_silence.set)
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, port: int) -> Any:
        outer = self

        class Door(asyncssh.SSHServer):
            def connection_made(self, connection: Any) -> None:
                outer._connections.append(connection)

            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

            def public_key_auth_supported(self) -> bool:
                return bool(outer._authorized)

            def validate_public_key(self, username: str, key: Any) -> bool:
                return username == USER and key == asyncssh.import_public_key(outer._authorized)

            def auth_completed(self) -> None:
                outer.logins += 1

        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[self._key, self._extra_key],
            server_factory=Door,
            sftp_factory=lambda channel: _Files(channel, outer),
            process_factory=None,
        )

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: Any, server: SftpServer) -> None:
        self._server = server
        super().__init__(channel, chroot=str(server.root))

    async def _around(self, operation: str, *arguments: Any) -> Any:
        faults = self._server.faults
        if operation in faults.cut_before:
            self.channel.get_connection().abort()
        if operation in faults.silent:
            await self._server.end_of_silence.wait()
        if operation in faults.deny:
            raise asyncssh.SFTPPermissionDenied("no")
        if operation in faults.fail:
            raise asyncssh.SFTPFailure("no")
        result = getattr(asyncssh.SFTPServer, operation)(self, *arguments)
        if asyncio.iscoroutine(result):
            result = await result
        if operation in faults.cut_after:
            self.channel.get_connection().abort()
        return result

    async def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        return await self._around("open", path, pflags, attrs)

    async def read(self, file_obj: Any, offset: int, size: int) -> Any:
        return await self._around("read", file_obj, offset, size)

    async def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        return await self._around("write", file_obj, offset, data)

    async def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return await self._around("rename", oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return await self._around("posix_rename", oldpath, newpath)


@contextmanager
def sftp_server(root: Path, authorized_key: str = "") -> Iterator[SftpServer]:
    server = SftpServer(root, authorized_key)
    try:
        yield server
    finally:
        server.close()
