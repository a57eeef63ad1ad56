"""Where a fault lies in a payload: what a failure names is marked, masked or not."""

from __future__ import annotations

import json

import pytest

from hub.console.selectors.payload import find_place, unmasked_view
from hub.core.masking import lay_out, masked_text
from hub.ui.payload import Mark

ISA = "ISA*00*          *00*          *ZZ*CLRHOUSE       *ZZ*NORTHLAKE      *261118*0630*^*00501*000000007*0*P*:~"
REMITTANCE = f"{ISA}GS*HP*C*N*20261118*0630*7*X~ST*835*0001~CLP*A1*1*9*9~CLP*A2*7*8*8~SE*3*0001~".encode()
ADT = (
    b"MSH|^~\\&|EHR|NLM|HUB|N|20261109||ADT^A04|E1|P|2.5.1\r"
    b"PID|1||M4||RIVERA^ANA|||||||||||||A8000170\r"
    b"PV1|1|O|CARD^R12\r"
)
BOOKED = json.dumps({"data": {"clinic": {"code": "C14"}, "department": {"code": "PT-REHAB"}}}).encode()


def marked(payload: bytes, words: str, **subject: str) -> tuple[int, str] | None:
    layout = lay_out(payload)
    found = find_place(layout, words, subject)
    return (found.line, masked_text(layout).split("\n")[found.line - 1][found.start : found.end]) if found else None


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("it does not hold (segment 4, CLP03).", (4, "9")),
        ("segment 5 CLP02 in loop 2100: unknown status", (5, "7")),
        ("CLP02 of claim 2 is no claim status.", (5, "7")),
        ("segment 3: is odd", (3, "ST*835*0001~")),
        ("The file ends too soon.", None),
        ("segment 99 CLP02", None),
    ],
)
def test_an_element_of_x12_is_found(words: str, place: tuple[int, str] | None) -> None:
    assert marked(REMITTANCE, words) == place


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("segment 2 PID-18: is empty; expected a value", (2, "•••0170")),
        ("MSH-10: is empty", (1, "E1")),
        ("PV1-3.2 is unknown", (3, "CARD^R12")),
    ],
)
def test_a_field_of_hl7_is_found(words: str, place: tuple[int, str]) -> None:
    assert marked(ADT, words) == place


def test_a_pointer_leads_to_its_value_and_a_missing_one_to_what_lacks_it() -> None:
    assert marked(BOOKED, "scheduling v2: /data/clinic/code does not satisfy minLength 5") == (4, "C14")
    assert marked(BOOKED, "scheduling v2: /data/clinic lacks room") == (3, "{")


def test_a_code_that_nobody_mapped_is_found_by_itself_or_in_its_field() -> None:
    assert marked(BOOKED, "has no canonical code", local_code="PT-REHAB") == (7, "PT-REHAB")
    assert marked(ADT, "has no canonical code", local_code="R12") == (3, "CARD^R12")
    assert marked(ADT, "has no canonical code", local_code="R1") is None


def test_behind_the_glass_the_same_place_is_marked_on_the_clear_text() -> None:
    view = unmasked_view(ADT, detail="segment 2 PID-18: is empty")

    assert [part.text for line in view.lines for part in line.parts if part.mark is Mark.HIT] == ["A8000170"]


def test_a_fault_behind_what_a_page_can_carry_moves_the_window_to_it() -> None:
    many = ISA.encode() + b"CAS*CO*45*1~" * 3000 + b"CLP*A1*1*BAD*9~"
    view = unmasked_view(many, detail="segment 3002 CLP03: not a number")

    assert view.lines[-1].number == 3002
    assert view.lines[-1].hit
    assert view.lines[0].number > 1
