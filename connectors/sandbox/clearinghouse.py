"""The sandbox's clearinghouse: takes 837P and 837I files from its SFTP, answers each with a 999 and a 277CA.

On demand it cannot read the next interchange, and says so by a TA1 alone.

    python -m connectors.sandbox.clearinghouse --port 8103

What it answers depends on the file alone, so that a file it was killed over is answered the same way again.
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from connectors.clearinghouse.files import Items
from connectors.formats.x12 import (
    Acknowledgement,
    ClaimAcknowledgement,
    ClaimStatusReport,
    ClaimStatusStart,
    InstitutionalClaim,
    InterchangeAcknowledgement,
    InterchangeHeader,
    Name,
    OutgoingInterchange,
    ProfessionalClaim,
    Status,
    StatusCode,
    SubmissionEnd,
    SubmissionStart,
    acknowledge,
    write_277ca,
    write_999,
    write_ta1,
)
from connectors.formats.x12.claim_status import ACCEPT, REJECT, REJECTING
from connectors.formats.x12.claims import REPLACEMENT, VOID
from connectors.formats.x12.interchange_acknowledgement import REJECTED
from connectors.sandbox import group, payer_rules, settings
from connectors.sandbox.claims_kept import Claim, ClaimShelf, KeptClaim, payer_number
from connectors.sandbox.sftp import SftpSite
from connectors.translation import Incoming
from hub.core.money import ZERO

IDENTIFIER, NAME = "CLRHOUSE", "Clearview Exchange"
_SECONDS_BETWEEN_LOOKS = 0.3
_PAYER_IDS = frozenset(payer.payer_id for payer in group.PAYERS if payer.payer_id)
_CONTROL_NUMBERS = 10**9
# TA105 of an interchange that was refused on demand: the receiver's id is unknown.
_REFUSED_NOTE = "009"
# GS01 of a 999, which nobody answers.
_ACKNOWLEDGEMENTS = "FA"


class Clearinghouse:
    """Works on the folders below `home`; `shelf` is what the payers adjudicate later."""

    def __init__(self, home: Path) -> None:
        self.root = home / "sftp"
        self.inbound = self.root / settings.SFTP_INBOUND.strip("/")
        self.outbound = self.root / settings.SFTP_OUTBOUND.strip("/")
        self.shelf = ClaimShelf(home / "claims.jsonl")
        self._refusing = home / "refuse-next-interchange"
        for folder in (self.inbound / "done", self.inbound / "rejected", self.outbound):
            folder.mkdir(parents=True, exist_ok=True)

    def work(self) -> int:
        """Answer every file that lies there; returns how many."""
        files = sorted(path for path in self.inbound.iterdir() if path.is_file() and path.suffix == ".x12")
        for path in files:
            self._answer(path)
        return len(files)

    def refuse_next_interchange(self) -> None:
        """The next file of claims is refused as a whole by a TA1."""
        self._refusing.touch()

    def waiting(self) -> bool:
        """Whether a file lies here that either side has not taken yet."""
        return any(path.is_file() for folder in (self.inbound, self.outbound) for path in folder.iterdir())

    def put(self, name: str, content: bytes) -> None:
        """For the hub to fetch; under another name until it is whole, so that nobody takes half a file."""
        part = self.outbound / f"{name}.part"
        part.write_bytes(content)
        part.rename(self.outbound / name)

    def _answer(self, path: Path) -> None:
        content = path.read_bytes()
        answers = acknowledge([content])
        batch = _Batch(content)
        if answers and all(answer.group.functional_id == _ACKNOWLEDGEMENTS for answer in answers):
            path.rename(self.inbound / "done" / path.name)
            return
        if not answers or batch.received is None:
            path.rename(self.inbound / "rejected" / path.name)
            return
        number = int(answers[0].group.control_number)
        reply = batch.reply(number, batch.received + timedelta(minutes=1))
        if self._refusing.exists():
            self.put(f"TA1-{number:09}.x12", write_ta1([batch.refused(number)], interchange=reply))
            path.rename(self.inbound / "rejected" / path.name)
            self._refusing.unlink()
            return
        self.put(f"999-{number:09}.x12", write_999(answers, interchange=reply))
        taken = self._take(batch, batch.received, _accepted(answers))
        if taken:
            reply = batch.reply((number + 1) % _CONTROL_NUMBERS, batch.received + timedelta(minutes=2))
            self.put(f"277CA-{number:09}.x12", _status_answer(taken, batch, number, reply))
        path.rename(self.inbound / "done" / path.name)

    def _take(self, batch: _Batch, received: datetime, accepted: frozenset[str]) -> list[tuple[KeptClaim, Status]]:
        """Claims that passed the syntax check, each with what the payer's front door says of it."""
        shelved = self.shelf.all()
        numbers = {kept.payer_number for kept in shelved.values()}
        taken: list[tuple[KeptClaim, Status]] = []
        fresh: list[KeptClaim] = []
        for control, claim in batch.claims:
            if control not in accepted:
                continue
            kept = KeptClaim(control, payer_number(claim), received, claim)
            known = shelved.get(claim.account_number)
            code = _judge(claim, numbers, repeated=known is not None and known.control != control)
            action = REJECT if code.category in REJECTING else ACCEPT
            taken.append((kept, Status((code,), action, received.date(), claim.charge)))
            if known is None and action == ACCEPT:
                shelved[claim.account_number] = kept
                fresh.append(kept)
        self.shelf.add(fresh)
        return taken


