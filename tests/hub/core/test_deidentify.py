"""Nothing of a person is left in a fixture, and what it means or fails at stays what it was."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connectors.clearinghouse.files import transaction_of
from connectors.clearinghouse.remittances import check_remittance
from connectors.clearinghouse.translate import translate as read_x12
from connectors.ehr.translate import translate as read_ehr
from connectors.formats.hl7v2 import peek_header, split_messages
from connectors.lis.translate import translate as read_lis
from connectors.payment_gateway.translate import translate as read_gateway
from connectors.sandbox.cast import Visit, visits
from connectors.sandbox.voices import ehr, hospital, lis, scheduling
from connectors.sandbox.voices.scheduling import Happening
from connectors.scheduling_legacy.translate import translate as read_siu
from connectors.scheduling_saas.translate import translate as read_webhook
from connectors.translation import Incoming, Translator
from hub.core.deidentify import MOST_BYTES, Unproven, Unreadable, deidentified
from hub.core.deidentify.synthetic import says_something
from hub.core.errors import Failure
from tests.connectors.fixtures import fixtures
from tests.hub.core.test_masking_rules import ADT, CLAIM, secrets
from tests.support.samples import sample_files

AT = datetime(2026, 11, 9, 15, 30, tzinfo=UTC)
VISITS = visits()
IN_CLINICS = [visit for visit in VISITS if visit.in_clinic]


def end(translate: Translator, body: bytes) -> list[str]:
    """The types of the events that `body` means, and the code of the failure that ends them."""
    message = Incoming(system="sample", feed="sample", body=body)
    events: list[str] = []
    try:
        if translate is read_x12 and transaction_of(message) == "835":
            check_remittance(message)
        events.extend(event.TYPE for event in translate(message))
    except Failure as failure:
        return [*events, failure.code]
    return events


def copied(body: bytes, seed: int = 1) -> str:
    return deidentified(body, chance=Random(seed)).body.decode()


@settings(max_examples=25, deadline=None)
@given(secrets, st.sampled_from([ADT, CLAIM]), st.integers(0, 99))
def test_no_value_that_names_a_person_is_left(secret: str, template: str, seed: int) -> None:
    assume(says_something(secret))

    assert secret not in copied(template.format(secret).encode(), seed).upper()


def persons_words(visit: Visit) -> list[str]:
    patient = visit.patient
    names = [patient.last, patient.first, patient.street, patient.city]
    born = [patient.birth_date.isoformat(), patient.birth_date.strftime("%Y%m%d")]
    numbers = [patient.number, patient.member_id, patient.secondary_member_id, visit.account, visit.appointment]
    return [word.upper() for word in (*names, *born, *numbers) if word]


def said(visit: Visit, trigger: str) -> list[tuple[Translator, bytes]]:
    """What the systems of the sandbox say about a visit."""
    happening = Happening("booked", AT, AT + timedelta(days=7), 1)
    adt = (read_ehr, ehr.adt(visit, trigger, AT, "E-77120"))
    if visit.in_clinic:
        return [adt, (read_webhook, scheduling.webhook(visit, happening))]
    lines = lis.performed_lines(visit)
    results = [(read_lis, lis.oru(visit, AT, "L-77120", lines=lines))] if lines else []
    return [adt, (read_siu, hospital.siu(visit, happening, "H-77120")), *results]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(VISITS), st.sampled_from(["A04", "A08", "A03"]), st.integers(0, 99))
def test_what_the_sandboxs_systems_say_means_the_same_about_nobody(visit: Visit, trigger: str, seed: int) -> None:
    for translate, body in said(visit, trigger):
        clean = copied(body, seed)

        assert end(translate, clean.encode()) == end(translate, body)
        words = set(re.findall(r"[^\W_]+", clean.upper()))
        for word in persons_words(visit):
            assert word not in words if word.isalpha() else word not in clean.upper()


@pytest.mark.parametrize(
    "package", ["ehr", "lis", "scheduling_legacy", "billing", "clearinghouse", "payers", "clinic_ehr", "gnu_health"]
)
def test_the_fixtures_of_our_connectors_mean_the_same_afterwards(package: str) -> None:
    translate: Translator = import_module(f"connectors.{package}.translate").translate
    for fixture in fixtures(package):
        body = fixture.read_bytes()
        assert end(translate, copied(body).encode()) == end(translate, body), fixture.name


def test_equal_values_stay_equal_and_control_numbers_still_match() -> None:
    lines = copied(CLAIM.format("SECRETNAME1").encode()).splitlines()
    isa = next(line for line in lines if line.startswith("ISA")).split("*")
    iea = next(line for line in lines if line.startswith("IEA")).rstrip("~").split("*")
    assert isa[13] == iea[2] != "000000042"

    adt = copied(ADT.format("SECRETNAME1").encode()).split("\r")
    pid = next(line for line in adt if line.startswith("PID")).split("|")
    assert pid[2] == pid[3].partition("^")[0]
    assert pid[3].endswith("^^^SSA^SS")  # what kind of number it is, and who gave it, are no secret


def test_days_move_together_by_whole_weeks() -> None:
    told = {"occurred_at": "2026-11-07T09:12:44-06:00", "start_time": "2026-11-09", "patient": {"dob": "1970-01-31"}}
    moved = json.loads(copied(json.dumps(told).encode()))

    shift = date.fromisoformat(told["start_time"]) - date.fromisoformat(moved["start_time"])  # type: ignore[arg-type]
    assert shift.days > 0
    assert shift.days % 7 == 0
    assert moved["occurred_at"] == (
        f"{date(2026, 11, 7) - shift}T09:12:44-06:00"
    )  # fmt: skip
    assert moved["patient"]["dob"] == str(date(1970, 1, 31) - shift)


def test_codes_amounts_and_structure_stay_and_free_text_goes() -> None:
    told = {
        "resourceType": "Claim", "status": "active", "total": {"value": 12.50, "currency": "USD"},
        "patient": {"reference": "Patient/4711", "display": "Doe, John"}, "notes": "Mr Doe calls at noon",
        "item": [{"productOrService": {"coding": [{"system": "http://ama.org/cpt", "code": "99213"}]}}],
    }  # fmt: skip
    kept = json.loads(copied(json.dumps(told).encode()))

    assert (kept["resourceType"], kept["status"], kept["total"], kept["item"]) == (
        told["resourceType"], told["status"], told["total"], told["item"],
    )  # fmt: skip
    assert re.fullmatch(r"Patient/(?!4711)\d{4}", kept["patient"]["reference"])
    assert kept["patient"]["display"] == kept["notes"] == "REMOVED"


def test_a_table_is_cleaned_by_the_names_of_its_columns() -> None:
    table = 'account_number,last_name,service_date,amount,department_code\nA700311,"Tester, Jr",2026-11-09,12.50,CARD\n'
    head, row = copied(table.encode()).splitlines()
    cells = row.split(",")

    assert head == table.splitlines()[0]
    assert cells[-2:] == ["12.50", "CARD"]
    assert re.search("700311|Tester|2026-11-09", row) is None


def test_a_wrong_day_stays_wrong_and_a_day_in_words_goes() -> None:
    pid = "MSH|^~\\&|A|B|||20261109||ADT^A04|1|P|2.5.1\rPID|1||77^^^A^MR||DOE^J||{}\r"
    assert re.search(r"\|\d{4}1345\r", copied(pid.format("19701345").encode()))
    assert "1942" not in copied(pid.format("Aug 15, 1942").encode())


@pytest.mark.parametrize(
    "body",
    [b"any words", b'{"broken": ', b"ISA*00*cut", b"{" + b" " * MOST_BYTES + b"}", b"a,b\n1,2,3\n"],
    ids=["of no shape", "broken JSON", "no whole ISA", "too large", "a row of other columns"],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        deidentified(body)


def test_what_cannot_be_proved_clean_is_refused_by_its_place_and_never_by_its_value() -> None:
    body = ADT.format("X9").replace("^Q||", "^Q||").replace("X9^X9^Q", "REMOVED^X9^Q").encode()

    with pytest.raises(Unproven, match=re.escape("PID-5.1")) as caught:
        deidentified(body)
    assert "REMOVED" not in str(caught.value)


@pytest.mark.samples
def test_real_messages_meet_the_same_end_without_their_persons() -> None:
    compared = 0
    for translate, path, body in _samples():
        try:
            clean = deidentified(body, chance=Random(1)).body
        except (Unreadable, Unproven):
            continue
        assert end(translate, clean) == end(translate, body), path.name
        compared += 1

    assert compared >= 200


def _samples() -> list[tuple[Translator, Path, bytes]]:
    found: list[tuple[Translator, Path, bytes]] = []
    for path in sample_files("hl7v2"):
        for message in split_messages(path.read_bytes())[:5]:
            translate = {"SIU": read_siu, "ORU": read_lis}.get(peek_header(message).type, read_ehr)
            found.append((translate, path, message))
    for kind, translate in (("x12", read_x12), ("stripe", read_gateway)):
        paths = [path for path in sample_files(kind) if path.stat().st_size < 20_000]
        found += [(translate, path, path.read_bytes()) for path in paths]
    return found
