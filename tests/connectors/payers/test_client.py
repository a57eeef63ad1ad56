"""The client against the sandbox's payers over real sockets: answers, refusals, and lines that break."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from connectors.base import DeliveryRequest, DeliveryResult, Outcome, SystemConfig
from connectors.formats.core_envelope import Envelope, pack, unpack
from connectors.formats.x12 import (
    EligibilityAnswer,
    InterchangeAcknowledgement,
    OutgoingInterchange,
    Participant,
    StatusAnswer,
    acknowledge,
    read_inquiries,
    write_277,
    write_999,
    write_ta1,
)
from connectors.payers.client import LONGEST, PayerClient
from connectors.payers.payloads import Inquiry, Person
from connectors.sandbox import payer_rules, settings
from connectors.sandbox.claims_kept import ClaimShelf
from connectors.sandbox.payer_books import PayerBooks
from connectors.sandbox.payer_desk import Desk
from hub.core import clock
from hub.core.errors import BusinessRefusal, ConfigurationFault, DataFault, Failure, Transient
from hub.core.events.authorization import AuthorizationApproved, AuthorizationDenied, AuthorizationPended
from hub.core.events.claim import ClaimStatusReported
from hub.core.events.coverage import EligibilityChecked
from tests.connectors.formats.x12.inquiries import STATUS_ANSWER
from tests.connectors.payers.cast import (
    DAY,
    authorization,
    claim_status,
    config,
    eligibility,
    payer,
    request,
    understood,
    visit_at,
)
from tests.connectors.peers import Peer, answer
from tests.connectors.processes import Server, free_port, module_command, running

SENT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ENVELOPE = OutgoingInterchange(
    sender="60054", receiver="NORTHLAKE", control_number=9, group_control_number=9, created=SENT
)


@pytest.fixture(scope="module")
def payers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("payers")
    port = free_port()
    kept = ("--books", str(home / "payers.sqlite"), "--claims", str(home / "claims.jsonl"))
    with running(module_command("connectors.sandbox.payer_server", port, *kept), port) as server:
        yield server


def at(server: Server, code: str, **changes: Any) -> SystemConfig:
    return config(code, f"{server.url}/{code.lower()}", **changes)


def ask(system: SystemConfig, *inquiries: Inquiry | DeliveryRequest) -> list[DeliveryResult]:
    requests = [each if isinstance(each, DeliveryRequest) else request(each) for each in inquiries]
    with closing(PayerClient(system)) as client:
        return client.send(requests)


def order(server: Server, code: str, **fault: float) -> None:
    """Order a fault of this payer."""
    reply = httpx.post(
        f"{server.url}/_control/{code.lower()}/faults",
        json=fault,
        headers={"Authorization": f"Bearer {settings.CONTROL_TOKEN}"},
        trust_env=False,
    )
    reply.raise_for_status()


def books(server: Server, code: str) -> dict[str, Any]:
    reply = httpx.get(
        f"{server.url}/_control/{code.lower()}/books",
        headers={"Authorization": f"Bearer {settings.CONTROL_TOKEN}"},
        trust_env=False,
    )
    found: dict[str, Any] = reply.json()
    return found


# --- what payers say ---


def test_a_member_in_force_is_active_with_the_patients_share(payers: Server) -> None:
    visit = visit_at("AETNA")
    [result] = ask(at(payers, "AETNA"), eligibility(visit))
    assert (result.outcome, result.failure, result.response["error_code"]) == (Outcome.CONFIRMED, None, "Success")
    event = understood(result.answer)
    assert isinstance(event, EligibilityChecked)
    assert (event.entity_key, event.account_number, event.payer) == (
        f"{visit.appointment}-E", visit.account, "60054",
    )  # fmt: skip
    assert (event.status, event.copay, event.coinsurance) == ("active", Decimal("25"), Decimal("0.2"))
    assert (event.authorization_required, event.for_date, event.plan) == (True, DAY, "Aetna Choice")


def test_what_needs_no_leave_is_said_to_need_none(payers: Server) -> None:
    [result] = ask(at(payers, "AETNA"), eligibility(visit_at("AETNA", asked_first=False)))
    event = understood(result.answer)
    assert isinstance(event, EligibilityChecked)
    assert event.authorization_required is False


def test_a_member_whose_coverage_ended_is_inactive_and_one_unknown_is_rejected(payers: Server) -> None:
    ended, unknown = payer_rules.uncovered(), payer_rules.unknown()
    [gone] = ask(at(payers, ended.payer), eligibility(ended))
    [nobody] = ask(at(payers, unknown.payer), eligibility(unknown))
    told = [understood(gone.answer), understood(nobody.answer)]
    assert [(each.status, each.rejection) for each in told if isinstance(each, EligibilityChecked)] == [
        ("inactive", ""),
        ("rejected", "75"),
    ]


def test_a_child_is_asked_about_under_the_subscriber(payers: Server) -> None:
    child = Person(last="Archer", first="Bob", birth_date=DAY - timedelta(days=3650), sex="M")
    [result] = ask(at(payers, "AETNA"), eligibility(visit_at("AETNA"), dependent=child))
    [about] = [item for item in read_inquiries([result.answer]) if isinstance(item, EligibilityAnswer)]
    assert about.dependent is not None
    assert (about.patient, about.dependent.name.first) == (about.dependent, "Bob")
    assert understood(result.answer).account_number == visit_at("AETNA").account


def test_leave_is_given_with_a_number_and_a_repeat_gets_the_same(payers: Server) -> None:
    visit = visit_at("AETNA")
    before = books(payers, "AETNA")["reviews"]
    first, again = ask(
        at(payers, "AETNA"),
        request(authorization(visit), "W2:1"),
        request(authorization(visit), "W2:2"),
    )
    assert first.outcome is again.outcome is Outcome.CONFIRMED
    assert first.reference == again.reference != ""
    assert books(payers, "AETNA")["reviews"] == before + 1
    event = understood(first.answer)
    assert isinstance(event, AuthorizationApproved)
    assert (event.action_code, event.certification_number) == ("A1", first.reference)
    assert (event.procedure_codes, event.diagnoses) == (("93458", "93005"), ("I25.10", "I10"))
    assert event.valid_from is not None
    assert event.valid_until == event.valid_from + timedelta(days=90)


def test_leave_is_refused_with_a_reason(payers: Server) -> None:
    visit = payer_rules.denied()
    [result] = ask(at(payers, visit.payer), authorization(visit))
    event = understood(result.answer)
    assert isinstance(event, AuthorizationDenied)
    assert (event.action_code, event.reason) == ("A3", "0V")


def test_a_member_nobody_knows_is_not_reviewed(payers: Server) -> None:
    visit = payer_rules.unknown()
    [result] = ask(at(payers, visit.payer), authorization(visit))
    event = understood(result.answer)
    assert isinstance(event, AuthorizationDenied)
    assert (event.action_code, event.reason, event.entity_key) == ("AAA", "75", f"{visit.appointment}-A")


def test_a_claim_that_no_payer_has_is_not_found(payers: Server) -> None:
    visit = visit_at("BCBS")
    [result] = ask(at(payers, "BCBS"), claim_status(visit))
    event = understood(result.answer)
    assert isinstance(event, ClaimStatusReported)
    assert (event.claim_number, event.status_category, event.errors) == (visit.account, "D0", ("D0:35",))


# --- what goes wrong ---


def test_a_wrong_password_is_a_matter_of_configuration_and_so_says_the_probe(payers: Server) -> None:
    wrong = at(payers, "AETNA", secrets={"password": "guessed"})
    [result] = ask(wrong, eligibility(visit_at("AETNA")))
    assert result.outcome is Outcome.FAILED
    assert isinstance(result.failure, ConfigurationFault)
    with closing(PayerClient(wrong)) as client:
        assert client.probe().outcome is Outcome.FAILED
    with closing(PayerClient(at(payers, "AETNA"))) as client:
        assert client.probe().outcome is Outcome.CONFIRMED


FAULTS: dict[str, tuple[dict[str, float], str]] = {
    "down": ({"outage_seconds": 60}, "maintenance"),
    "cut": ({"answers_lost": 1, "hold_seconds": 0}, "connection-cut"),
    "garbled": ({"answers_garbled": 1}, "answer-unreadable"),
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_an_answer_that_does_not_come_is_asked_for_again(payers: Server, fault: dict[str, float], code: str) -> None:
    inquiry = eligibility(visit_at("UHC"))
    order(payers, "UHC", **fault)
    [lost] = ask(at(payers, "UHC"), inquiry)
    order(payers, "UHC", outage_seconds=0)
    [found] = ask(at(payers, "UHC"), inquiry)
    assert (lost.outcome, lost.answer) == (Outcome.FAILED, b"")
    assert isinstance(lost.failure, Transient)
    assert lost.failure.code == code
    assert found.outcome is Outcome.CONFIRMED


def test_a_payer_that_takes_longer_than_its_limit_counts_as_one_that_did_not_answer(payers: Server) -> None:
    order(payers, "MEDICARE", latency_ms=2500)
    slow = at(payers, "MEDICARE", timeout=timedelta(seconds=1))
    [result] = ask(slow, eligibility(visit_at("MEDICARE", asked_first=False)))
    order(payers, "MEDICARE", latency_ms=0)
    assert result.outcome is Outcome.FAILED
    assert result.failure is not None
    assert result.failure.code == "no-answer-in-time"


def test_no_limit_is_longer_than_that_of_core() -> None:
    client = PayerClient(config("AETNA", "http://127.0.0.1:1", timeout=timedelta(minutes=5)))
    assert client._http._limit == LONGEST == timedelta(seconds=20)
    client.close()


def says(error_code: str = "Success", payload: bytes = b"", status: int = 200) -> Peer:
    """A payer that answers any envelope with this one."""
    body, media_type = pack(
        Envelope(
            payload_type="X12_Any_Response", payload_id="0001", time_stamp="", sender_id="60054", receiver_id="N",
            error_code=error_code, payload=payload,
        )
    )  # fmt: skip
    whole = answer(status, body, f"Content-Type: {media_type}")
    return Peer(lambda connection, _: connection.sendall(whole))


NOT_TAKEN = InterchangeAcknowledgement(control_number="1", status="R", note="009", created=SENT)
NO_PROVIDER = replace(STATUS_ANSWER, subscriber=None, trace=None, references=(), dates=(), lines=())
BROKEN = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *261120*0930*^*00501*000000001*0*P*:~"
BROKEN_270 = BROKEN + b"GS*HS*A*B*20261120*0930*1*X*005010X279A1~ST*270*0001*005010X279A1~BHT*0022*13*R*2026~SE*3*0001~"
REFUSALS: dict[str, tuple[Callable[[], Peer], type[Failure], str]] = {
    "another envelope error": (lambda: says("PayloadIDIllegal"), BusinessRefusal, "PayloadIDIllegal"),
    "an error told by a page of prose": (lambda: says("Call Mr Archer"), BusinessRefusal, "envelope-refused"),
    "a TA1": (
        lambda: says(payload=write_ta1([NOT_TAKEN], interchange=ENVELOPE)), DataFault, "inquiry-broke-the-rules",
    ),
    "a 999": (
        lambda: says(payload=write_999(acknowledge([BROKEN_270]), interchange=ENVELOPE)),
        DataFault, "inquiry-broke-the-rules",
    ),
    "another transaction": (
        lambda: says(payload=BROKEN_270.replace(b"*270*", b"*271*")), DataFault, "inquiry-broke-the-rules",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("peer", "kind", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_is_no_answer_refuses_the_question_and_says_why(
    peer: Callable[[], Peer], kind: type[Failure], code: str
) -> None:
    far = peer()
    [result] = ask(config("AETNA", far.url), authorization(visit_at("AETNA")))
    far.close()
    assert result.outcome is Outcome.REJECTED
    assert isinstance(result.failure, kind)
    assert result.failure.code == code
    assert result.answer == b""
    assert "Archer" not in str(result.failure)


def test_a_payer_that_does_not_know_the_provider_refuses_the_status_inquiry() -> None:
    answered = replace(NO_PROVIDER, receiver=Participant(name=STATUS_ANSWER.payer.name))
    assert isinstance(answered, StatusAnswer)
    far = says(payload=write_277([answered], reference="R", interchange=ENVELOPE))
    [result] = ask(config("AETNA", far.url), claim_status(visit_at("AETNA")))
    far.close()
    assert (result.outcome, result.failure and result.failure.code) == (Outcome.REJECTED, "inquiry-refused")


def test_an_answer_that_breaks_x12_is_confirmed_and_taken_in_for_a_person_to_see() -> None:
    far = says(payload=BROKEN + b"GS*HB*A*B*20261120*0930*1*X*005010X279A1~ST*271*0001~HL*1**99*1~")
    [result] = ask(config("AETNA", far.url), eligibility(visit_at("AETNA")))
    far.close()
    assert result.outcome is Outcome.CONFIRMED
    with pytest.raises(DataFault) as refused:
        understood(result.answer)
    assert refused.value.code == "x12-malformed"


UNWRITABLE: dict[str, tuple[dict[str, Any], str]] = {
    "a name that holds a delimiter": ({"provider": {"name": "A*B", "npi": "1999999984"}}, "NM103"),
    "a trace that is too long": ({"trace": "T" * 51}, "BHT03"),
    "a day that is none": ({"for_date": "soon"}, "$.for_date"),
}


@pytest.mark.parametrize(("changes", "place"), UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_what_x12_cannot_carry_is_refused_by_its_place_before_anything_is_sent(
    changes: dict[str, Any], place: str
) -> None:
    sound = request(eligibility(visit_at("AETNA")))
    broken = replace(sound, payload={**sound.payload, **changes})
    [result] = ask(config("AETNA", "http://127.0.0.1:1"), broken)
    assert result.outcome is Outcome.REJECTED
    assert isinstance(result.failure, DataFault)
    assert place in result.failure.cause


def test_a_payer_without_an_id_cannot_be_asked() -> None:
    with pytest.raises(ConfigurationFault, match="which payer"):
        PayerClient(config("AETNA", "http://127.0.0.1:1", options={}))


def test_nothing_of_the_patient_or_our_secret_shows_in_what_is_kept_of_an_exchange(payers: Server) -> None:
    visit = visit_at("AETNA")
    [result] = ask(at(payers, "AETNA"), eligibility(visit))
    shown = f"{result!r} {msgspec.json.encode(result.response).decode()}"
    private = (visit.patient.last, visit.patient.first, visit.patient.member_id, settings.PAYER_PASSWORD)
    assert not [word for word in private if re.search(re.escape(word), shown)]


# --- the payer's own clock ---


def test_a_payer_that_thinks_it_over_pends_first_and_decides_when_asked_again(tmp_path: Path) -> None:
    visit = visit_at("UHC")
    desk = Desk(payer("UHC"), PayerBooks(tmp_path / "books.sqlite"), ClaimShelf(tmp_path / "claims.jsonl"))
    far = Peer(lambda connection, body: connection.sendall(_through(desk, body)))
    [pended] = ask(config("UHC", far.url), request(authorization(visit), "W2:1"))
    with clock.travel(payer_rules.REVIEW_TAKES / 2):
        [still] = ask(config("UHC", far.url), request(authorization(visit), "W2:2"))
    with clock.travel(payer_rules.REVIEW_TAKES + timedelta(minutes=1)):
        [decided] = ask(config("UHC", far.url), request(authorization(visit), "W2:3"))
    far.close()
    kinds = [type(understood(each.answer)) for each in (pended, still, decided)]
    assert kinds == [AuthorizationPended, AuthorizationPended, AuthorizationApproved]
    assert pended.reference == decided.reference


def _through(desk: Desk, http: bytes) -> bytes:
    """One request of HTTP answered by the desk, in this process: its clock is ours."""
    head, _, body = http.partition(b"\r\n\r\n")
    media_type = re.search(rb"(?im)^content-type: (.+?)\r?$", head)
    assert media_type is not None
    asked = unpack(body, media_type[1].decode())
    decided = desk.answer(asked.payload)
    back, kind = pack(replace(asked, payload=decided.content, payload_type=decided.payload_type, error_code="Success"))
    return answer(200, back, f"Content-Type: {kind}")
