"""The claims that the sandbox's payers have before them: one line of JSON each, appended as they come in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from connectors.formats.x12 import ProfessionalClaim


class KeptClaim(msgspec.Struct, frozen=True):
    """A claim as it was received. `control` is "<GS06>:<ST02>"; `payer_number` the payer's own number for it."""

    control: str
    payer_number: str
    received: datetime
    claim: ProfessionalClaim


class ClaimShelf:
    """The file of claims. A line cut short by a kill was never answered, and its claim comes again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, claims: Iterable[KeptClaim]) -> None:
        lines = b"".join(msgspec.json.encode(claim) + b"\n" for claim in claims)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def all(self) -> dict[str, KeptClaim]:
        """By account number, the first of each: a claim sent twice is refused by the clearinghouse."""
        kept: dict[str, KeptClaim] = {}
        if not self._path.exists():
            return kept
        for line in self._path.read_bytes().split(b"\n"):
            try:
                claim = msgspec.json.decode(line, type=KeptClaim)
            except msgspec.DecodeError:
                continue
            kept.setdefault(claim.claim.account_number, claim)
        return kept


def payer_number(claim: ProfessionalClaim) -> str:
    """The payer's claim control number: always the same for the same account at the same payer."""
    digest = hashlib.sha256(f"{claim.payer.identifier} {claim.account_number}".encode()).hexdigest()
    return f"{claim.payer.identifier}{int(digest[:12], 16) % 10**10:010}"
