"""Scheduling webhooks, contract v1 and v2: what they mean, what is refused, and who may send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.scheduling_saas import authenticity
from connectors.scheduling_saas.identity import identify
from connectors.scheduling_saas.translate import translate
from connectors.translation import Incoming
from hub.core.errors import ConfigurationFault, DataFault, SecurityRefusal
from tests.connectors.fixtures import expected, fixtures, plain

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
FIXTURES = fixtures("scheduling_saas")


def incoming(body: bytes, **headers: str) -> Incoming:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Incoming(system="scheduling", feed="scheduling", headers=named, body=body)


def document(name: str) -> dict[str, Any]:
    [path] = [path for path in FIXTURES if path.name == name]
    fields: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return fields


def refusal(body: bytes, **headers: str) -> DataFault:
    with pytest.raises(DataFault) as caught:
        list(translate(incoming(body, **headers)))
    return caught.value


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_means_exactly_what_is_written_beside_it(fixture: Path) -> None:
    events = list(translate(incoming(fixture.read_bytes())))

    assert [plain(event) for event in events] == expected(fixture)


def test_both_versions_say_the_same_of_the_same_appointment_in_order_of_their_own() -> None:
    [first] = translate(incoming(msgspec.json.encode(document("booked.v1.json"))))
    [second] = translate(incoming(msgspec.json.encode(document("booked.v2.json"))))

    assert (first.TYPE, first.sequence) == ("appointment.booked", None)
    assert (second.TYPE, second.sequence) == ("appointment.booked", 1)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_a_body_cut_short_anywhere_is_refused(fixture: Path) -> None:
    body = fixture.read_bytes().rstrip()
    for end in range(0, len(body), 7):
        assert refusal(body[:end]).code in ("not-json", "unknown-contract-version")


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_crashes(body: bytes) -> None:
    refusal(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    ),
    st.sampled_from(["v1", "v2"]),
)
def test_any_other_json_breaks_the_contract_that_its_header_names(value: Any, version: str) -> None:
    assert refusal(msgspec.json.encode(value), x_contract_version=version).code == "contract-violation"


@pytest.mark.parametrize("version", ["v3", "V1.1", "2", "latest"])
def test_a_version_that_nobody_knows_is_refused_and_not_guessed(version: str) -> None:
    fields = document("booked.v1.json") | {"contract_version": version}

    assert refusal(msgspec.json.encode(fields)).code == "unknown-contract-version"


def test_a_body_without_a_version_is_read_as_the_header_says() -> None:
    fields = document("booked.v1.json")
    body = msgspec.json.encode(fields)

    assert len(list(translate(incoming(body, x_contract_version="v1")))) == 1
    assert refusal(body, x_contract_version="v2").code == "unknown-contract-version"


def test_a_refusal_names_the_place_and_what_is_asked_there_but_never_the_value() -> None:
    fields = document("booked.v1.json") | {"duration_min": "SMITH^JOHN"}
    fault = refusal(msgspec.json.encode(fields))

    assert fault.code == "contract-violation"
    assert fault.message == 'scheduling v1: /duration_min does not satisfy type "integer"'
    assert fault.cause == ("scheduling v1", "/duration_min", "type")
    assert "SMITH" not in f"{fault} {fault.hint} {fault.subject}"


def test_a_missing_property_is_named() -> None:
    fields = document("booked.v2.json")
    del fields["data"]["appointment"]["account"]

    assert refusal(msgspec.json.encode(fields)).message == "scheduling v2: /data/appointment lacks account"


def test_an_event_that_nobody_knows_is_refused_by_name() -> None:
    fields = document("booked.v1.json") | {"event": "appointment_teleported"}
    fault = refusal(msgspec.json.encode(fields))

    assert (fault.code, fault.cause) == ("unknown-event-type", ("/event", "appointment_teleported"))


@pytest.mark.parametrize("when", ["2026-11-09T10:30:60Z", "2026-11-09", "2026-11-09T10:30:00", "soon"])
def test_a_time_without_a_zone_or_that_is_none_is_refused(when: str) -> None:
    fields = document("booked.v1.json") | {"start_time": when}

    assert refusal(msgspec.json.encode(fields)).code in ("contract-violation", "time-unreadable")


def test_text_that_a_database_cannot_hold_is_refused() -> None:
    fields = document("booked.v1.json") | {"reason": "a\u0000b"}

    assert refusal(msgspec.json.encode(fields)).code == "contract-violation"


def test_a_slot_that_ends_before_it_starts_is_refused() -> None:
    fields = document("booked.v2.json")
    fields["data"]["appointment"]["slot"]["end"] = "2026-11-10T07:00:00-06:00"

    assert refusal(msgspec.json.encode(fields)).code == "slot-ends-before-start"


def test_a_signature_by_any_current_secret_is_accepted_while_secrets_are_rolled() -> None:
    body = b'{"a": 1}'
    for secret in (SECRET, OLD_SECRET):
        headers = authenticity.sign(body, "msg_1", secret, NOW)
        authenticity.verify(body, headers, [SECRET, OLD_SECRET], NOW)


@pytest.mark.parametrize("late", [timedelta(seconds=-400), timedelta(seconds=400)])
def test_a_signature_too_old_or_from_the_future_is_refused(late: timedelta) -> None:
    headers = authenticity.sign(b"{}", "msg_1", SECRET, NOW + late)

    with pytest.raises(SecurityRefusal) as caught:
        authenticity.verify(b"{}", headers, [SECRET], NOW)
    assert caught.value.code == "signature-not-fresh"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"webhook-signature": "v1,AAAA"}, "signature-wrong"),
        ({"webhook-signature": "v1a,AAAA v2,BBBB"}, "signature-wrong"),
        ({"webhook-signature": "v1,\udcff"}, "signature-wrong"),
        ({"webhook-id": "msg_2"}, "signature-wrong"),
        ({"webhook-id": "m\udcff"}, "signature-wrong"),
        ({"webhook-id": ""}, "signature-missing"),
        ({"webhook-timestamp": "now"}, "signature-missing"),
        ({"webhook-timestamp": "9" * 5000}, "signature-missing"),
    ],
)
def test_headers_that_were_tampered_with_are_refused(changed: dict[str, str], code: str) -> None:
    headers = authenticity.sign(b"{}", "msg_1", SECRET, NOW) | changed

    with pytest.raises(SecurityRefusal) as caught:
        authenticity.verify(b"{}", headers, [SECRET], NOW)
    assert caught.value.code == code


@pytest.mark.parametrize("body", [b'{"a": 2}', b"\xff\xfe", b""])
def test_a_body_that_was_not_signed_is_refused(body: bytes) -> None:
    headers = authenticity.sign(b'{"a": 1}', "msg_1", SECRET, NOW)

    with pytest.raises(SecurityRefusal):
        authenticity.verify(body, headers, [SECRET, OLD_SECRET], NOW)


def test_a_secret_that_is_none_is_a_matter_of_configuration() -> None:
    headers = authenticity.sign(b"{}", "msg_1", SECRET, NOW)

    with pytest.raises(ConfigurationFault):
        authenticity.verify(b"{}", headers, [""], NOW)


def test_a_repeated_webhook_has_the_identity_of_the_first() -> None:
    first = identify({"webhook-id": "msg_1"}, b"{}", "aa")
    again = identify({"webhook-id": "msg_1"}, b"{ }", "bb")

    assert first == again
    assert (first.dedupe_key, first.control_id) == ("msg_1", "msg_1")
    assert identify({}, b"{}", "aa").dedupe_key == "sha256:aa"
