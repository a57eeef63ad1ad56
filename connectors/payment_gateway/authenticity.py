"""Proof of sender for gateway webhooks: the Stripe signature scheme, v1.

Done here and not with the `stripe` package: importing that costs each process 29 MB, its errors carry the
whole body, and it lets signatures from the future pass. The tests hold it against that package.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hub.core.errors import ConfigurationFault, SecurityRefusal

HEADER = "stripe-signature"
# The gateway's own tolerance, here in both directions.
TOLERANCE = timedelta(minutes=5)


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Raises SecurityRefusal unless one of `secrets` signed `body` within five minutes of `now`.

    While a secret is rolled the gateway signs with both, and both may be given here. `headers` has lower-case
    names. `now` is the machine's time.
    """
    signed_at, signatures = _parts(headers.get(HEADER, ""))
    if abs(now - datetime.fromtimestamp(int(signed_at), UTC)) > TOLERANCE:
        raise SecurityRefusal("signature-not-fresh", "The webhook was not signed within the last five minutes.")
    for secret in secrets:
        expected = _signature(body, signed_at, secret)
        if any(hmac.compare_digest(expected, signature) for signature in signatures):
            return
    raise SecurityRefusal("signature-wrong", "The signature does not match the body.")


def sign(body: bytes, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The header that the gateway puts on `body`."""
    signed_at = str(int(at.timestamp()))
    signatures = [f"v1={_signature(body, signed_at, secret)}" for secret in secrets]
    return {HEADER: ",".join([f"t={signed_at}", *signatures])}


def _parts(header: str) -> tuple[str, list[str]]:
    """(timestamp, v1 signatures). Other schemes in the header are the gateway's own affair."""
    pairs = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1" and value.isascii()]
    # Nothing longer is a time of this age of the world, and int() is not to be fed megabytes.
    if not signatures or len(times) != 1 or len(times[0]) > 11 or not _is_number(times[0]):
        raise SecurityRefusal("signature-missing", "The webhook carries no complete signature.")
    return times[0], signatures


def _signature(body: bytes, signed_at: str, secret: str) -> str:
    if not secret:
        raise ConfigurationFault(
            "webhook-secret-malformed",
            "A webhook secret of this feed is empty.",
            hint="Copy the secret from the gateway's console again.",
        )
    return hmac.new(secret.encode(), signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
