"""One SSH connection for SFTP: the host key pinned, opened when needed, and every failure given its class."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from connectors.base import SystemConfig
from hub.core.errors import ConfigurationFault, Failure, SecurityRefusal, Transient

T = TypeVar("T")

# Between these the far side, or a firewall on the way, would forget a quiet connection.
_KEEPALIVE_SECONDS = 30
_KEY_CLASSES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
_HOST_KEY_ALGORITHMS = {
    "ssh-ed25519": ["ssh-ed25519"],
    "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
    "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
    "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
    "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
}
_ADDRESS = (("host", ""), ("username", ""), ("port", 22))
NO_ANSWER = "no-answer-in-time"
CUT = "connection-cut"
# After these the far side may or may not have done what it was asked.
UNKNOWN_OUTCOMES = frozenset({NO_ANSWER, CUT})
_INTERRUPTIONS = (EOFError, ConnectionError, TimeoutError, paramiko.SSHException)


@dataclass(frozen=True, slots=True)
class SftpConfig:
    """How a partner's SFTP is reached. Secrets never appear in repr.

    `host_keys` are the partner's public keys as OpenSSH writes them ('ssh-ed25519 AAAA…'); no other key is
    trusted. `private_key` is the text of a key file; it goes before `password` where both are given.
    """

    host: str
    username: str
    host_keys: tuple[str, ...]
    port: int = 22
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    timeout: timedelta = timedelta(seconds=20)
    system: str = "sftp"


def sftp_config(config: SystemConfig) -> SftpConfig:
    """How `config` says that its system is reached.

    Options: `host`, `port`, `username`, `host_keys` (pinned). Secrets: `password`, or `private_key` and
    `passphrase`. Raises ConfigurationFault where something is missing.
    """
    options = config.options
    host, username, port = (str(options.get(name, default)) for name, default in _ADDRESS)
    host_keys = tuple(str(key) for key in options.get("host_keys", ()))
    if not (host and username and host_keys and port.isdecimal()):
        raise ConfigurationFault(
            "address-incomplete",
            f"{config.code} needs host, username and at least one pinned host key; its port is a number.",
            cause=(config.code,),
            hint="Complete the options of this system.",
        )
    return SftpConfig(
        host=host,
        port=int(port),
        username=username,
        password=config.secrets.get("password", ""),
        private_key=config.secrets.get("private_key", ""),
        passphrase=config.secrets.get("passphrase", ""),
        host_keys=host_keys,
        timeout=config.timeout,
        system=config.code,
    )


class UnknownHostKey(paramiko.SSHException):
    """The far side showed a key that is not pinned."""


class _OnlyPinned(paramiko.MissingHostKeyPolicy):
    def __init__(self, keys: Sequence[paramiko.PKey]) -> None:
        self._keys = keys

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        if key not in self._keys:
            raise UnknownHostKey("host key not pinned")


class SftpSession:
    """Opened by the first `run`, kept, and opened again after it broke. One thread at a time."""

    def __init__(self, config: SftpConfig) -> None:
        self.system = config.system
        self._config = config
        self._ssh: paramiko.SSHClient | None = None
        self._sftp: paramiko.SFTPClient | None = None

    def run(self, work: Callable[[paramiko.SFTPClient], T]) -> T:
        """What `work` makes of the open channel. Raises the Failure that fits what went wrong.

        FileNotFoundError and other answers of the far side pass through as they are: only the caller knows what
        they mean. A cut or a silence closes the connection and is Transient.
        """
        sftp = self._open()
        try:
            return work(sftp)
        except _INTERRUPTIONS as error:
            self.close()
            raise self._interrupted(error) from error
        except OSError as error:
            # The far side's answers leave the connection standing; paramiko says "closed" as a plain OSError.
            if self._is_open():
                raise
            self.close()
            raise self._interrupted(error) from error

    def close(self) -> None:
        if self._ssh is not None:
            self._ssh.close()
        self._ssh = self._sftp = None

    def _is_open(self) -> bool:
        transport = self._ssh.get_transport() if self._ssh else None
        return transport is not None and transport.is_active()

    def _open(self) -> paramiko.SFTPClient:
        if self._sftp is not None and self._is_open():
            return self._sftp
        self.close()
        ssh = paramiko.SSHClient()
        try:
            self._sftp = self._connect(ssh)
        except BaseException:
            ssh.close()
            raise
        self._ssh = ssh
        return self._sftp

    def _connect(self, ssh: paramiko.SSHClient) -> paramiko.SFTPClient:
        pinned = self._pinned_keys()
        ssh.set_missing_host_key_policy(_OnlyPinned(pinned))
        key = self._private_key()
        seconds = self._config.timeout.total_seconds()
        try:
            ssh.connect(
                self._config.host,
                self._config.port,
                self._config.username,
                sock=self._socket(seconds),
                password=(self._config.password or None) if key is None else None,
                pkey=key,
                timeout=seconds,
                banner_timeout=seconds,
                auth_timeout=seconds,
                channel_timeout=seconds,
                allow_agent=False,
                look_for_keys=False,
                disabled_algorithms={"keys": _other_algorithms(pinned)},
            )
            sftp = ssh.open_sftp()
        except (*_INTERRUPTIONS, OSError) as error:
            raise self._unreachable(error) from error
        transport = ssh.get_transport()
        if transport is not None:
            transport.set_keepalive(_KEEPALIVE_SECONDS)
        channel = sftp.get_channel()
        if channel is not None:
            channel.settimeout(seconds)
        return sftp

    def _socket(self, seconds: float) -> socket.socket:
        """Without Nagle's algorithm: it holds back each small request for 40 ms, which costs 95 % of the speed."""
        connection = socket.create_connection((self._config.host, self._config.port), timeout=seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _pinned_keys(self) -> list[paramiko.PKey]:
        keys = []
        for line in self._config.host_keys:
            try:
                entry = HostKeyEntry.from_line(f"{self._config.host} {line.strip()}")
            except InvalidHostKey:
                entry = None
            if entry is None or entry.key is None:
                raise self._misconfigured("host-key-unreadable", "A pinned host key cannot be read.")
            keys.append(entry.key)
        return keys

    def _private_key(self) -> paramiko.PKey | None:
        if not self._config.private_key:
            return None
        for key_class in _KEY_CLASSES:
            try:
                return key_class.from_private_key(
                    io.StringIO(self._config.private_key), self._config.passphrase or None
                )
            except (paramiko.SSHException, ValueError):
                continue
        raise self._misconfigured("private-key-unreadable", "The private key cannot be read.")

    def _unreachable(self, error: BaseException) -> Failure:
        """Nothing was sent. Which of the failures that is, decides who must act."""
        cause = (self.system,)
        match error:
            case UnknownHostKey() | paramiko.ssh_exception.IncompatiblePeer():
                return self._stranger()
            case paramiko.AuthenticationException() if _was_decided(error):
                hint = "Check user, key or password of this system."
                words = f"{self.system} does not let the hub in."
                return ConfigurationFault("credentials-refused", words, cause=cause, hint=hint)
            case socket.gaierror():
                return Transient("name-not-resolved", f"{self.system} cannot be reached.", cause=cause)
            case TimeoutError():
                return Transient("connect-timeout", f"{self.system} did not answer in time.", cause=cause)
            case OSError():
                return Transient("connection-refused", f"{self.system} cannot be reached.", cause=cause)
            case _:
                return Transient("ssh-failed", f"{self.system} does not speak SSH as it should.", cause=cause)

    def _stranger(self) -> SecurityRefusal:
        return SecurityRefusal(
            "host-key-unknown",
            f"What answers for {self.system} shows a host key that is not pinned.",
            cause=(self.system,),
            hint="Ask the partner for its host key; pin it only if it comes from them.",
        )

    def _interrupted(self, error: BaseException) -> Transient:
        if isinstance(error, TimeoutError):
            return Transient(NO_ANSWER, f"{self.system} fell silent.", cause=(self.system,))
        return Transient(CUT, f"{self.system} cut the connection.", cause=(self.system,))

    def _misconfigured(self, code: str, words: str) -> ConfigurationFault:
        return ConfigurationFault(code, words, cause=(self.system,), hint="Check the settings of this system.")


def _other_algorithms(pinned: Sequence[paramiko.PKey]) -> list[str]:
    """What must not be negotiated: a far side with several host keys would else show one that is not pinned."""
    names = {key.get_name() for key in pinned}
    return [one for name, algorithms in _HOST_KEY_ALGORITHMS.items() if name not in names for one in algorithms]


def _was_decided(error: BaseException) -> bool:
    """paramiko reports a lost connection during authentication as a failed one; only words tell them apart."""
    return not any(word in str(error) for word in ("timeout", "EOF"))
