"""What makes a change the same one: the record and when it was last written (`gnuhealth.appointment/12/1794…`)."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.translation import Identity

#: The header by which the poller says which change a message is (RFC 9110 §8.7).
CHANGE = "content-location"
_LONGEST = 160


def identify(headers: Mapping[str, str], head: bytes, sha256: str) -> Identity:
    """The change that was read; the body's digest for a file."""
    change = headers.get(CHANGE, "")
    if not change or len(change) > _LONGEST or not change.isprintable():
        return Identity(f"sha256:{sha256}")
    return Identity(change, change.rpartition("/")[0][:120])
