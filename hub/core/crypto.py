"""Encryption at rest: Fernet with rotation. The first key encrypts, all keys decrypt."""

from __future__ import annotations

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hub.core.errors import ConfigurationFault


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class Vault:
    """Seals and opens bytes with the hub's payload keys.

    Raises ConfigurationFault when none of the keys opens a token: a key was removed too early.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._fernet = _fernet(keys)

    def seal(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        try:
            return self._fernet.decrypt(bytes(sealed))
        except InvalidToken as error:
            raise ConfigurationFault(
                "payload-key-missing",
                "No configured key opens this stored payload.",
                hint="Put the retired key back at the end of HUB_PAYLOAD_KEYS.",
            ) from error
