"""TLS for MLLP, both ways: one place that says what is trusted, and which file is wrong."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from hub.core.errors import ConfigurationFault


def server_context(certificate: Path, key: Path, *, client_ca: Path | None = None) -> ssl.SSLContext:
    """For a listener: TLS 1.2 or later. With `client_ca`, senders must show a certificate that it signed.

    `certificate` holds the chain, the listener's own first. Raises ConfigurationFault naming the file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _loaded(certificate, lambda: context.load_cert_chain(certificate, key))
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _loaded(client_ca, lambda: context.load_verify_locations(client_ca))
    return context


def client_context(
    *, ca: Path | None = None, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """For a sender: the far side must be who it says it is, by `ca`, or by the machine's own list.

    With `certificate` and `key` it shows who it is itself. Raises ConfigurationFault naming the file.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        _loaded(ca, lambda: context.load_verify_locations(ca))
    if certificate is not None:
        _loaded(certificate, lambda: context.load_cert_chain(certificate, key))
    return context


def _loaded(path: Path, load: Callable[[], None]) -> None:
    try:
        load()
    except (OSError, ssl.SSLError) as error:
        words = f"{path.name} and what belongs to it cannot be used for TLS ({type(error).__name__})."
        hint = "Name PEM files that this process may read: the certificate with its chain, its key, the CA."
        raise ConfigurationFault("tls-files", words, cause=(path.name,), hint=hint) from error