def _judge(claim: Claim, numbers: Set[str], *, repeated: bool) -> StatusCode:
    """A2 accepted into adjudication; A3 refused: 54 duplicate, 464 the payer's claim number of the claim that this one
    replaces or voids, 478 unknown payer, 164 member number."""
    if repeated:
        return StatusCode("A3", "54", "PR")
    if claim.frequency_code in (REPLACEMENT, VOID) and claim.original_claim_number not in numbers:
        return StatusCode("A3", "464", "PR")
    if claim.payer.identifier not in _PAYER_IDS:
        return StatusCode("A3", "478", "PR")
    if not claim.subscriber.member_id or claim.subscriber.member_id == payer_rules.unknown().patient.member_id:
        return StatusCode("A3", "164", "IL")
    return StatusCode("A2", "20", "PR")


def _status_answer(
    taken: Sequence[tuple[KeptClaim, Status]], batch: _Batch, number: int, reply: OutgoingInterchange
) -> bytes:
    day = reply.created.date()
    total = sum((kept.claim.charge for kept, _ in taken), ZERO)
    start = ClaimStatusStart(
        source=Name("AY", NAME, id_qualifier="46", id=IDENTIFIER, person=False),
        receiver=Name("41", batch.submitter_name, id_qualifier="46", id=batch.sender, person=False),
        reference=f"{number:09}",
        source_trace=f"{number:09}",
        batch_reference=batch.reference or f"{number:09}",
        received=day,
        processed=day,
        created=day,
        statuses=(Status((StatusCode("A1", "19", "PR"),), ACCEPT, day, total),),
    )
    claims = [_claim_answer(kept, status) for kept, status in taken]
    return write_277ca([ClaimStatusReport(start, claims)], interchange=reply)


class _Batch:
    """What one 837 file holds."""

    def __init__(self, content: bytes) -> None:
        self.sender = self.reference = self.submitter_name = ""
        self.claims: list[tuple[str, Claim]] = []
        items = Items(Incoming(system=IDENTIFIER, feed="", body=content))
        waiting: list[Claim] = []
        for item in items:
            match item:
                case InterchangeHeader():
                    self.sender = item.sender
                case SubmissionStart():
                    self.reference = self.reference or item.reference
                    self.submitter_name = self.submitter_name or item.submitter.name
                case ProfessionalClaim() | InstitutionalClaim():
                    waiting.append(item)
                case SubmissionEnd():
                    control = f"{item.header.group_control}:{item.header.control_number}"
                    self.claims += [(control, claim) for claim in waiting]
                    waiting.clear()
        # A file's own time stands for its arrival: the answer to it is always the same.
        self.received = items.created

    def refused(self, number: int) -> InterchangeAcknowledgement:
        """The TA1 for this interchange: ISA13 of what the hub sends is its GS06."""
        return InterchangeAcknowledgement(
            control_number=f"{number:09}", status=REJECTED, note=_REFUSED_NOTE, created=self.received
        )

    def reply(self, number: int, at: datetime) -> OutgoingInterchange:
        return OutgoingInterchange(
            sender=IDENTIFIER,
            receiver=self.sender,
            control_number=number,
            group_control_number=number,
            created=at,
        )


def _accepted(acknowledgements: Sequence[Acknowledgement]) -> frozenset[str]:
    return frozenset(
        f"{answer.group.control_number}:{transaction.control_number}"
        for answer in acknowledgements
        for transaction in answer.transactions
        if transaction.accepted
    )


def _claim_answer(kept: KeptClaim, status: Status) -> ClaimAcknowledgement:
    claim = kept.claim
    days = [line.service_date for line in claim.lines if line.service_date]
    return ClaimAcknowledgement(
        account_number=claim.account_number,
        patient=Name(
            "QC", claim.subscriber.last, claim.subscriber.first, id_qualifier="MI", id=claim.subscriber.member_id
        ),
        statuses=(status,),
        provider=Name("85", claim.billing.name, id_qualifier="XX", id=claim.billing.npi, person=False),
        payer_claim_number=kept.payer_number if status.action == ACCEPT else "",
        service_start=min(days, default=kept.received.date()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox.clearinghouse", description=__doc__)
    parser.add_argument("--port", type=int, default=settings.sftp_port())
    given = parser.parse_args()
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    house = Clearinghouse(settings.state_dir())
    site = SftpSite(house.root, given.port)
    site.start()
    while not stopping.wait(_SECONDS_BETWEEN_LOOKS):
        house.work()
    site.stop()


if __name__ == "__main__":
    main()
