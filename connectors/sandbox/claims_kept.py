"""The claims that the sandbox's payers have before them: one line of JSON each, appended as they come in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from connectors.formats.x12 import InstitutionalClaim, ProfessionalClaim
from connectors.formats.x12.claims import REPLACEMENT, VOID

Claim = ProfessionalClaim | InstitutionalClaim
_FORMS: Mapping[str, type[Claim]] = {"837P": ProfessionalClaim, "837I": InstitutionalClaim}


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """A claim as it was received. `control` is "<GS06>:<ST02>"; `payer_number` the payer's own number for it."""

    control: str
    payer_number: str
    received: datetime
    claim: Claim


class _Line(msgspec.Struct, frozen=True):
    """A kept claim in the file; its form says how the claim reads."""

    form: str
    control: str
    payer_number: str
    received: datetime
    claim: msgspec.Raw


class ClaimShelf:
    """The file of claims. A line cut short by a kill was never answered, and its claim comes again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, claims: Iterable[KeptClaim]) -> None:
        lines = b"".join(_encoded(kept) + b"\n" for kept in claims)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def all(self) -> dict[str, KeptClaim]:
        """By claim number (CLM01), the first of each: a claim sent twice is refused by the clearinghouse."""
        kept: dict[str, KeptClaim] = {}
        if not self._path.exists():
            return kept
        for line in self._path.read_bytes().split(b"\n"):
            try:
                claim = _decoded(line)
            except msgspec.DecodeError:
                continue
            kept.setdefault(claim.claim.account_number, claim)
        return kept

    def standing(self) -> dict[str, KeptClaim]:
        """Those that a payer is to decide: neither replaced nor taken back, and no order to take one back."""
        kept = self.all()
        over = {
            one.claim.original_claim_number
            for one in kept.values()
            if one.claim.frequency_code in (REPLACEMENT, VOID)
        }  # fmt: skip
        return {
            number: one
            for number, one in kept.items()
            if one.payer_number not in over and one.claim.frequency_code != VOID
        }  # fmt: skip


def payer_number(claim: Claim) -> str:
    """The payer's claim control number: always the same for the same claim number at the same payer."""
    digest = hashlib.sha256(f"{claim.payer.identifier} {claim.account_number}".encode()).hexdigest()
    return f"{claim.payer.identifier}{int(digest[:12], 16) % 10**10:010}"


def _encoded(kept: KeptClaim) -> bytes:
    form = next(name for name, of_form in _FORMS.items() if isinstance(kept.claim, of_form))
    claim = msgspec.Raw(msgspec.json.encode(kept.claim))
    return msgspec.json.encode(_Line(form, kept.control, kept.payer_number, kept.received, claim))


def _decoded(line: bytes) -> KeptClaim:
    read = msgspec.json.decode(line, type=_Line)
    claim = msgspec.json.decode(read.claim, type=_FORMS[read.form])
    return KeptClaim(read.control, read.payer_number, read.received, claim)
