"""TA1, 999, 277CA and 835: what they mean, and which files are refused as a whole."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.clearinghouse.identity import identify
from connectors.clearinghouse.remittances import check_remittance, claim_events
from connectors.clearinghouse.translate import translate
from connectors.translation import Incoming
from hub.core.errors import DataFault
from tests.connectors.fixtures import PACKAGES, expected, fixtures, plain

FIXTURES = fixtures("clearinghouse")
REMITTANCES = [path for path in FIXTURES if ".835." in path.name]
CHICAGO = ZoneInfo("America/Chicago")


def incoming(body: bytes) -> Incoming:
    return Incoming(system="clearinghouse", feed="clearinghouse", body=body, zone=CHICAGO)


def fixture(name: str) -> bytes:
    return (PACKAGES / "clearinghouse" / "fixtures" / name).read_bytes()


def changed(name: str, before: bytes, after: bytes) -> bytes:
    body = fixture(name)
    assert before in body
    return body.replace(before, after, 1)


def refusal(body: bytes) -> DataFault:
    events = translate(incoming(body))
    with pytest.raises(DataFault) as caught:
        next(events)
    return caught.value


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_means_exactly_what_is_written_beside_it(path: Path) -> None:
    assert [plain(event) for event in translate(incoming(path.read_bytes()))] == expected(path)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_file_cut_short_anywhere_is_refused_whole(path: Path) -> None:
    body = path.read_bytes().rstrip()
    for end in range(0, len(body) - 1, 17):
        refusal(body[:end])


def test_an_interchange_that_could_be_read_says_nothing_of_its_claims() -> None:
    body = changed("refused_interchange.ta1.x12", b"*R*009~", b"*A*000~")
    assert list(translate(incoming(body))) == []


@given(garbage=st.binary(max_size=300))
def test_garbage_is_refused_and_never_crashes(garbage: bytes) -> None:
    refusal(garbage)


@given(data=st.data())
def test_a_file_with_any_bytes_replaced_never_crashes(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(FIXTURES)).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        list(translate(incoming(bytes(body))))
    except DataFault:
        return


@pytest.mark.parametrize(
    ("name", "before", "after", "rule", "place", "difference"),
    [
        ("four_claims", b"SVC*HC:99213*125*62.5*", b"SVC*HC:99213*125*60*", "line", "claim 2", "-2.50"),
        ("four_claims", b"A800019*1*100*55*", b"A800019*1*100*55.01*", "claim", "claim 3", "0.01"),
        ("provider_adjustments", b"BPR*I*146.75*", b"BPR*I*146.74*", "transaction", "the transaction", "-0.01"),
    ],
)
def test_a_remittance_that_does_not_balance_is_refused_naming_rule_place_and_difference(
    name: str, before: bytes, after: bytes, rule: str, place: str, difference: str
) -> None:
    files = {
        "four_claims": "paid_partly_paid_denied.835.x12",
        "provider_adjustments": "recovery_and_interest.835.x12",
    }
    fault = refusal(changed(files[name], before, after))

    assert fault.code == "remittance-out-of-balance"
    assert (fault.subject["rule"], fault.subject["place"]) == (rule, place)
    assert fault.subject["difference"] == difference
    assert "Archer" not in f"{fault} {fault.subject}"


def test_one_transaction_out_of_balance_refuses_those_before_it_in_the_file_too() -> None:
    body = fixture("two_remittances.835.x12")
    last = body.rindex(b"BPR*I*55*")
    fault = refusal(body[:last] + b"BPR*I*56*" + body[last + 9 :])

    assert fault.code == "remittance-out-of-balance"


def test_a_structural_fault_is_told_by_its_place() -> None:
    fault = refusal(changed("paid_partly_paid_denied.835.x12", b"\nSE*", b"\nSE*9"))

    assert fault.code == "x12-malformed"
    assert "SE01" in fault.message


def test_a_file_that_mixes_remittances_with_others_is_refused() -> None:
    body = fixture("recovery_and_interest.835.x12") + fixture("acknowledged.999.x12")

    assert refusal(body).code == "x12-malformed"


def test_a_transaction_that_answers_no_claim_is_refused_by_its_number() -> None:
    fault = refusal(changed("acknowledged.999.x12", b"ST*999*", b"ST*271*"))

    assert (fault.code, fault.cause) == ("unsupported-transaction", ("ST01", "271"))


def test_a_refused_group_without_its_transactions_is_for_a_person_to_find() -> None:
    body = fixture("rejected.999.x12")
    start, end = body.index(b"AK2*"), body.index(b"AK9*")
    cut = body[:start] + body[end:].replace(b"AK9*P", b"AK9*R")
    removed = body[start:end].count(b"~")
    before = int(body.split(b"\nSE*")[1].split(b"*")[0])
    fault = refusal(cut.replace(b"\nSE*%d*" % before, b"\nSE*%d*" % (before - removed)))

    assert (fault.code, fault.cause) == ("claim-group-rejected", ("700002",))


def test_claims_are_told_from_any_position_on() -> None:
    message = incoming(fixture("two_remittances.835.x12"))
    whole = list(claim_events(message))

    for start in range(len(whole) + 1):
        assert list(claim_events(message, start)) == whole[start:]


def test_a_large_body_is_opened_anew_for_each_pass() -> None:
    body = fixture("recovery_and_interest.835.x12")
    opened: list[BytesIO] = []

    def open_body() -> BytesIO:
        opened.append(BytesIO(body))
        return opened[-1]

    message = Incoming(system="clearinghouse", feed="clearinghouse", open_body=open_body, zone=CHICAGO)
    [summary] = check_remittance(message)
    [event] = claim_events(message)

    assert (summary.paid_total, summary.provider_adjustment_total) == (Decimal("170.5"), Decimal("23.75"))
    assert event.remittance_key == summary.event.entity_key
    assert len(opened) == 2
    assert all(stream.closed for stream in opened)


def test_remittances_alike_within_one_file_keep_keys_of_their_own() -> None:
    summaries = check_remittance(incoming(fixture("two_remittances.835.x12")))
    keys = [summary.event.entity_key for summary in summaries]

    assert keys == [
        "clearinghouse:60054:EFT900004:170.50",
        "clearinghouse:60054:EFT900004:55.00",
        "clearinghouse:60054:EFT900004:55.00#2",
    ]


def test_what_a_payer_takes_back_stands_before_what_it_pays_anew() -> None:
    reversal, correction = claim_events(incoming(fixture("reversed_and_corrected.835.x12")))

    assert (reversal.TYPE, correction.TYPE) == ("claim.reversed", "claim.adjudicated")
    assert reversal.occurred_at < correction.occurred_at
    assert (reversal.patient_responsibility, correction.patient_responsibility) == (Decimal(-30), Decimal(10))


def test_a_file_is_known_by_its_interchange_and_its_content() -> None:
    body = fixture("acknowledged.999.x12")
    first = identify({}, body, "aa")

    assert first.control_id == "000000001"
    assert first.dedupe_key == "CLRHOUSE|NORTHLAKE|000000001|aa"
    assert identify({}, body, "bb") != first
    with pytest.raises(DataFault, match="no-interchange"):
        identify({}, b"no interchange", "aa")
    assert identify({}, b"ISA", "aa").dedupe_key == "sha256:aa"
