"""Proof of sender for webhooks signed by Standard Webhooks (standardwebhooks.com, v1). Free of Django."""

from __future__ import annotations

import base64
import hmac
import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from hub.core.errors import ConfigurationFault, SecurityRefusal

# The specification's own tolerance, in both directions.
TOLERANCE = timedelta(minutes=5)
#: What every signing secret begins with; behind it stand 24 to 64 random bytes in base64.
SECRET_PREFIX = "whsec_"  # noqa: S105
_SECRET_BYTES = 32


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Raises SecurityRefusal unless one of `secrets` signed `body` within five minutes of `now`.

    `secrets` are `whsec_…`; while one is rolled, both the new and the old are given. `headers` has lower-case
    names. `now` is the machine's time.
    """
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "")
    if not (webhook_id and timestamp and signatures):
        raise SecurityRefusal("signature-missing", "The webhook carries no complete signature.")
    if not (webhook_id + signatures).isascii():
        raise SecurityRefusal("signature-wrong", "The signature is not one.")
    signed_at = _signed_at(timestamp)
    if abs(now - signed_at) > TOLERANCE:
        raise SecurityRefusal("signature-not-fresh", "The webhook was not signed within the last five minutes.")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise SecurityRefusal("signature-wrong", "The signature does not match the body.") from error
    offered = [part.encode() for part in signatures.split(" ") if part.startswith("v1,")]
    for secret in secrets:
        expected = _signer(secret).sign(webhook_id, signed_at, text).encode()
        if any(hmac.compare_digest(expected, signature) for signature in offered):
            return
    raise SecurityRefusal("signature-wrong", "The signature does not match the body.")


def sign(body: bytes, webhook_id: str, secret: str, at: datetime) -> dict[str, str]:
    """The headers that a sender puts on `body`."""
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": _signer(secret).sign(webhook_id, at.astimezone(UTC), body.decode()),
    }


def _signed_at(timestamp: str) -> datetime:
    # Nothing longer is a time of this age of the world, and int() is not to be fed megabytes.
    if len(timestamp) > 11 or not (timestamp.isascii() and timestamp.isdecimal()):
        raise SecurityRefusal("signature-missing", "The webhook's timestamp is not in seconds.")
    return datetime.fromtimestamp(int(timestamp), UTC)


@lru_cache(maxsize=64)
def _signer(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise ConfigurationFault(
            "webhook-secret-malformed",
            "A webhook secret of this feed is not whsec_ and base64.",
            hint="Copy the secret from the sender's console again.",
        ) from error
