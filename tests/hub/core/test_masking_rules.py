"""What people without break-glass see of a payload: nothing that names a patient, everything where it was."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.events import BY_TYPE, classification
from hub.core.masking import HIDDEN, lay_out, mask_fields, mask_headers, masked_text

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT.parent / "shared" / "data"

# Long enough never to stand in a payload by chance; but Hypothesis also tries words of our own code, such as a version
# of X12, and those may stand there openly.
secrets = st.text(string.ascii_uppercase + string.digits + " '", min_size=10, max_size=16).filter(
    lambda text: text.strip() == text and text not in ADT + CLAIM
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


def shown(text: str) -> str:
    return masked_text(lay_out(text.encode()))


@given(secrets)
def test_no_personal_value_of_an_hl7_message_survives(secret: str) -> None:
    seen = shown(ADT.format(secret))

    for hidden in (secret, "19800102", "60164", "A700311", "V1001"):
        assert hidden not in seen


@given(secrets)
def test_no_personal_value_of_a_claim_survives(secret: str) -> None:
    seen = shown(CLAIM.format(secret))

    for hidden in (secret, "19800102", "A700311"):
        assert hidden not in seen


def test_codes_amounts_and_the_end_of_the_account_stay_to_be_worked_with() -> None:
    hl7, x12 = shown(ADT.format("SECRET")), shown(CLAIM.format("SECRET"))

    for kept in ("ADT^A04^ADT_A01", "|42|", f"|{HIDDEN}0311|", "CAR^OPD^^NLM", "4001^Osei^Amara", "I200|AET"):
        assert kept in hl7
    for kept in (f"CLM*{HIDDEN}0311*240.00", "HC:99213", "REF*EI", "NM1*85*2*NORTHLAKE CLINIC", "DTP*472*D8*20261121"):
        assert kept in x12


@pytest.mark.parametrize(("text", "segments"), [(ADT, "\r"), (CLAIM, "~")])
def test_every_segment_stays_where_it_was(text: str, segments: str) -> None:
    before = [part.strip("\n")[:3] for part in text.format("SECRET").split(segments)]
    after = [line[:3] for line in shown(text.format("SECRET")).split("\n")]

    assert after == [name for name in before if name]


def test_a_mask_tells_nothing_about_length() -> None:
    for text in (ADT, CLAIM):
        assert shown(text.format("AB")) == shown(text.format("A MUCH LONGER VALUE"))


@given(st.sampled_from("|*!\x1d"), st.sampled_from(">:+"), st.sampled_from(["~", "\n", "}", "\x1c"]), secrets)
def test_delimiters_are_those_of_the_interchange(element: str, component: str, terminator: str, secret: str) -> None:
    text = CLAIM.replace("~\n", "~").replace(":", component).replace("*", element)

    seen = shown(text.format(secret).replace("~", terminator))

    assert secret not in seen
    assert f"CLM{element}{HIDDEN}0311" in seen


def test_each_interchange_of_a_file_has_its_own_delimiters() -> None:
    other = CLAIM.replace("*", "|").replace("~\n", "'\r\n")

    seen = shown(CLAIM.format("FIRSTSECRET") + other.format("OTHERSECRET"))

    assert "SECRET" not in seen
    assert f"CLM*{HIDDEN}0311" in seen
    assert f"CLM|{HIDDEN}0311" in seen


@pytest.mark.parametrize("size", range(0, 700, 7))
def test_a_message_cut_short_gives_nothing_away(size: int) -> None:
    for text in (ADT, CLAIM):
        assert "SECRET" not in shown(text.format("SECRET")[:size])


@pytest.mark.parametrize("wrapped", ["MSH|^~\\&|A\rNTE|1||see\rJANE DOE 5550100\r", CLAIM[:107] + "JANE DOE 5550100~"])
def test_a_line_that_is_no_segment_is_hidden(wrapped: str) -> None:
    assert "JANE" not in shown(wrapped)


def test_the_copy_of_a_wrong_element_is_hidden() -> None:
    seen = shown(CLAIM[:107] + "IK4*3:1*98*7*JANE DOE~STC*A7:500:IL*20261121*U*1******JANE DOE*JANE DOE*JANE DOE~")

    assert "IK4*3:1*98*7*" in seen
    assert "A7:500:IL" in seen
    assert seen.count("JANE") == 2  # STC10 and STC11 hold further status codes, not text


@given(st.text('ISA*~|:MSHPID^&\\\r\n 01{["', max_size=200))
def test_what_is_nearly_a_message_breaks_nothing(nearly: str) -> None:
    for text in (nearly, f"ISA{nearly}", f"MSH{nearly}", CLAIM[:106] + nearly):
        shown(text)


# --- fields of a known class --------------------------------------------------------------------------------
@pytest.mark.parametrize("event_type", sorted(BY_TYPE))
def test_the_classified_fields_of_every_event_are_hidden(event_type: str) -> None:
    kinds = classification(BY_TYPE[event_type])
    seen = mask_fields({name: ["VALUE", {"n": "VALUE"}] for name in kinds}, kinds)

    for name, kind in kinds.items():
        masked = kind.value in ("pii", "phi")
        assert seen[name] == ([HIDDEN, {"n": HIDDEN}] if masked else ["VALUE", {"n": "VALUE"}])


def test_what_is_empty_hides_nothing() -> None:
    assert mask_fields({"a": "", "b": None, "c": 0}, dict.fromkeys("abc", "pii")) == {"a": "", "b": None, "c": HIDDEN}


def test_headers_that_prove_a_sender_are_hidden() -> None:
    assert mask_headers({"Authorization": "Bearer x", "webhook-id": "msg_1", "Stripe-Signature": "t=1"}) == {
        "Authorization": HIDDEN,
        "webhook-id": "msg_1",
        "Stripe-Signature": HIDDEN,
    }


@pytest.mark.samples
def test_real_messages_are_shown_without_a_patients_name() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real messages of ../shared/data are not on this machine")
    for path in sorted([*SAMPLES.glob("hl7v2/*"), *SAMPLES.glob("x12/*")]):
        body = path.read_bytes()
        if len(body) > 500_000:
            continue
        for line in lay_out(body):
            name = line[0].text
            for value in line[1:]:
                if name == "PID" and value.place not in ("PID", "", "PID-1", "PID-18") and value.text:
                    assert value.masked == HIDDEN, path.name
