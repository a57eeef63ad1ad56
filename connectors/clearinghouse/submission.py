"""One 837 file for a batch of claims of one form, under a name that leads back to every claim in it.

The name holds a mark of each claim's posting key, so that listing the clearinghouse's folders answers whether a
claim was sent, and with which control number, however the batch was cut.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.clearinghouse.responses import control_number
from connectors.formats.x12 import (
    Contact,
    InstitutionalClaim,
    OutgoingInterchange,
    ProfessionalClaim,
    Receiver,
    Submitter,
    UnwritableValue,
    write_837i,
    write_837p,
)
from hub.core.errors import DataFault

# File names end at 255 bytes; each mark takes thirteen of them.
MOST_CLAIMS = 16
_MARK_LENGTH = 12
_SUFFIX = ".x12"
# ISA13 and GS06 hold nine digits.
_CONTROL_NUMBERS = 10**9


Claim = ProfessionalClaim | InstitutionalClaim

#: By the word that a payload has for it: the typed claim, and how its files begin.
FORMS: Mapping[str, type[Claim]] = {"professional": ProfessionalClaim, "institutional": InstitutionalClaim}
_PREFIXES: Mapping[type[Claim], str] = {ProfessionalClaim: "837P-", InstitutionalClaim: "837I-"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are to the clearinghouse, and it to us: options of the system."""

    submitter_id: str
    receiver_id: str
    submitter_name: str
    receiver_name: str
    contact_name: str
    contact_phone: str
    usage: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Identity:
        return cls(
            submitter_id=str(options.get("submitter_id", "THROUGHLINE")),
            receiver_id=str(options.get("receiver_id", "CLEARINGHOUSE")),
            submitter_name=str(options.get("submitter_name", "THROUGHLINE")),
            receiver_name=str(options.get("receiver_name", "CLEARINGHOUSE")),
            contact_name=str(options.get("contact_name", "BILLING OFFICE")),
            contact_phone=str(options.get("contact_phone", "3125550100")),
            usage=str(options.get("usage", "P")),
        )


def claim_of(payload: Mapping[str, Any]) -> Claim:
    """The typed claim of a `claim.submit` payload: `{"form": "institutional", "claim": msgspec.to_builtins(claim)}`.

    Without a form it is professional. Raises DataFault where the payload is no claim; the message names the place.
    """
    try:
        form = FORMS[str(payload.get("form") or "professional")]
    except KeyError as error:
        raise DataFault("claim-malformed", "The payload has a form that is none.", cause=("form",)) from error
    try:
        return msgspec.convert(payload["claim"], form, strict=False)
    except KeyError as error:
        raise DataFault("claim-malformed", "The payload has no claim.", cause=("claim",)) from error
    except msgspec.ValidationError as error:
        place = str(error).partition(" - at ")[2].strip("`") or "$"
        raise DataFault("claim-malformed", f"The claim cannot be read at {place}.", cause=(place,)) from error


def check_claim(claim: Claim, identity: Identity, created: datetime) -> None:
    """Raises DataFault naming the element where this claim cannot be written, so that the others still can."""
    try:
        _write([claim], identity, name=file_name([claim.account_number], type(claim)), created=created)
    except UnwritableValue as error:
        raise DataFault(
            "claim-unwritable",
            f"The claim cannot be written: {error}.",
            cause=(error.element, error.reason),
            hint="Correct the value where it is mastered, then replay.",
            subject={"element": error.element},
        ) from error


def write_batch(claims: Sequence[Claim], identity: Identity, *, name: str, created: datetime) -> bytes:
    """The file for `claims` of one form, in order: the first is ST02 0001."""
    return _write(claims, identity, name=name, created=created)


def file_name(posting_keys: Sequence[str], form: type[Claim] = ProfessionalClaim) -> str:
    """837P-<mark>-<mark>….x12, or 837I-…"""
    return _PREFIXES[form] + "-".join(_mark(key) for key in posting_keys) + _SUFFIX


def control_number_in(name: str, posting_key: str) -> str | None:
    """The control number of the claim with `posting_key` in the file `name`; None where it is not in there."""
    if not (name.startswith(tuple(_PREFIXES.values())) and _SUFFIX in name):
        return None
    marks = _marks(name).split("-")
    mark = _mark(posting_key)
    if mark not in marks:
        return None
    return control_number(str(_group_number(name)), f"{marks.index(mark) + 1:04}")


def _write(claims: Sequence[Claim], identity: Identity, *, name: str, created: datetime) -> bytes:
    number = _group_number(name)
    submitter = Submitter(
        identity.submitter_name, identity.submitter_id, Contact("IC", identity.contact_name, identity.contact_phone)
    )
    receiver = Receiver(identity.receiver_name, identity.receiver_id)
    interchange = OutgoingInterchange(
        sender=identity.submitter_id,
        receiver=identity.receiver_id,
        control_number=number,
        group_control_number=number,
        created=created,
        usage=identity.usage,
    )
    institutional = [claim for claim in claims if isinstance(claim, InstitutionalClaim)]
    if institutional:
        return write_837i(
            institutional, submitter=submitter, receiver=receiver, reference=f"B{number}", interchange=interchange
        )
    professional = [claim for claim in claims if isinstance(claim, ProfessionalClaim)]
    return write_837p(
        professional, submitter=submitter, receiver=receiver, reference=f"B{number}", interchange=interchange
    )


def _group_number(name: str) -> int:
    """GS06 and ISA13 of the file: made from its marks, so that a name alone tells them. Never 0."""
    return int(hashlib.sha256(_marks(name).encode()).hexdigest()[:15], 16) % (_CONTROL_NUMBERS - 1) + 1


def _marks(name: str) -> str:
    """What stands between the form and the suffix; a file moved to an archive may have got a counter: a.1.x12."""
    return name.partition("-")[2].partition(".")[0]


def _mark(posting_key: str) -> str:
    return hashlib.sha256(posting_key.encode()).hexdigest()[:_MARK_LENGTH]
