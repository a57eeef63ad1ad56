"""Proof of sender for notifications: the subscription's bearer token, or a signature of the body.

FHIR R4 leaves it to the subscription's `channel.header`: a server sends there what it was told to. `Authorization:
Bearer …` is the usual one; servers that sign send the hex HMAC-SHA256 of the body as `X-Signature`. A notification
tells only that there is something to read, so that one that is sent again does no harm.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from hub.core.errors import SecurityRefusal

_BEARER = "bearer"


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Raises SecurityRefusal unless one of `secrets` is the bearer token or signed `body`.

    While a secret is rolled, both the new and the old are given. `headers` has lower-case names.
    """
    if signature := headers.get("x-signature", ""):
        if any(_equal(sign(body, secret), signature.lower()) for secret in secrets):
            return
        raise SecurityRefusal("signature-wrong", "The signature does not match the body.")
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != _BEARER or not token:
        raise SecurityRefusal("signature-missing", "The notification carries neither a bearer token nor a signature.")
    if not any(_equal(secret, token.strip()) for secret in secrets):
        raise SecurityRefusal("token-wrong", "The notification's bearer token is not the one of this subscription.")


def sign(body: bytes, secret: str) -> str:
    """What a sender puts into `X-Signature`."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _equal(one: str, other: str) -> bool:
    # Bytes: text beyond ASCII would raise where it should be refused.
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
