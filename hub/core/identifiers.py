"""Identifiers of patients (account, claim, visit numbers) as pages and the API show them."""

from __future__ import annotations

import re

from hub.core.masking import HIDDEN

_SHOWN = 4
_DIGIT = re.compile(r"\d")
# Shorter parts of a key are step names, kinds and counters.
_SHORTEST = 5


def masked_identifier(value: str) -> str:
    """An identifier by its last four characters; a short one is hidden whole."""
    if not value:
        return ""
    return f"{HIDDEN}{value[-_SHOWN:]}" if len(value) > _SHOWN else HIDDEN


def masked_key(key: str) -> str:
    """A key made of parts (`W3:A700311:receivable`): the parts that may identify a patient are masked."""
    return ":".join(masked_identifier(part) if _may_identify(part) else part for part in key.split(":"))


def _may_identify(part: str) -> bool:
    return len(part) >= _SHORTEST and bool(_DIGIT.search(part))
