"""Proof of sender for scheduling webhooks: Standard Webhooks signatures."""

from connectors.webhook_signature import TOLERANCE, sign, verify

__all__ = ["TOLERANCE", "sign", "verify"]
