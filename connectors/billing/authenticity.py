"""Proof of sender for billing's webhooks: Standard Webhooks signatures."""

from connectors.webhook_signature import TOLERANCE, sign, verify

__all__ = ["TOLERANCE", "sign", "verify"]
