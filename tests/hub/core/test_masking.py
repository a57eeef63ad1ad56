"""What people see of a payload: everything that helps to find the fault, and nothing that names a patient."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.masking import BULLET, HIDDEN, lay_out, masked_text, readable_text

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = sorted(
    path
    for path in (ROOT / "connectors").glob("*/fixtures/*")
    if path.is_file() and ".expected" not in path.name and path.stat().st_size < 200_000
)


def shown(text: str) -> str:
    return masked_text(lay_out(text.encode()))


# --- JSON ---------------------------------------------------------------------------------------------------
def test_codes_times_and_amounts_of_json_are_read_and_people_are_not() -> None:
    text = shown(
        json.dumps(
            {
                "type": "appointment.booked",
                "time": "2026-11-07T09:12:44-06:00",
                "amount": 125.50,
                "department": {"code": "PT-REHAB"},
                "account_number": "A700204",
                "patient": {"id": "P500204", "birth_date": "1980-02-03", "code": "X"},
                "memo": "called by her sister",
            }
        )
    )
    for clear in ("appointment.booked", "2026-11-07T09:12:44-06:00", "125.5", "PT-REHAB", f"{BULLET * 3}0204"):
        assert clear in text
    for secret in ("A700204", "P500204", "1980", '"X"', "sister"):
        assert secret not in text


def test_a_ledger_account_is_no_patient_account() -> None:
    text = shown('{"lines": [{"account": "1010", "debit": "12.00"}], "account": {"number": "A700204"}}')
    assert '"1010"' in text
    assert "A700204" not in text


def test_json_that_is_cut_short_is_laid_out_and_masked_whole() -> None:
    text = shown('{"type": "appointment.booked", "patient": {"na')
    assert "appointment" not in text
    assert text.startswith("{")


def test_every_json_value_knows_its_pointer() -> None:
    values = [value for line in lay_out(b'{"a": {"b/c": [1, "two"]}}') for value in line]
    assert {value.place for value in values if value.text in {"1", "two"}} == {"/a/b~1c/0", "/a/b~1c/1"}


# --- HL7 ----------------------------------------------------------------------------------------------------
def test_hl7_shows_the_header_and_hides_the_patient() -> None:
    text = shown(
        "MSH|^~\\&|EHR|NLM|HUB|NRH|20261109||ADT^A01|E2|P|2.5.1\rPID|1||MRN1||DOE^JANE||19800203|F||||||||||A700017\r"
        "ZPI|SECRET\rOBX|1|NM|GLU^Glucose||180"
    )
    assert "ADT^A01" in text
    assert "GLU^Glucose" in text
    assert f"{BULLET * 3}0017" in text
    for secret in ("MRN1", "DOE", "19800203", "SECRET", "180"):
        assert secret not in text


def test_an_hl7_field_knows_its_place_also_where_the_header_counts_its_separator() -> None:
    values = [value for line in lay_out(b"MSH|^~\\&|EHR|NLM\rPV1|1|O") for value in line]
    assert {value.place: value.text for value in values if value.place in {"MSH-3", "PV1-2"}} == {
        "MSH-3": "EHR",
        "PV1-2": "O",
    }


# --- X12 ----------------------------------------------------------------------------------------------------
def test_x12_shows_money_and_payers_and_hides_members() -> None:
    text = shown(
        "ISA*00*          *00*          *ZZ*CLRHOUSE       *ZZ*NORTHLAKE      *261118*0630*^*00501*000000004*0*P*:~"
        "BPR*I*317.6*C*ACH*CCP*01*021000021*DA*123456789~NM1*PR*2*Aetna*****PI*60054~CLP*A800017*1*170.5~"
        "NM1*QC*1*DOE*JANE****MI*W1234~DMG*D8*19800203*F~HI*ABK:I10~TRN*2*A800018~TRN*1*EFT1~"
    )
    for clear in ("317.6", "Aetna", f"{BULLET * 3}0017", "170.5", "EFT1"):
        assert clear in text
    for secret in ("021000021", "123456789", "A800017", "A800018", "DOE", "JANE", "W1234", "19800203", "I10"):
        assert secret not in text


# --- whatever comes -----------------------------------------------------------------------------------------
def test_what_has_no_known_shape_is_masked_whole() -> None:
    assert shown("Jane Doe\n5551234") == f"{HIDDEN} {HIDDEN}\n{HIDDEN}"


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_every_fixture_is_laid_out_without_losing_a_word(path: Path) -> None:
    clear = readable_text(lay_out(path.read_bytes()))
    words = path.read_text(errors="replace").replace("\x0b", "").replace("\x1c", "").split()
    assert "".join(clear.split()) == "".join("".join(words).split()) or path.suffix == ".json"
    assert clear


@given(st.binary(max_size=300))
def test_no_bytes_break_the_layout(body: bytes) -> None:
    for lead in (b"", b"{", b"MSH|", b"ISA*"):
        masked_text(lay_out(lead + body))
