"""The sandbox's clearinghouse on its folders: what it answers, and that it answers the same after a kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.clearinghouse.translate import translate
from connectors.formats.x12 import Payer, ProfessionalClaim, write_837i, write_837p, write_999
from connectors.formats.x12.acknowledge import acknowledge
from connectors.sandbox import group
from connectors.sandbox.clearinghouse import Clearinghouse
from connectors.sandbox.payers import Decision, pay, pay_after
from connectors.translation import Incoming
from tests.connectors.formats.x12.cast import RECEIVER, SUBMITTER, claim, interchange
from tests.connectors.formats.x12.judge import complaints
from tests.connectors.formats.x12.stays import second_claim, stay


@pytest.fixture
def house(tmp_path: Path) -> Clearinghouse:
    return Clearinghouse(tmp_path)


def put(house: Clearinghouse, content: bytes, name: str = "claims.x12") -> None:
    (house.inbound / name).write_bytes(content)


def claims_file(*accounts: str, payer: str = "60054") -> bytes:
    documents = [claim(account, payer=Payer(name="Payer", identifier=payer)) for account in accounts]
    return write_837p(documents, submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange())


def answers(house: Clearinghouse) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in house.outbound.iterdir()}


def test_a_file_of_claims_is_answered_by_a_999_and_a_277ca_that_a_stranger_accepts(house: Clearinghouse) -> None:
    put(house, claims_file("A1", "A2"))
    house.work()

    assert sorted(answers(house)) == ["277CA-000000101.x12", "999-000000101.x12"]
    assert [complaints(content) for content in answers(house).values()] == [[], []]
    assert sorted(house.shelf.all()) == ["A1", "A2"]
    assert (house.inbound / "done" / "claims.x12").exists()


def test_a_file_it_was_killed_over_is_answered_the_same_way_again(house: Clearinghouse) -> None:
    content = claims_file("A1", "A2")
    put(house, content)
    house.work()
    before = answers(house)
    put(house, content)
    house.work()

    assert answers(house) == before
    assert sorted(house.shelf.all()) == ["A1", "A2"]


def test_a_file_that_is_no_x12_is_set_aside_without_an_answer(house: Clearinghouse) -> None:
    put(house, b"not an interchange")
    house.work()

    assert answers(house) == {}
    assert (house.inbound / "rejected" / "claims.x12").exists()


def test_an_acknowledgement_is_never_answered(house: Clearinghouse) -> None:
    put(house, write_999(acknowledge([claims_file("A1")]), interchange=interchange()))
    house.work()

    assert answers(house) == {}
    assert (house.inbound / "done" / "claims.x12").exists()


def test_a_claim_for_a_payer_nobody_knows_is_refused_and_not_kept(house: Clearinghouse) -> None:
    put(house, claims_file("A1", payer="99999"))
    house.work()

    assert b"A3:478:PR" in answers(house)["277CA-000000101.x12"]
    assert house.shelf.all() == {}


def test_a_file_that_breaks_its_syntax_is_refused_by_the_999_and_its_claims_are_not_kept(house: Clearinghouse) -> None:
    put(house, claims_file("A1").replace(b"CLM*A1*170.5*", b"CLM*A1*ABC*"))
    house.work()

    assert sorted(answers(house)) == ["999-000000101.x12"]
    assert b"IK5*R" in answers(house)["999-000000101.x12"]
    assert house.shelf.all() == {}


def test_files_wait_until_either_side_has_taken_them(house: Clearinghouse) -> None:
    put(house, claims_file("A1"))
    assert house.waiting()
    house.work()
    assert house.waiting()
    for path in house.outbound.iterdir():
        path.unlink()

    assert not house.waiting()


def sent(house: Clearinghouse, *documents: ProfessionalClaim) -> None:
    """Each file under a number of its own, as the hub numbers its files."""
    numbered = interchange(group_control_number=200 + len(house.shelf.all()))
    put(house, write_837p(documents, submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=numbered))
    house.work()


def test_a_hospitals_claims_are_taken_and_kept_in_their_form(house: Clearinghouse) -> None:
    stay_claim = stay("A1", payer=Payer(name="Payer", identifier="60054"))
    content = write_837i(
        [stay_claim], submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange()
    )
    put(house, content)
    house.work()

    assert sorted(answers(house)) == ["277CA-000000101.x12", "999-000000101.x12"]
    kept = house.shelf.all()["A1"]
    assert replace(kept.claim, segment=0) == stay_claim
    paid = pay(kept, Decision.COINSURANCE, group.PAYERS[1])
    assert (paid.facility_code, len(paid.lines)) == (stay_claim.facility_code, len(stay_claim.lines))


def test_a_corrected_claim_names_the_payers_number_and_takes_the_place_of_the_first(house: Clearinghouse) -> None:
    payer = Payer(name="Payer", identifier="60054")
    sent(house, claim("A1", payer=payer))
    number = house.shelf.all()["A1"].payer_number
    sent(house, claim("A1-R2", payer=payer, frequency_code="7", original_claim_number=number))
    assert sorted(house.shelf.standing()) == ["A1-R2"]

    number = house.shelf.all()["A1-R2"].payer_number
    sent(house, claim("A1-R3", payer=payer, frequency_code="8", original_claim_number=number))
    assert house.shelf.standing() == {}
    sent(house, claim("A1-R4", payer=payer, frequency_code="7", original_claim_number="NOBODYS"))
    assert any(b"A3:464:PR" in content for content in answers(house).values())


def test_on_demand_the_next_interchange_is_refused_by_a_ta1_alone(house: Clearinghouse) -> None:
    house.refuse_next_interchange()
    put(house, claims_file("A1"))
    house.work()
    assert sorted(answers(house)) == ["TA1-000000101.x12"]
    [event] = translate(Incoming(system="clearinghouse", feed="", body=answers(house)["TA1-000000101.x12"]))
    assert (event.TYPE, event.entity_key) == ("claim.rejected", "101")
    assert house.shelf.all() == {}

    put(house, claims_file("A1"))
    house.work()
    assert sorted(house.shelf.all()) == ["A1"]


def test_the_second_payer_pays_what_the_first_left_to_the_patient(house: Clearinghouse) -> None:
    second = second_claim(account_number="A1-S", payer=Payer(name="Payer", identifier="00621"))
    sent(house, second)
    paid = pay_after(house.shelf.all()["A1-S"], group.PAYERS[2])
    taken = [one for line in second.lines for each in line.adjudications for one in each.adjustments]
    left = sum(one.amount for one in taken if one.group == "PR")
    assert (paid.status, paid.paid, paid.patient_responsibility) == ("2", left, 0)
    assert left > 0
