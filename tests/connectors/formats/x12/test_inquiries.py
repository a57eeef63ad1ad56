"""270/271, 276/277 and 278: what is written reads back equal, and what is wrong is said in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.formats.x12 import (
    Benefit,
    BenefitQuestion,
    Decision,
    EligibilityAnswer,
    EligibilityInquiry,
    Fault,
    FaultCode,
    InquiryEnd,
    InquiryStart,
    Name,
    Participant,
    Period,
    ReviewRequest,
    ReviewResponse,
    Severity,
    StatusAnswer,
    StatusInquiry,
    Trace,
    UnwritableValue,
    read,
    read_inquiries,
    write_270,
    write_271,
    write_276,
    write_277,
    write_278_request,
    write_278_response,
)
from connectors.formats.x12.hierarchy import MOST_SEGMENTS
from tests.connectors.formats.x12.cast import interchange
from tests.connectors.formats.x12.inquiries import (
    ANSWER,
    BOB,
    HUB,
    INQUIRY,
    PAYER,
    REQUEST,
    RESPONSE,
    REVIEWER,
    STATUS_ANSWER,
    STATUS_INQUIRY,
    UNKNOWN_MEMBER,
)
from tests.connectors.formats.x12.judge import element_complaints, maps_with_277
from tests.connectors.formats.x12.strategies import DAYS, amounts, delimiters, identifiers, words
from tests.support.samples import sample_files

Write = Callable[..., bytes]
WRITERS: dict[type, Write] = {
    EligibilityInquiry: write_270,
    EligibilityAnswer: write_271,
    StatusInquiry: write_276,
    StatusAnswer: write_277,
    ReviewRequest: write_278_request,
    ReviewResponse: write_278_response,
}
CASES: dict[str, Any] = {
    "270": INQUIRY,
    "270 of a dependent": replace(INQUIRY, dependent=BOB),
    "271": ANSWER,
    "271 of a dependent": replace(ANSWER, dependent=BOB),
    "271 that knows no such member": replace(ANSWER, dates=(), benefits=(), rejections=(UNKNOWN_MEMBER,)),
    "271 of a payer that cannot answer now": EligibilityAnswer(
        source=PAYER, rejections=(replace(UNKNOWN_MEMBER, reason="42", follow_up="R", loop="2000A"),)
    ),
    "276": STATUS_INQUIRY,
    "276 of a dependent": replace(
        STATUS_INQUIRY,
        subscriber=STATUS_ANSWER.subscriber,
        dependent=replace(BOB, name=Name("QC", "Archer", "Bob")),
    ),
    "277": STATUS_ANSWER,
    "277 of a dependent": replace(STATUS_ANSWER, dependent=Participant(name=Name("QC", "Archer", "Bob"))),
    "277 that knows no such provider": replace(
        STATUS_ANSWER, subscriber=None, trace=Trace("0"), references=(), dates=(), lines=()
    ),
    "278 request": REQUEST,
    "278 request of a dependent": replace(REQUEST, dependent=replace(BOB, name=Name("QC", "Archer", "Bob"))),
    "278 response": RESPONSE,
    "278 response by service": replace(
        RESPONSE, decision=None, services=(replace(RESPONSE.services[0], decision=Decision("A3", "R-1", "0V")),)
    ),
    "278 response that knows no such member": ReviewResponse(
        payer=REVIEWER, requester=RESPONSE.requester, subscriber=RESPONSE.subscriber, rejections=(UNKNOWN_MEMBER,)
    ),
    "278 response of a payer that cannot answer now": ReviewResponse(
        payer=REVIEWER, rejections=(replace(UNKNOWN_MEMBER, reason="42", loop="2000A"),)
    ),
}


def written(item: object, **changes: object) -> bytes:
    return WRITERS[type(item)]([item], reference="H300001-E", interchange=interchange(**changes))


def reread(text: bytes) -> list[Any]:
    return [item for item in read_inquiries([text]) if not isinstance(item, InquiryStart | InquiryEnd)]


@pytest.mark.parametrize("item", CASES.values(), ids=CASES.keys())
def test_what_is_written_reads_back_equal(item: object) -> None:
    assert reread(written(item)) == [item]


def test_start_and_end_say_what_was_asked_when_and_that_all_of_it_is_there() -> None:
    start, *_, end = read_inquiries([written(replace(RESPONSE, decision=Decision("A4", "R-1")))])
    assert isinstance(start, InquiryStart)
    assert (start.reference, start.purpose, start.kind, f"{start.created:%H:%M:%S}") == (
        "H300001-E", "11", "19", "09:30:00",
    )  # fmt: skip
    assert isinstance(end, InquiryEnd)
    assert (end.items, end.errors, end.complete) == (1, 0, True)


@pytest.mark.parametrize("name", ["277", "277 of a dependent"])
def test_pyx12_has_nothing_against_any_element_of_a_277(name: str, tmp_path: Path) -> None:
    assert element_complaints(written(CASES[name]), maps_with_277(tmp_path)) == []


#: A busy machine draws content slowly; that is no fault of what is tried with it.
any_content = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUESTIONS = st.builds(
    BenefitQuestion, service_types=st.lists(st.sampled_from(["30", "1", "98", "UC"]), min_size=1, max_size=3).map(tuple)
)
BENEFITS = st.builds(
    Benefit,
    information=st.sampled_from(["1", "6", "A", "B", "C", "G"]),
    service_types=st.lists(st.sampled_from(["30", "98", "MH"]), max_size=3).map(tuple),
    plan=words(50) | st.just(""),
    period=st.sampled_from(["", "27", "29"]),
    amount=st.none() | amounts(),
    percent=st.none() | amounts("0.00", "1.00"),
    authorization=st.sampled_from(["", "Y", "N", "U"]),
    in_network=st.sampled_from(["", "Y", "W"]),
    dates=st.lists(st.builds(Period, st.just("346"), DAYS, st.none() | DAYS), max_size=2).map(tuple),
    messages=st.lists(words(60), max_size=2).map(tuple),
)
PATIENTS = st.builds(
    Participant,
    name=st.builds(Name, st.just("IL"), words(60), words(35), id_qualifier=st.just("MI"), id=identifiers(30)),
    birth_date=st.none() | DAYS,
    sex=st.sampled_from(["", "F", "M"]),
)


@any_content
@given(patient=PATIENTS, benefits=st.lists(BENEFITS, max_size=4), chosen=delimiters())
def test_any_answer_reads_back_equal_with_any_delimiters(patient: Any, benefits: list[Benefit], chosen: Any) -> None:
    answer = replace(ANSWER, subscriber=patient, benefits=tuple(benefits))
    assert reread(written(answer, delimiters=chosen)) == [answer]


@any_content
@given(patient=PATIENTS, questions=st.lists(QUESTIONS, min_size=1, max_size=3), chosen=delimiters())
def test_any_inquiry_reads_back_equal_with_any_delimiters(patient: Any, questions: Any, chosen: Any) -> None:
    inquiry = replace(INQUIRY, subscriber=patient, questions=tuple(questions))
    assert reread(written(inquiry, delimiters=chosen)) == [inquiry]


@any_content
@given(patient=PATIENTS, number=identifiers(50), action=st.sampled_from("A1 A2 A3 A4 A6 C CT NA".split()))
def test_any_decision_reads_back_equal(patient: Any, number: str, action: str) -> None:
    response = replace(RESPONSE, subscriber=patient, decision=Decision(action, number, "0V"))
    assert reread(written(response)) == [response]


WRONG = {
    "an inquiry without a question": (INQUIRY, b"EQ*", b"III*", FaultCode.MISSING_SEGMENT, "EQ", "2000C"),
    "an amount that is none": (ANSWER, b"27*25*", b"27*2x5*", FaultCode.NOT_A_NUMBER, "EB07", "2110C"),
    "a birth date that is none": (ANSWER, b"19800229", b"19810229", FaultCode.NOT_A_DATE, "DMG02", "2000C"),
    "a level nobody knows": (ANSWER, b"*22*0~", b"*99*0~", FaultCode.UNKNOWN_CODE, "HL03", ""),
    "a claim without a status": (
        STATUS_ANSWER, b"STC*F2:88:QC", b"PER*IC", FaultCode.MISSING_SEGMENT, "STC", "2200D",
    ),
    "a decision without a code": (RESPONSE, b"HCR*A1*", b"HCR**", FaultCode.MISSING_ELEMENT, "HCR01", "2000E"),
    "a request without its kind": (REQUEST, b"UM*HS*I*1*22:B**U~", b"", FaultCode.MISSING_SEGMENT, "UM", "2000E"),
    "a foreign segment": (RESPONSE, b"HCR*A1*", b"CLP*A1*", FaultCode.UNKNOWN_SEGMENT, "CLP", "2000E"),
    "a period that is none": (RESPONSE, b"20261123-2027", b"20261123_2027", FaultCode.NOT_A_DATE, "DTP03", "2000E"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_fault_names_its_place_and_never_a_value(wrong: tuple[Any, bytes, bytes, FaultCode, str, str]) -> None:
    item, before, after, code, place, loop = wrong
    broken = written(item).replace(before, after)
    faults = [each for each in read([broken]) if isinstance(each, Fault)]
    [fault] = [each for each in faults if each.code is code]
    assert (fault.element or fault.segment_id, fault.loop) == (place, loop)
    assert "1981" not in str(fault)


def test_levels_that_name_another_parent_are_read_by_their_order_and_the_sender_is_told() -> None:
    items = reread(written(ANSWER).replace(b"HL*3*2*22", b"HL*3*1*22"))
    [warning] = [each for each in items if isinstance(each, Fault)]
    assert (warning.severity, warning.element) == (Severity.WARNING, "HL02")
    assert [each for each in items if not isinstance(each, Fault)] == [ANSWER]


def test_an_answer_says_who_it_is_about_and_finds_the_account() -> None:
    about_bob = replace(ANSWER, dependent=BOB)
    assert about_bob.patient == BOB
    assert ANSWER.subscriber is not None
    assert (ANSWER.subscriber.reference("EJ"), ANSWER.subscriber.reference("18")) == ("N100001", "")


@pytest.mark.parametrize(
    ("item", "element"),
    [
        (replace(INQUIRY, traces=(Trace(""),)), "TRN02"),
        (replace(REQUEST, subscriber=None), "NM103"),
        (replace(REQUEST, review=None), "UM01"),
        (replace(REQUEST, diagnoses=(("ABF", "I10"),) * 13), "HI"),
        (replace(STATUS_ANSWER, standings=()), "STC01"),
        (replace(STATUS_INQUIRY, receiver=replace(HUB, name=Name("41", "A*B", person=False))), "NM103"),
    ],
)
def test_what_cannot_stand_in_x12_is_refused_by_its_element(item: object, element: str) -> None:
    with pytest.raises(UnwritableValue) as refused:
        written(item)
    assert refused.value.element == element


def test_memory_holds_one_patient_at_a_time() -> None:
    """Items come out before the file has been read to its end."""
    text = write_271([ANSWER] * 50, reference="R", interchange=interchange())
    consumed = 0

    def pieces() -> Any:
        nonlocal consumed
        for start in range(0, len(text), 64):
            consumed = start
            yield text[start : start + 64]

    answers = (item for item in read(pieces()) if isinstance(item, EligibilityAnswer))
    assert next(answers) == ANSWER
    assert consumed < len(text)
    assert sum(1 for _ in answers) == 49


@pytest.mark.parametrize(
    ("item", "repeated"),
    [(ANSWER, b"EB*1**98~"), (RESPONSE, b"HL*9*4*SS*0~SV1*HC:99213*1~")],
    ids=["benefits", "services"],
)
def test_a_level_that_does_not_end_is_cut_with_a_fault_and_not_kept_in_memory(item: object, repeated: bytes) -> None:
    head, _, tail = written(item).partition(b"SE*")
    pieces = [head, *([repeated * 500] * (2 * MOST_SEGMENTS // 500)), b"SE*" + tail]
    found = list(read_inquiries(pieces))
    assert [each.code for each in found if isinstance(each, Fault)].count(FaultCode.OVERSIZE_SEGMENT) == 1
    [kept] = [each for each in found if isinstance(each, type(item))]
    assert len(getattr(kept, "benefits", ()) or getattr(kept, "services", ())) <= MOST_SEGMENTS


@pytest.mark.samples
def test_every_sound_sample_reads_back_equal_when_written_again() -> None:
    """What the typed form carries of real messages survives; those that break X12 are only read."""
    read_again: dict[str, int] = {}
    for path in sample_files("x12"):
        items = _items(path)
        if not items or any(isinstance(each, Fault) and each.severity is Severity.ERROR for each in items):
            continue
        for item in items:
            if type(item) in WRITERS:
                assert reread(written(item)) == [item], path.name
                read_again[type(item).__name__] = read_again.get(type(item).__name__, 0) + 1
    assert read_again.keys() == {shape.__name__ for shape in WRITERS}


def _items(path: Path) -> list[Any]:
    with path.open("rb") as file:
        return [item for item in read_inquiries(file) if not isinstance(item, InquiryStart | InquiryEnd)]


def test_a_decision_speaks_for_the_event_or_for_its_services() -> None:
    by_service = CASES["278 response by service"]
    assert by_service.decisions == (Decision("A3", "R-1", "0V"),)
    assert RESPONSE.decisions == (Decision("A1", "AUTH0001"),)
