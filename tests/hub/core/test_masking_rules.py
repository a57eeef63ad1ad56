"""What people without break-glass see of a payload: nothing that names a patient, everything where it was."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.events import BY_TYPE, classification
from hub.core.masking.base import MASK
from hub.core.masking.hl7 import mask_hl7
from hub.core.masking.json_keys import mask_headers, mask_json, mask_json_by_key
from hub.core.masking.payload import PayloadKind, kind_of, mask_payload
from hub.core.masking.x12_segments import mask_x12

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT.parent / "shared" / "data"

# Long enough never to stand in a payload by chance.
secrets = st.text(string.ascii_uppercase + string.digits + " '", min_size=10, max_size=16).filter(
    lambda text: text.strip() == text
)

ADT = (
    "MSH|^~\\&|EHR|NLMC|HUB|NRH|20261121093000||ADT^A04^ADT_A01|42|P|2.5.1\r"
    "EVN|A04|20261121093000\r"
    "PID|1|{0}|{0}^^^NLMC^MR~{0}^^^SSA^SS||{0}^{0}^Q||19800102|F|||{0}&{0}^^{0}^IL^60164||{0}|||||A700311|{0}\r"
    "NK1|1|{0}^{0}|SPO|{0}|{0}\r"
    "PV1|1|O|CAR^OPD^^NLM||||4001^Osei^Amara||||||||||||V1001\r"
    "IN1|1|I200|AET|Aetna||||{0}|||||||PPO|{0}^{0}|SEL|19800102|{0}|||||||||||||||||{0}\r"
    "GT1|1|{0}|{0}^{0}||{0}|{0}\r"
    "DG1|1|I10|{0}\r"
    "OBX|1|TX|8867-4^Heart rate||{0}\r"
    "NTE|1||{0}\r"
    "ZPD|{0}|{0}\r"
)
CLAIM = (
    "ISA*00*          *00*          *ZZ*NRH            *ZZ*CH             *261121*0930*^*00501*000000042*0*T*:~\n"
    "GS*HC*NRH*CH*20261121*0930*42*X*005010X222A1~\n"
    "ST*837*0001*005010X222A1~\n"
    "NM1*41*2*NORTHLAKE*****46*NRH~\n"
    "PER*IC*{0}*TE*{0}*EM*{0}~\n"
    "NM1*85*2*NORTHLAKE CLINIC*****XX*1830002016~\n"
    "N3*125 MAIN STREET~\n"
    "N4*ELMHURST*IL*60126~\n"
    "REF*EI*364410028~\n"
    "HL*2*1*22*0~\n"
    "SBR*P*18*{0}*{0}*****CI~\n"
    "NM1*IL*1*{0}*{0}*Q**JR*MI*{0}~\n"
    "N3*{0}*{0}~\n"
    "N4*{0}*IL*{0}~\n"
    "DMG*D8*19800102*F~\n"
    "REF*SY*{0}~\n"
    "NM1*PR*2*AETNA*****PI*60054~\n"
    "CLM*A700311*240.00***11:B:1*Y*A*Y*Y~\n"
    "REF*EA*{0}~\n"
    "REF*D9*TRACE9~\n"
    "HI*ABK:{0}*ABF:{0}~\n"
    "NTE*ADD*{0}~\n"
    "ZZZ*{0}~\n"
    "LX*1~\n"
    "SV1*HC:99213*240.00*UN*1***1~\n"
    "DTP*472*D8*20261121~\n"
    "SE*21*0001~\nGE*1*42~\nIEA*1*000000042~\n"
)


@given(secrets)
def test_no_personal_value_of_an_hl7_message_survives(secret: str) -> None:
    shown = mask_hl7(ADT.format(secret))

    assert secret not in shown
    for birth_or_home in ("19800102", "60164"):
        assert birth_or_home not in shown


@given(secrets)
def test_no_personal_value_of_a_claim_survives(secret: str) -> None:
    shown = mask_x12(CLAIM.format(secret))

    assert secret not in shown
    assert "19800102" not in shown


def test_codes_amounts_and_business_keys_stay_to_be_worked_with() -> None:
    hl7, x12 = mask_hl7(ADT.format("SECRET")), mask_x12(CLAIM.format("SECRET"))

    for kept in ("ADT^A04^ADT_A01", "|42|", "A700311", "CAR^OPD^^NLM", "4001^Osei^Amara", "V1001", "I200|AET"):
        assert kept in hl7
    for kept in ("CLM*A700311*240.00", "HC:99213", "REF*D9*TRACE9", "N3*125 MAIN STREET", "REF*EI*364410028", "ABK:"):
        assert kept in x12
    assert "NM1*IL*1*•••*•••*•••**•••*MI*•••~" in x12
    assert "N4*•••*IL*•••~" in x12
    assert "|•••&•••^^•••^•••^•••|" in hl7


@pytest.mark.parametrize(("text", "mask", "delimiters"), [(ADT, mask_hl7, "|^~&\r"), (CLAIM, mask_x12, "*:~\n")])
def test_every_place_stays_where_it_was(text: str, mask: Any, delimiters: str) -> None:
    before, after = text.format("SECRET"), mask(text.format("SECRET"))

    def skeleton(payload: str) -> str:
        return "".join(character for character in payload if character in delimiters)

    assert skeleton(after) == skeleton(before)
    assert mask(after) == after


def test_a_mask_tells_nothing_about_length() -> None:
    assert mask_hl7(ADT.format("AB")) == mask_hl7(ADT.format("A MUCH LONGER VALUE"))
    assert mask_x12(CLAIM.format("AB")) == mask_x12(CLAIM.format("A MUCH LONGER VALUE"))


@given(st.sampled_from("|*!\x1d"), st.sampled_from(">:+"), st.sampled_from(["~", "\n", "}", "\x1c"]), secrets)
def test_delimiters_are_those_of_the_interchange(element: str, component: str, terminator: str, secret: str) -> None:
    text = CLAIM.replace("~\n", "~").replace(":", component).replace("*", element)

    shown = mask_x12(text.format(secret).replace("~", terminator))

    assert secret not in shown
    assert f"CLM{element}A700311" in shown


def test_each_interchange_of_a_file_has_its_own_delimiters() -> None:
    other = CLAIM.replace("*", "|").replace("~\n", "'\r\n")

    shown = mask_x12(CLAIM.format("FIRSTSECRET") + other.format("OTHERSECRET"))

    assert "SECRET" not in shown
    assert "CLM*A700311" in shown
    assert "CLM|A700311" in shown


@given(st.text(max_size=300), secrets)
def test_what_is_no_message_at_all_is_hidden_and_breaks_nothing(noise: str, secret: str) -> None:
    assert secret not in mask_x12(f"{noise.replace('ISA', '')}{secret}")
    assert secret not in mask_hl7(secret)
    mask_x12(noise)
    mask_hl7(noise)
    mask_payload(noise)


@given(st.text("ISA*~|:MSHPID^&\\\r\n 01", max_size=200))
def test_what_is_nearly_a_message_breaks_nothing(nearly: str) -> None:
    for text in (nearly, f"ISA{nearly}", f"MSH{nearly}", CLAIM[:106] + nearly):
        assert mask_payload(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("size", range(0, 700, 7))
def test_a_message_cut_short_gives_nothing_away(size: int) -> None:
    assert "SECRET" not in mask_hl7(ADT.format("SECRET")[:size])
    assert "SECRET" not in mask_x12(CLAIM.format("SECRET")[:size])


def test_separators_of_an_unusual_header_are_followed() -> None:
    shown = mask_hl7("MSH#!%\\&#EHR#NLM\rPID#1##77!!!NLM!MR##DOE!JANE\r")

    assert shown == "MSH#!%\\&#EHR#NLM\rPID#1##•••!!!•••!•••##•••!•••\r"


def test_an_escaped_character_belongs_to_its_value() -> None:
    assert mask_hl7("MSH|^~\\&|A\rPID|1||||O\\T\\BRIEN^JO\r").endswith("PID|1||||•••^•••\r")


# --- JSON ---------------------------------------------------------------------------------------------------
unthought = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12).map(lambda key: f"x{key}")


@given(
    st.recursive(
        secrets.map(lambda secret: f"SECRET{secret}"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(unthought, inner, max_size=3),
        max_leaves=8,
    )
)
def test_a_key_that_nobody_thought_of_stays_hidden(document: Any) -> None:
    shown = mask_json_by_key({"id": "evt_1", "xdata": document, "patient": {"id": document, "code": document}})

    assert "SECRET" not in json.dumps(shown)
    assert shown["id"] == "evt_1"


def test_a_webhook_keeps_what_is_worked_with() -> None:
    appointment = {
        "id": "S1",
        "department": {"code": "PT-REHAB"},
        "account": {"number": "A700311"},
        "patient": {"id": "P500311", "name": None},
        "reason": "chest pain",
        "phone": {"number": "555-0100"},
        "amount": 12.5,
        "livemode": False,
    }

    assert mask_json_by_key({"data": {"appointment": appointment}}) == {
        "data": {
            "appointment": appointment
            | {"patient": {"id": MASK, "name": None}, "reason": MASK, "phone": {"number": MASK}}
        }
    }


def test_a_source_may_name_further_harmless_keys() -> None:
    shown = mask_json_by_key({"memo": "late", "other": "x"}, shown=frozenset({"memo"}))

    assert shown == {"memo": "late", "other": MASK}


@pytest.mark.parametrize("event_type", sorted(BY_TYPE))
def test_the_classified_fields_of_every_event_are_hidden(event_type: str) -> None:
    kinds = classification(BY_TYPE[event_type])
    shown = mask_json({name: ["VALUE", {"n": "VALUE"}] for name in kinds}, kinds)

    for name, kind in kinds.items():
        masked = kind.value in ("pii", "phi")
        assert shown[name] == ([MASK, {"n": MASK}] if masked else ["VALUE", {"n": "VALUE"}])


def test_headers_that_prove_a_sender_are_hidden() -> None:
    assert mask_headers({"Authorization": "Bearer x", "webhook-id": "msg_1", "Stripe-Signature": "t=1"}) == {
        "Authorization": MASK,
        "webhook-id": "msg_1",
        "Stripe-Signature": MASK,
    }


# --- any payload --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ADT, PayloadKind.HL7),
        ("\x0b" + ADT, PayloadKind.HL7),
        ("\ufeff" + CLAIM, PayloadKind.X12),
        ('{"a": 1}', PayloadKind.JSON),
        ("<xml/>", PayloadKind.OTHER),
        ("", PayloadKind.OTHER),
    ],
)
def test_a_payload_is_known_by_how_it_begins(text: str, kind: PayloadKind) -> None:
    assert kind_of(text) is kind


def test_what_is_of_no_known_kind_is_hidden_line_by_line() -> None:
    assert mask_payload("Jane Doe\r\n\r\n555-0100") == "•••\r\n\r\n•••"
    assert mask_payload('{"name": "Jane') == MASK


@pytest.mark.samples
def test_real_messages_are_masked_without_moving_a_line() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real messages of ../shared/data are not on this machine")
    for path in sorted([*SAMPLES.glob("hl7v2/*"), *SAMPLES.glob("x12/*")]):
        if path.stat().st_size > 500_000:
            continue
        text = path.read_bytes().decode("latin-1")
        shown = mask_payload(text)
        if kind_of(text) is not PayloadKind.JSON:
            assert (shown.count("\r"), shown.count("\n")) == (text.count("\r"), text.count("\n")), path.name
