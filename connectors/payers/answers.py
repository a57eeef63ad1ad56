"""What a client must know of an answer at once: the payer's number for it, and whether it is one at all."""

from __future__ import annotations

from connectors.formats.x12 import (
    EligibilityAnswer,
    InterchangeAcknowledgement,
    ReviewResponse,
    StatusAnswer,
    TransactionHeader,
    TransactionResponse,
    read,
)
from connectors.formats.x12.status_inquiry import PAYER_CLAIM_NUMBER
from connectors.payers.claim_statuses import in_words
from hub.core.errors import BusinessRefusal, DataFault, Failure


def reference_of(document: bytes) -> str:
    """The payer's own number: of the certification, of the claim, of its answer. "" where it gave none."""
    for item in read([document]):
        match item:
            case ReviewResponse():
                return next((each.number for each in item.decisions if each.number), "")
            case StatusAnswer():
                return item.reference(PAYER_CLAIM_NUMBER)
            case EligibilityAnswer():
                return next((each.number for each in item.traces if each.kind == "1"), "")
    return ""


def refusal_of(document: bytes, expected: str, system: str) -> Failure | None:
    """Why this is no answer to what was asked, or None where it is one, sound or not.

    `expected` is its ST01. A 999 or TA1 says that our request broke the payer's rules; a 277 that names no claim says
    that the payer went no further than the provider.
    """
    codes: set[str] = set()
    for item in read([document]):
        match item:
            case InterchangeAcknowledgement() if not item.accepted:
                return _broken(system, f"TA1 {item.note}", f"the interchange was refused: {item.reason}")
            case TransactionResponse() if not item.accepted:
                places = [f"{error.segment_id} in segment {error.position}" for error in item.errors[:5]]
                return _broken(system, "999", "; ".join(places) or "the transaction was refused")
            case StatusAnswer() if item.subscriber is None:
                said = ", ".join(in_words(code) for standing in item.standings for code in standing.codes)
                return BusinessRefusal(
                    "inquiry-refused",
                    f"{system} does not answer for this provider ({said}).",
                    cause=(system, said),
                    hint="Check the provider's enrollment with the payer.",
                )
            case TransactionHeader():
                codes.add(item.code)
    if codes and expected not in codes:
        found = ", ".join(code for code in sorted(codes) if code.isdigit()) or "another transaction"
        return _broken(system, found, f"it answered with {found} where {expected} was expected")
    return None


def _broken(system: str, code: str, why: str) -> DataFault:
    return DataFault(
        "inquiry-broke-the-rules",
        f"{system} could not read the inquiry: {why}.",
        cause=(system, code),
        hint="Compare the inquiry with the payer's companion guide.",
    )
