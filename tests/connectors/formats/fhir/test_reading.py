"""FHIR resources: what is read, what is refused and where, and that nothing is lost on the way back."""

from __future__ import annotations

import copy
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats.fhir import Fault, FhirRefused, check, entries, losses, parse, read, write
from connectors.formats.fhir.required import checked_types
from tests.support.samples import sample_files

APPOINTMENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "id": "a1",
    "meta": {"versionId": "3", "lastUpdated": "2026-11-10T09:30:00.250-06:00"},
    "status": "booked",
    "start": "2026-11-12T08:00:00-06:00",
    "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
}
CLAIM: dict[str, Any] = {
    "resourceType": "Claim",
    "status": "active",
    "type": {"text": "professional"},
    "use": "claim",
    "patient": {"reference": "urn:uuid:0001"},
    "created": "2026-11-12",
    "provider": {"reference": "#us"},
    "priority": {"text": "normal"},
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/c1"}}],
    "contained": [{"resourceType": "Organization", "id": "us"}],
    "total": {"value": Decimal("1234567890123456.10"), "currency": "USD"},
}


def refusal(document: dict[str, Any]) -> FhirRefused:
    with pytest.raises(FhirRefused) as caught:
        read(msgspec.json.encode(document))
    return caught.value


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return copy.deepcopy(document) | changes


def test_a_resource_keeps_its_version_its_time_and_every_digit() -> None:
    body = b'\xef\xbb\xbf{"resourceType": "PaymentReconciliation", "id": "r1", "status": "active",' + (
        b'"meta": {"versionId": "7", "lastUpdated": "2026-11-10T09:30:00.250-06:00"}, "created": "2026-11-10",'
        b'"paymentDate": "2026-11-09", "paymentAmount": {"value": 1234567890123456.10, "currency": "USD"}}'
    )
    resource = read(body)

    assert (resource.type, resource.id, resource.version) == ("PaymentReconciliation", "r1", "7")
    assert resource.updated == datetime(2026, 11, 10, 15, 30, 0, 250_000, UTC)
    assert resource.model.paymentAmount.value == Decimal("1234567890123456.10")
    assert losses(resource) == []
    assert str(parse(write(resource))["paymentAmount"]["value"]) == "1234567890123456.10"


def test_a_code_that_the_library_lets_pass_is_refused_with_what_is_allowed() -> None:
    fault = refusal(changed(APPOINTMENT, status="banana"))

    assert fault.code == "fhir-code-not-allowed"
    assert fault.faults == (
        Fault(
            "code-not-allowed",
            "Appointment.status",
            "one of arrived, booked, cancelled, checked-in, entered-in-error, fulfilled, noshow, pending, proposed, "
            "waitlist (appointmentstatus)",
        ),
    )
    assert "banana" not in f"{fault} {fault.hint} {fault.subject} {fault.cause}"


@pytest.mark.parametrize(
    "reference",
    [{"reference": "Coverage/p1"}, {"reference": "https://ehr.example/r4/Coverage/p1/_history/2"},
     {"reference": "Coverage?identifier=x"}, {"type": "Coverage", "identifier": {"value": "x"}}],
)  # fmt: skip
def test_a_reference_to_the_wrong_type_is_refused_however_it_is_written(reference: dict[str, Any]) -> None:
    participant = {"actor": reference, "status": "accepted"}
    [fault] = refusal(changed(APPOINTMENT, participant=[participant])).faults

    assert (fault.code, fault.place) == ("reference-type", "Appointment.participant[0].actor")
    assert fault.expected.startswith("a reference to Patient or Practitioner")


