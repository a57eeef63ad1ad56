"""The sandbox's clearinghouse on its folders: what it answers, and that it answers the same after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.formats.x12 import Payer, write_837p, write_999
from connectors.formats.x12.acknowledge import acknowledge
from connectors.sandbox.clearinghouse import Clearinghouse
from tests.connectors.formats.x12.cast import RECEIVER, SUBMITTER, claim, interchange
from tests.connectors.formats.x12.judge import complaints


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
