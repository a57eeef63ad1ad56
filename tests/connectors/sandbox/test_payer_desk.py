"""The sandbox's payers at their desks: claims, second coverage, and questions that they cannot read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.formats.x12 import ProfessionalClaim, StatusAnswer, read_inquiries
from connectors.payers.asking import Parties, question
from connectors.payers.payloads import ClaimStatusInquiry, EligibilityInquiry, Member
from connectors.sandbox import group, payer_rules
from connectors.sandbox.claims_kept import ClaimShelf, KeptClaim, payer_number
from connectors.sandbox.payer_books import PayerBooks
from connectors.sandbox.payer_desk import Answer, Desk
from connectors.sandbox.remitting import DENIALS, Remitting
from hub.core import clock
from hub.core.events.coverage import EligibilityChecked
from tests.connectors.formats.x12.cast import claim
from tests.connectors.payers.cast import claim_status, eligibility, payer, request, understood, visit_at


class Office:
    """A payer's desk with its books and the claims that reached it."""

    def __init__(self, home: Path, code: str) -> None:
        self.payer = payer(code)
        self.shelf = ClaimShelf(home / "claims.jsonl")
        self.desk = Desk(self.payer, PayerBooks(home / "books.sqlite"), self.shelf)

    def keep(self, claim: ProfessionalClaim) -> None:
        self.shelf.add([KeptClaim("1:0001", payer_number(claim), clock.now(), claim)])

    def ask(self, inquiry: ClaimStatusInquiry | EligibilityInquiry) -> Answer:
        parties = Parties.of({"payer_id": self.payer.payer_id, "originator": "1364410028"}, "payer")
        made = request(inquiry)
        asked = question(
            made.operation, made.payload, parties, posting_key=made.posting_key, created=clock.now()
        )  # fmt: skip
        return self.desk.answer(asked.content)

    def status(self, inquiry: ClaimStatusInquiry) -> StatusAnswer:
        [found] = [item for item in read_inquiries([self.ask(inquiry).content]) if isinstance(item, StatusAnswer)]
        return found


@pytest.mark.parametrize(("code", "decided"), [("AETNA", "F1"), ("BCBS", "F2")])
def test_a_claim_is_pending_until_its_payer_has_decided_it(tmp_path: Path, code: str, decided: str) -> None:
    office = Office(tmp_path, code)
    visit = visit_at(code)
    to = payer(code)
    sent = claim(visit.account)
    office.keep(claim(visit.account, payer=type(sent.payer)(name=to.name, identifier=to.payer_id)))
    pending = office.status(claim_status(visit))
    with clock.travel(payer_rules.CLAIM_TAKES + timedelta(hours=1)):
        known = office.status(claim_status(visit))

    paid = Remitting(office.shelf.standing()).payment_of(visit.account)
    assert paid is not None
    assert (pending.standings[0].category, known.standings[0].category) == ("P1", decided)
    assert (known.standings[0].paid, known.standings[0].charge) == (paid.paid, paid.charge)
    assert known.reference("1K") == pending.reference("1K") == paid.payer_claim_number
    assert (code in DENIALS) is paid.is_denied


def test_a_claim_of_another_payer_is_not_found(tmp_path: Path) -> None:
    office = Office(tmp_path, "BCBS")
    visit = visit_at("AETNA")
    office.keep(claim(visit.account))
    assert office.status(claim_status(visit)).standings[0].category == "D0"


def test_a_second_payer_knows_its_member_as_well(tmp_path: Path) -> None:
    visit = next(iter(payer_rules.secondary_members().values()))
    other = payer(visit.patient.secondary_payer)
    asked = eligibility(visit, member=Member(last="A", first="B", member_id=visit.patient.secondary_member_id))
    event = understood(Office(tmp_path, other.code).ask(asked).content)
    assert isinstance(event, EligibilityChecked)
    assert (event.status, event.payer) == ("active", other.payer_id)


def test_what_cannot_be_read_is_answered_by_a_999(tmp_path: Path) -> None:
    answer = Office(tmp_path, "AETNA").desk.answer(b"ISA*nonsense~")
    assert answer.payload_type == "X12_999_Response_1_231A1"


def test_what_goes_wrong_on_purpose_happens_to_three_different_visits() -> None:
    odd = (payer_rules.uncovered(), payer_rules.unknown(), payer_rules.denied())
    assert len({visit.account for visit in odd}) == len(odd)
    assert {visit.payer for visit in odd} <= {each.code for each in group.PAYERS}
