"""Gateway webhooks: what they mean, what is refused, and who may send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import SignatureVerificationError, WebhookSignature

from connectors.payment_gateway import authenticity
from connectors.payment_gateway.identity import identify
from connectors.payment_gateway.translate import from_minor_units, translate
from connectors.translation import Incoming
from hub.core.errors import ConfigurationFault, DataFault, SecurityRefusal
from hub.core.events import Event
from tests.connectors.fixtures import PACKAGES, expected, fixtures, plain

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "whsec_4d6fd3bd2d6d4a4d"
OLD_SECRET = "whsec_0b8b0c9a1f1c7f0e"
FIXTURES = fixtures("payment_gateway")


def translated(body: bytes, facility: str = "") -> list[Event]:
    message = Incoming(system="gateway", feed="gateway", facility_hint=facility, body=body)
    return list(translate(message))


def document(name: str) -> dict[str, Any]:
    body = (PACKAGES / "payment_gateway" / "fixtures" / name).read_bytes()
    fields: dict[str, Any] = msgspec.json.decode(body)
    return fields


def refusal(fields: object) -> DataFault:
    with pytest.raises(DataFault) as caught:
        translated(msgspec.json.encode(fields))
    return caught.value


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_means_exactly_what_is_written_beside_it(fixture: Path) -> None:
    assert [plain(event) for event in translated(fixture.read_bytes())] == expected(fixture)


@pytest.mark.parametrize(
    ("units", "currency", "amount"),
    [(12345, "USD", "123.45"), (1, "EUR", "0.01"), (500, "JPY", "500"), (1234, "KWD", "1.234")],
)
def test_minor_units_become_exact_amounts(units: int, currency: str, amount: str) -> None:
    assert from_minor_units(units, currency) == Decimal(amount)


def test_a_refund_counts_what_it_added_to_those_before() -> None:
    fields = document("refunded.json")
    del fields["data"]["previous_attributes"]
    [event] = translated(msgspec.json.encode(fields))

    assert plain(event)["amount"] == "15.00"


def test_a_refund_that_adds_nothing_is_refused() -> None:
    fields = document("refunded.json")
    fields["data"]["previous_attributes"]["amount_refunded"] = 1500

    assert refusal(fields).code == "refund-without-amount"


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_a_body_cut_short_anywhere_is_refused(fixture: Path) -> None:
    body = fixture.read_bytes().rstrip()
    for end in range(0, len(body), 13):
        with pytest.raises(DataFault):
            translated(body[:end])


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_crashes(body: bytes) -> None:
    with pytest.raises(DataFault):
        translated(body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", "SMITH"),
        ("amount", 12.5),
        ("amount", -1),
        ("amount", 10**15),
        ("currency", "SMITH"),
        ("id", "a b"),
        ("metadata", {"account_number": "A\u0000"}),
        ("payment_method_types", [7]),
        ("last_payment_error", "SMITH"),
    ],
)
def test_a_value_that_breaks_the_contract_is_named_by_its_pointer_only(name: str, value: object) -> None:
    fields = document("settled.json")
    fields["data"]["object"][name] = value
    fault = refusal(fields)

    assert fault.code == "contract-violation"
    assert f"/data/object/{name}" in fault.message
    assert "SMITH" not in f"{fault} {fault.subject} {fault.cause}"


def test_a_capturable_amount_stands_before_the_amount_that_was_asked() -> None:
    [event] = translated(msgspec.json.encode(document("authorized.capturable.json")))

    assert plain(event)["amount"] == "24.00"


def test_the_feeds_own_facility_stands_in_where_the_payment_names_none() -> None:
    [event] = translated(msgspec.json.encode(document("settled_without_account.json")), facility="CBO")

    assert (event.facility, event.account_number) == ("CBO", "")


@given(body=st.binary(max_size=300).filter(lambda data: _is_text(data)))
def test_signatures_agree_with_the_gateways_own_library(body: bytes) -> None:
    ours = authenticity.sign(body, [SECRET], NOW)
    theirs = WebhookSignature.generate_signature_header(body.decode(), SECRET, int(NOW.timestamp()))

    assert ours == {authenticity.HEADER: theirs}
    authenticity.verify(body, {authenticity.HEADER: theirs}, [SECRET], NOW)
    WebhookSignature.verify_header(body, ours[authenticity.HEADER], SECRET)


@given(header=st.text(alphabet="tv10=,abf. \u00e9", max_size=80))
def test_no_header_is_accepted_that_the_gateways_own_library_refuses(header: str) -> None:
    with pytest.raises(SignatureVerificationError):
        WebhookSignature.verify_header("{}", header, SECRET)
    with pytest.raises(SecurityRefusal):
        authenticity.verify(b"{}", {authenticity.HEADER: header}, [SECRET], NOW)


def test_any_current_secret_is_accepted_while_secrets_are_rolled() -> None:
    for signers in ([SECRET], [OLD_SECRET], [OLD_SECRET, SECRET]):
        authenticity.verify(b"{}", authenticity.sign(b"{}", signers, NOW), [SECRET, OLD_SECRET], NOW)


@pytest.mark.parametrize("late", [timedelta(seconds=-400), timedelta(seconds=400)])
def test_a_signature_too_old_or_from_the_future_is_refused(late: timedelta) -> None:
    headers = authenticity.sign(b"{}", [SECRET], NOW + late)

    with pytest.raises(SecurityRefusal) as caught:
        authenticity.verify(b"{}", headers, [SECRET], NOW)
    assert caught.value.code == "signature-not-fresh"


def test_another_body_or_another_secret_is_refused() -> None:
    headers = authenticity.sign(b'{"a": 1}', [SECRET], NOW)

    for body, secrets in ((b'{"a": 2}', [SECRET]), (b'{"a": 1}', [OLD_SECRET]), (b'{"a": 1}', [])):
        with pytest.raises(SecurityRefusal) as caught:
            authenticity.verify(body, headers, secrets, NOW)
        assert caught.value.code == "signature-wrong"


def test_an_empty_secret_is_a_matter_of_configuration_and_never_matches() -> None:
    headers = authenticity.sign(b"{}", [SECRET], NOW)

    with pytest.raises(ConfigurationFault):
        authenticity.verify(b"{}", headers, [""], NOW)


def test_a_repeated_event_has_the_identity_of_the_first() -> None:
    first = identify({}, msgspec.json.encode(document("settled.json")), "aa")

    assert (first.dedupe_key, first.control_id) == ("evt_3", "evt_3")
    assert identify({}, b"garbage", "aa").dedupe_key == "sha256:aa"


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
