"""The clearinghouse's SFTP: one account for the hub, which sees its own folders and nothing else."""

from __future__ import annotations

import asyncio
import hmac
from pathlib import Path
from threading import Event, Thread

import asyncssh

from connectors.sandbox import settings

_START_SECONDS = 20.0


class SftpSite:
    """An SFTP server in a thread of its own, over the folders below `root`."""

    def __init__(self, root: Path, port: int) -> None:
        self._root = root
        self._port = port
        self._ready = Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="sftp", daemon=True)

    def start(self) -> None:
        """Returns when it answers."""
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise RuntimeError(f"the SFTP server does not listen on port {self._port}")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)

    def _run(self) -> None:
        listener = self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        listener.close()
        self._loop.run_until_complete(listener.wait_closed())
        self._loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        root = self._root

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
                super().__init__(channel, chroot=str(root).encode())

        return await asyncssh.listen(
            "127.0.0.1",
            self._port,
            server_factory=_Door,
            sftp_factory=Files,
            server_host_keys=[str(host_key())],
            allow_scp=False,
        )


class _Door(asyncssh.SSHServer):
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
