"""SIU, ADT, DFT, ORU and the rest: what they mean, what is refused, and what makes a repetition the same message."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ehr, lis, scheduling_legacy
from connectors.ehr import translate as ehr_translate
from connectors.hl7_feeds import identify
from connectors.lis import translate as lis_translate
from connectors.scheduling_legacy import translate as siu_translate
from connectors.translation import Incoming, Translator
from hub.core.errors import DataFault
from hub.core.events import Event
from hub.core.events.encounter import EncounterUpdated
from hub.core.events.result import ResultFinalized
from tests.connectors.fixtures import PACKAGES, expected, fixtures, plain

CHICAGO = ZoneInfo("America/Chicago")
PARTS: dict[str, tuple[Translator, str]] = {
    ehr.__name__.rpartition(".")[2]: (ehr_translate.translate, "ehr"),
    lis.__name__.rpartition(".")[2]: (lis_translate.translate, "lis"),
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
    fault = refusal(package, b"MSH|^~\\&|A|B|||20261109||MDM^T02|1|P|2.5.1\rPID|1\r")

    assert (fault.code, fault.cause) == ("unsupported-message-type", ("MSH-9", "MDM^T02"))


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
        ("ehr", "merged.a40.hl7", b"A800017", b"", "hl7-required-field-missing", "PID-18"),
        ("ehr", "merged.a40.hl7", b"\rMRG|", b"\rZRG|", "hl7-required-field-missing", "MRG-1"),
        ("ehr", "placed.o01.hl7", b"ORC|NW|P7001", b"ORC|SMITH|P7001", "hl7-table-value-not-found", "ORC-1"),
        ("ehr", "placed.o19.hl7", b"71046^CHEST 2 VIEWS^C4", b"", "hl7-required-field-missing", "OBR-4"),
        ("ehr", "account_opened.p01.hl7", b"V300018", b"", "hl7-required-field-missing", "PV1-19"),
        ("ehr", "staff.m02.hl7", b"MFE|MAD", b"MFE|SMITH", "hl7-table-value-not-found", "MFE-1"),
        ("lis", "final.r01.hl7", b"|LAB|P|", b"|LAB|SMITH|", "hl7-table-value-not-found", "OBR-25"),
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


def types(events: list[Event]) -> list[str]:
    return [event.TYPE for event in events]


def test_a_person_without_a_visit_makes_up_no_encounter() -> None:
    whole = body("ehr", "person_updated_with_visit.a31.hl7")

    assert types(translated("ehr", whole)) == ["encounter.updated"]
    assert translated("ehr", whole.replace(b"V300017", b"")) == []
    assert translated("ehr", whole.replace(b"PV1|1|O", b"PV1|1|N")) == []


@pytest.mark.parametrize("trigger", [f"S{number}" for number in range(18, 26)])
def test_what_is_said_of_a_resource_or_a_slot_is_understood_and_changes_nothing(trigger: str) -> None:
    whole = body("scheduling_legacy", "slots_blocked.s23.hl7").replace(b"SIU^S23", b"SIU^" + trigger.encode())

    assert translated("scheduling_legacy", whole) == []


def test_insurances_without_a_rank_keep_their_order_and_a_third_is_left_out() -> None:
    whole = body("ehr", "became_inpatient.a06.hl7") + b"IN1|3||THIRD\r"
    [event] = translated("ehr", whole)

    assert isinstance(event, EncounterUpdated)
    assert (event.payer, event.secondary_payer, event.secondary_member_id) == ("MCARE", "SUPPL", "SUP77")


@pytest.mark.parametrize(("written", "read"), [(b"|E", "1"), (b"|C", "3"), (b"|5", "5"), (b"|WALKIN", "")])
def test_an_admission_type_is_told_in_the_words_of_a_claim_or_not_at_all(written: bytes, read: str) -> None:
    whole = body("ehr", "transferred.a02.hl7").replace(b"|ICU^R02^B^NLM|E", b"|ICU^R02^B^NLM" + written)
    [event] = translated("ehr", whole)

    assert isinstance(event, EncounterUpdated)
    assert event.admission_type == read


def test_a_master_file_that_says_nothing_by_its_trigger_is_known_by_its_name() -> None:
    whole = body("ehr", "staff.m02.hl7").replace(b"MFN^M02", b"MFN^M01")

    assert types(translated("ehr", whole)) == ["reference.created", "reference.retired"]
    assert refusal("ehr", whole.replace(b"MFI|STF", b"MFI|OMA")).cause == ("MFI-1",)


def test_results_without_a_status_of_their_own_are_final_when_every_value_is() -> None:
    whole = body("lis", "corrected.r01.hl7").replace(b"|LAB|C", b"|LAB|")
    [event] = translated("lis", whole)
    assert isinstance(event, ResultFinalized)
    assert event.corrected

    assert translated("lis", whole + b"OBX|2|NM|NA||140||||||P\r") == []
