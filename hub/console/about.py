"""What a list is about, where its name must not stand in the URL: sealed, so that the address says nothing."""

from __future__ import annotations

from hub.core.errors import ConfigurationFault
from hub.core.sealing import vault


def sealed(text: str) -> str:
    """`text` as a parameter of an address. Sealing the same text twice gives two addresses."""
    return vault().seal(text.encode()).decode().rstrip("=")


def opened(token: str) -> str:
    """What `sealed` sealed; empty for anything else."""
    try:
        return vault().open(token.encode("ascii") + b"=" * (-len(token) % 4)).decode()
    except (ConfigurationFault, UnicodeEncodeError):
        return ""
