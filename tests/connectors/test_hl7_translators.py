"""SIU, ADT and DFT: what they mean, what is refused, and what makes a repetition the same message."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ehr, scheduling_legacy
from connectors.ehr import translate as ehr_translate
from connectors.hl7_feeds import identify
from connectors.scheduling_legacy import translate as siu_translate
from connectors.translation import Incoming, Translator
from hub.core.errors import DataFault
from hub.core.events import Event
from tests.connectors.fixtures import PACKAGES, expected, fixtures, plain

CHICAGO = ZoneInfo("America/Chicago")
PARTS: dict[str, tuple[Translator, str]] = {
    ehr.__name__.rpartition(".")[2]: (ehr_translate.translate, "ehr"),
    scheduling_legacy.__name__.rpartition(".")[2]: (siu_translate.translate, "hospital-scheduling"),
}
CASES = [(package, fixture) for package in PARTS for fixture in fixtures(package)]
IDS = [f"{package}/{fixture.name}" for package, fixture in CASES]


def translated(package: str, body: bytes, facility: str = "") -> list[Event]:
    translate, system = PARTS[package]
    message = Incoming(system=system, feed=system, facility_hint=facility, body=body, zone=CHICAGO)
    return list(translate(message))


def refusal(package: str, body: bytes) -> DataFault:
    with pytest.raises(DataFault) as caught:
        translated(package, body)
    return caught.value


def body(package: str, name: str) -> bytes:
    return (PACKAGES / package / "fixtures" / name).read_bytes()


@pytest.mark.parametrize(("package", "fixture"), CASES, ids=IDS)
def test_every_fixture_means_exactly_what_is_written_beside_it(package: str, fixture: Path) -> None:
    assert [plain(event) for event in translated(package, fixture.read_bytes())] == expected(fixture)


@pytest.mark.parametrize(("package", "fixture"), CASES, ids=IDS)
def test_a_message_cut_short_is_refused_or_says_less_but_never_crashes(package: str, fixture: Path) -> None:
    whole = fixture.read_bytes()
    for end in range(0, len(whole), 11):
        try:
            translated(package, whole[:end])
        except DataFault:
            continue


@pytest.mark.parametrize("package", PARTS)
@given(data=st.data())
def test_a_message_with_any_byte_replaced_never_crashes(package: str, data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(fixtures(package))).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        translated(package, bytes(whole))
    except DataFault:
        return


@pytest.mark.parametrize("package", PARTS)
@given(garbage=st.binary(max_size=200))
def test_garbage_is_refused(package: str, garbage: bytes) -> None:
    refusal(package, garbage)


@pytest.mark.parametrize("package", PARTS)
def test_a_message_type_that_a_feed_does_not_take_is_refused_by_name(package: str) -> None:
    fault = refusal(package, b"MSH|^~\\&|A|B|||20261109||ORU^R01|1|P|2.5.1\rPID|1\r")

    assert (fault.code, fault.cause) == ("unsupported-message-type", ("MSH-9", "ORU^R01"))


def test_a_version_that_is_none_is_refused() -> None:
    fault = refusal("ehr", body("ehr", "registered.a04.hl7").replace(b"|2.5.1", b"|3.0"))

    assert fault.code == "hl7-unsupported-version"


@pytest.mark.parametrize(
    ("package", "name", "change", "with_", "code", "element"),
    [
        ("ehr", "registered.a04.hl7", b"V300017", b"", "hl7-required-field-missing", "PV1-19"),
        ("ehr", "registered.a04.hl7", b"PV1|1|O", b"PV1|1|SMITH", "hl7-table-value-not-found", "PV1-2"),
        ("ehr", "registered.a04.hl7", b"19610314", b"1961-03-SMITH", "hl7-data-type", "PID-7"),
        ("ehr", "captured.p03.hl7", b"T700017-2", b"", "hl7-required-field-missing", "FT1-2"),
        ("ehr", "captured.p03.hl7", b"|CG|93", b"|PA|93", "hl7-table-value-not-found", "FT1-6"),
        ("ehr", "captured.p03.hl7", b"185.00", b"SMITH", "hl7-data-type", "FT1-11.1"),
        ("ehr", "captured.p03.hl7", b"42.505&USD", b"", "hl7-required-field-missing", "FT1-11"),
        (
            "scheduling_legacy",
            "booked.s12.hl7",
            b"|40|MIN",
            b"|40|SMITH",
            "hl7-table-value-not-found",
            "SCH-10",
        ),
        ("scheduling_legacy", "booked.s12.hl7", b"|40|MIN", b"|4000|MIN", "hl7-data-type", "SCH-9"),
        ("scheduling_legacy", "booked.s12.hl7", b"20261110093000", b"SMITH", "hl7-data-type", "SCH-11.4"),
        ("scheduling_legacy", "booked.s12.hl7", b"MED2^", b"^", "hl7-required-field-missing", "AIL-3.1"),
    ],
)
def test_what_is_wrong_is_named_by_its_place_and_never_by_its_value(
    package: str, name: str, change: bytes, with_: bytes, code: str, element: str
) -> None:
    whole = body(package, name)
    assert change in whole
    fault = refusal(package, whole.replace(change, with_))

    assert (fault.code, fault.cause) == (code, (element,))
    assert element in fault.message
    assert "SMITH" not in f"{fault} {fault.hint} {fault.subject}"


def test_one_charge_that_is_wrong_refuses_the_whole_message() -> None:
    whole = body("ehr", "captured.p03.hl7").replace(b"|CG|93000", b"|XX|93000")
    translate, system = PARTS["ehr"]
    events = translate(Incoming(system=system, feed=system, body=whole))

    with pytest.raises(DataFault):
        next(events)


def test_a_key_that_is_too_long_for_the_hub_is_refused_by_its_name() -> None:
    fault = refusal("ehr", body("ehr", "registered.a04.hl7").replace(b"A800017", b"A" * 41))

    assert (fault.code, fault.cause) == ("value-too-long", ("encounter.registered", "account_number"))


def test_an_escaped_nul_is_refused() -> None:
    fault = refusal("ehr", body("ehr", "registered.a04.hl7").replace(b"RIVERA", b"RIV\\X00\\ERA"))

    assert fault.code == "control-character"


def test_an_amount_without_end_is_refused() -> None:
    fault = refusal("ehr", body("ehr", "captured.p03.hl7").replace(b"185.00", b"9" * 15))

    assert (fault.code, fault.cause) == ("value-too-large", ("charge.captured", "amount"))


def test_a_time_without_a_zone_is_the_facilitys() -> None:
    [event] = translated("ehr", body("ehr", "admitted.a01.hl7"))

    assert event.occurred_at == datetime(2026, 11, 9, 14, 25, tzinfo=UTC)


def test_the_feeds_own_facility_stands_in_where_the_sender_names_none() -> None:
    whole = body("ehr", "registered.a04.hl7").replace(b"|NLM|", b"||").replace(b"^^NLM|", b"|")
    [event] = translated("ehr", whole, facility="STV")

    assert event.facility == "STV"


def test_a_repeated_message_has_the_identity_of_the_first_and_another_sender_has_another() -> None:
    first = identify({}, body("ehr", "registered.a04.hl7"), "aa")
    other = identify({}, body("scheduling_legacy", "booked.s12.hl7"), "bb")

    assert (first.dedupe_key, first.control_id) == ("EHR|NLM|E1", "E1")
    assert other.dedupe_key == "SCHED|STV|S1"


@pytest.mark.parametrize(
    "head",
    [b"", b"garbage", b"MSH|^~\\&|A|B|||20261109||ADT^A04||P|2.5", b"MSH|^~\\&|A|B|||1||ADT^A04|a\\X00\\b"],
)
def test_a_message_without_a_control_id_is_known_by_its_digest_or_its_id(head: bytes) -> None:
    identity = identify({}, head, "aa")

    assert identity.dedupe_key.isprintable()
    assert identity.dedupe_key.startswith(("sha256:aa", "A|B|a"))
