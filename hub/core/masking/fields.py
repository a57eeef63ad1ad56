"""Fields whose class is known: those of events, by their contract, and the headers of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.core.masking.values import HIDDEN

#: The classes of fields that are hidden; what is financial is shown to whoever may see the page.
HIDDEN_CLASSES = frozenset({"pii", "phi"})
_HARMLESS_HEADERS = frozenset(
    """
    accept accept-encoding content-encoding content-length content-type date host idempotency-key retry-after server
    traceparent user-agent webhook-id webhook-timestamp x-contract-version x-request-id
    """.split()
)


def mask_fields(value: Any, classification: Mapping[str, str]) -> Any:
    """A copy of `value` in which the fields of a hidden class are masked, at whatever depth their name stands.

    `classification` is that of a contract: field name to none, pii, phi or financial. A field that it does not name
    is shown: give it what is under contract.
    """
    if isinstance(value, Mapping):
        return {
            key: _hidden(item)
            if str(classification.get(key, "none")) in HIDDEN_CLASSES
            else mask_fields(item, classification)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask_fields(item, classification) for item in value]
    return value


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without what proves or names somebody."""
    return {name: value if name.lower() in _HARMLESS_HEADERS else HIDDEN for name, value in headers.items()}


def _hidden(value: Any) -> Any:
    """Every value masked, its structure kept. What is empty stays: it hides nothing."""
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return value if value is None or value == "" else HIDDEN