def test_references_within_a_bundle_and_to_what_is_contained_are_looked_up() -> None:
    patient = {"fullUrl": "urn:uuid:0001", "resource": {"resourceType": "Patient", "gender": "female"}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": CLAIM}, patient]}
    assert [one.type for one in entries(read(msgspec.json.encode(bundle)))] == ["Claim", "Patient"]

    patient["resource"] = {"resourceType": "Location"}
    coverage = changed(CLAIM, contained=[{"resourceType": "Coverage", "id": "us"}])
    assert [(fault.code, fault.place) for fault in check(bundle | {"entry": [{"resource": coverage}, patient]})] == [
        ("reference-type", "Bundle.entry[0].resource.patient"),
        ("reference-type", "Bundle.entry[0].resource.provider"),
    ]


def test_every_fault_is_told_by_its_place_and_no_value_with_it() -> None:
    participant = [{"status": "accepted", "actor": {"reference": 7, "display": "SMITH"}}]
    fault = refusal(changed(APPOINTMENT, start="SMITH soon", participant=participant, patientName="SMITH"))

    assert {(one.code, one.place) for one in fault.faults} == {
        ("element-malformed", "Appointment.start"),
        ("element-malformed", "Appointment.participant[0].actor.reference"),
        ("element-unknown", "Appointment.patientName"),
    }
    assert "SMITH" not in f"{fault} {fault.hint} {fault.subject} {fault.cause}"


def test_a_required_element_that_is_absent_is_named() -> None:
    claim = changed(CLAIM)
    del claim["provider"], claim["insurance"]

    assert [str(one) for one in refusal(claim).faults] == [
        "Claim.insurance: expected a value",
        "Claim.provider: expected a value",
    ]


def test_a_currency_is_three_capital_letters() -> None:
    fault = refusal(changed(CLAIM, total={"value": 1, "currency": "dollars"}))

    assert [one.place for one in fault.faults] == ["Claim.total.currency"]


def test_the_same_fault_of_another_entry_is_the_same_cause() -> None:
    entry = {"resource": changed(APPOINTMENT, status="x")}
    good = {"resource": APPOINTMENT}
    bundle = {"resourceType": "Bundle", "type": "collection"}

    first = refusal({**bundle, "entry": [entry, good]})
    second = refusal({**bundle, "entry": [good, entry]})
    assert first.fingerprint == second.fingerprint
    assert first.subject != second.subject


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "fhir-not-json"),
        (b'{"resourceType": "Patient", "id": "', "fhir-not-json"),
        (b'{"resourceType": "Claim", "total": {"value": NaN}}', "fhir-not-json"),
        (b"\xff\xfe", "fhir-not-json"),
        (b"[]", "fhir-not-a-resource"),
        (b'{"resourceType": 7}', "fhir-not-a-resource"),
        (b'{"resourceType": "Banana"}', "fhir-not-r4"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {"resourceType": "Banana"}}]}',
         "fhir-not-r4"),
        (b'{"resourceType": "Patient", "x": ' + b"[" * 200 + b"]" * 200 + b"}", "fhir-too-deep"),
        (b'{"resourceType": "Patient", "x": ' + b"[" * 200_000, "fhir-not-json"),
    ],
)  # fmt: skip
def test_what_is_no_resource_is_refused_for_what_it_is(body: bytes, code: str) -> None:
    with pytest.raises(FhirRefused) as caught:
        read(body)
    assert caught.value.code == code


PIECES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(APPOINTMENT) | st.just(CLAIM),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*APPOINTMENT, *CLAIM]), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(checked_types())), st.dictionaries(st.sampled_from([*APPOINTMENT, *CLAIM]), PIECES))
def test_whatever_the_elements_hold_the_resource_is_read_or_refused(kind: str, elements: dict[str, Any]) -> None:
    with suppress(FhirRefused):
        read(msgspec.json.encode({**elements, "resourceType": kind}))


@pytest.mark.samples
def test_every_sample_is_read_or_rightly_refused_and_loses_nothing_but_digits_that_no_clock_has() -> None:
    refused, lossy, count = {}, {}, 0
    for path in sample_files("fhir"):
        try:
            resource = read(path.read_bytes())
        except FhirRefused as fault:
            refused[path.name.rpartition("__")[2]] = fault.code
            continue
        count += 1
        if lost := losses(resource):
            lossy[path.name.rpartition("__")[2]] = lost

    assert count >= 60
    assert refused == {
        "Bundle-BatchWithInvalidEleEnums.json": "fhir-element-unknown",
        "Bundle-InvalidBundleType.json": "fhir-code-not-allowed",
    }
    assert lossy == {"Bundle-TransactionForRollBackWithDelete.json": ["Bundle.entry[2].resource.effectiveDateTime"]}
