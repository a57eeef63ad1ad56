"""What the clinic's FHIR resources mean, what is refused, and who may notify."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from connectors.clinic_ehr.authenticity import sign, verify
from connectors.clinic_ehr.identity import identify
from connectors.clinic_ehr.translate import translate
from connectors.translation import NOTIFIED, Incoming
from hub.core import clock
from hub.core.errors import DataFault, SecurityRefusal
from hub.core.events import Event
from hub.core.masking import lay_out, masked_text
from tests.connectors.fixtures import expected, fixtures, plain
from tests.support.samples import sample_files

FIXTURES = fixtures("clinic_ehr")


def understood(body: bytes, **headers: str) -> list[Event]:
    zone = ZoneInfo("America/Chicago")
    return list(
        translate(
            Incoming(
                system="clinic-ehr", feed="x", facility_hint="willow-clinic", headers=headers, body=body, zone=zone
            )
        )
    )


def document(name: str) -> dict[str, Any]:
    [path] = [path for path in FIXTURES if path.name == name]
    fields: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return fields


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_means_exactly_what_is_written_beside_it(fixture: Path) -> None:
    assert [plain(event) for event in understood(fixture.read_bytes())] == expected(fixture)


def test_a_message_is_shown_without_what_it_says_of_the_patient() -> None:
    body = next(path for path in FIXTURES if path.name == "completed.encounter.json").read_bytes()
    shown = masked_text(lay_out(body))

    said = (
        "Sample",
        "Iris",
        "1981",
        "P900077",
        "Field Lane",
        "60126",
        "M-FIRST",
        "A920005",
        "I10",
        "38341003",
        "female",
    )
    assert [word for word in said if word.encode() in body] == list(said)
    assert [word for word in said if word in shown] == []
    assert all(word in shown for word in ("finished", "2026-11-10T09:40:00-06:00", "FM"))


def test_what_was_included_is_no_news_and_what_a_bundle_brings_is() -> None:
    bundle = document("captured.charge.json")
    assert [event.TYPE for event in understood(msgspec.json.encode(bundle))] == ["charge.captured"]

    for entry in bundle["entry"]:
        del entry["search"]
    bundle["type"] = "collection"
    types = [event.TYPE for event in understood(msgspec.json.encode(bundle))]
    assert types == ["charge.captured", "encounter.completed"]


def test_a_notification_has_no_events_but_is_checked() -> None:
    told = {NOTIFIED: "webhook"}
    body = msgspec.json.encode(document("booked.appointment.json"))

    assert understood(body, **told) == understood(b"", **told) == []
    with pytest.raises(DataFault):
        understood(b'{"resourceType": "Appointment", "status": "banana"}', **told)


@pytest.mark.parametrize(
    ("fixture", "element", "place"),
    [
        ("cancelled.appointment.json", "start", "Appointment.start"),
        ("cancelled.appointment.json", "serviceType", "Appointment.serviceType"),
        ("captured.charge.json", "priceOverride", "ChargeItem.priceOverride.value"),
    ],
)
def test_what_r4_lets_be_absent_and_the_hub_needs_is_named(fixture: str, element: str, place: str) -> None:
    fields = document(fixture)
    resource = fields["entry"][0]["resource"] if "entry" in fields else fields
    del resource[element]

    with pytest.raises(DataFault) as caught:
        understood(msgspec.json.encode(fields))
    assert caught.value.subject["place"] == place


def test_an_amount_keeps_its_cents_whatever_its_size() -> None:
    body = next(path for path in FIXTURES if path.name == "captured.charge.json").read_bytes()
    [charge] = understood(body.replace(b"182.50", b"90071992547.01"))

    assert plain(charge)["amount"] == "90071992547.01"


def test_versions_without_numbers_are_put_in_order_by_their_time() -> None:
    fields = document("completed.appointment.json")
    fields["meta"] = {"versionId": "d9777afb-6402", "lastUpdated": "2026-11-10T15:40:00.250Z"}
    [event] = understood(msgspec.json.encode(fields))

    assert event.sequence == 1_794_325_200_250 == int(event.occurred_at.timestamp() * 1000)


def test_the_version_that_was_read_makes_a_change_the_same() -> None:
    headers = {"content-location": "Encounter/12/_history/3"}

    assert identify(headers, b"a", "1") == identify(headers, b"b", "2")
    assert (identify(headers, b"", "").dedupe_key, identify(headers, b"", "").control_id) == (
        "Encounter/12/_history/3",
        "Encounter/12",
    )
    assert identify({}, b"{}", "aa").dedupe_key == "sha256:aa"


def test_a_notification_is_proved_by_token_or_by_signature_while_secrets_are_rolled() -> None:
    for secret in ("new", "old"):
        for headers in ({"authorization": f"Bearer {secret}"}, {"x-signature": sign(b"{}", secret)}):
            verify(b"{}", headers, ["new", "old"], clock.machine_now())


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "signature-missing"),
        ({"authorization": "Basic bmV3"}, "signature-missing"),
        ({"authorization": "Bearer "}, "signature-missing"),
        ({"authorization": "Bearer stolen"}, "token-wrong"),
        ({"authorization": "Bearer n\udcffw"}, "token-wrong"),
        ({"x-signature": sign(b"[]", "new"), "authorization": "Bearer new"}, "signature-wrong"),
        ({"x-signature": "\udcff"}, "signature-wrong"),
    ],
)
def test_anybody_else_is_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(SecurityRefusal) as caught:
        verify(b"{}", headers, ["new"], clock.machine_now())
    assert caught.value.code == code


@pytest.mark.samples
def test_every_sample_is_understood_or_refused_by_its_place() -> None:
    outcomes: dict[str, int] = {}
    for path in sample_files("fhir"):
        try:
            found = "understood" if understood(path.read_bytes()) else "nothing to tell"
        except DataFault as fault:
            found = fault.code
        outcomes[found] = outcomes.get(found, 0) + 1

    assert outcomes["understood"] >= 9
    assert set(outcomes) <= {
        "understood", "nothing to tell", "fhir-element-required", "fhir-element-unknown", "fhir-code-not-allowed",
        "value-too-long",
    }  # fmt: skip
