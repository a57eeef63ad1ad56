"""What makes a change the same one: the version of the resource that it is (`Encounter/12/_history/3`)."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.translation import Identity

#: The header by which the poller says which version a message is (RFC 9110 §8.7).
VERSION = "content-location"
#: The system of the identifier by which the hub finds what it wrote, and what was answered to it.
IDENTIFIER_SYSTEM = "urn:throughline:posting-key"
_LONGEST = 160


def identify(headers: Mapping[str, str], head: bytes, sha256: str) -> Identity:
    """The version that was read; the body's digest for what came by another way (a notification, a file)."""
    version = headers.get(VERSION, "")
    if not version or len(version) > _LONGEST or not version.isprintable():
        return Identity(f"sha256:{sha256}")
    return Identity(version, version.partition("/_history/")[0][:120])


def version_key(kind: str, identifier: str, version: str) -> str:
    return f"{kind}/{identifier}/_history/{version}"


def version_of(headers: Mapping[str, str], head: bytes) -> str:
    """The release that is read here; a resource does not say its own."""
    return "R4"
