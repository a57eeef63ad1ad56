"""`manage.py ingest` and `manage.py quiet`, as an operator types them."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connectors import seed, selectors
from connectors.models import Delivery, Feed, Message, System
from exceptions.management.commands import quiet
from exceptions.models import Case
from hub.core import clock
from hub.core.ids import uuid7
from hub.core.sealing import seal_json
from hub.masterdata import crosswalk
from orchestration.models import Run, Wait
from orchestration.states import RunState
from orchestration.sweeps import sweep
from tests.connectors.fixtures import PACKAGES
from tests.support.mllp import admission
from tests.support.samples import sample_files

FEEDS = ("ehr", "siu", "gateway", "scheduling", "clearinghouse")
ADMITTED = PACKAGES / "ehr" / "fixtures" / "admitted.a01.hl7"
ODD = (
    b"",
    b" \r\n ",
    b"hello",
    bytes(range(256)) * 40,
    b"MSH|",
    b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|\x00|P|2.5",
    b"ISA*00*",
    b"ISA" * 40,
    b"{}",
    b"[" * 5000,
    b'{"id": "evt_1", "object": "event"}',
    b"\xff\xfeM\x00S\x00H\x00|\x00",
    b"\x0b\x1c\r",
    b"x" * 700_000,
)


@pytest.fixture(autouse=True)
def feeds(db: None) -> None:
    seed.seed()
    selectors.forget_feeds()
    crosswalk.forget()


@pytest.fixture
def admitted(db: None, tmp_path: Path) -> Path:
    """An admission with the codes that the sandbox group's EHR really uses, and that group's master data."""
    call_command("seed_group", verbosity=0, stdout=StringIO())
    crosswalk.forget()
    content = ADMITTED.read_bytes()
    for code, mapped in ((b"NLM", b"100"), (b"CARDIO^R12", b"CAR"), (b"MCARE", b"I100"), (b"1144", b"4001")):
        content = content.replace(code, mapped)
    return written(tmp_path, ADMITTED.name, content)


def ingest(feed: str, *files: Path) -> tuple[int, list[dict[str, Any]]]:
    """(exit code, what it told of each message)."""
    out, code = StringIO(), 0
    try:
        call_command("ingest", feed, *map(str, files), json=True, timeout=60.0, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_each_message_is_told_with_its_id_outcome_events_and_cases(admitted: Path) -> None:
    code, told = ingest("ehr", admitted)

    message = Message.objects.get()
    assert code == 0
    assert told == [
        {
            "file": admitted.name,
            "message_id": str(message.id),
            "outcome": "processed",
            "code": "",
            "detail": "",
            "events": ["encounter.admitted"],
            "case_ids": [],
        }
    ]


def test_the_same_file_again_is_a_duplicate_and_tells_of_the_first(admitted: Path) -> None:
    _, first = ingest("ehr", admitted)

    code, again = ingest("ehr", admitted)

    assert code == 0
    assert again == [{**first[0], "outcome": "duplicate"}]


def test_without_json_a_line_a_message_is_printed(admitted: Path, tmp_path: Path) -> None:
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("ingest", "ehr", str(admitted), str(written(tmp_path, "x.hl7", b"hello")), stdout=out)

    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert "processed" in lines[0]
    assert "1 events, 0 cases" in lines[0]
    assert "rejected" in lines[1]
    assert "no-hl7-header: The frame does not begin with an MSH segment." in lines[1]


def test_what_is_held_is_told_with_the_case_that_says_why() -> None:
    code, told = ingest("ehr", ADMITTED)

    case = Case.objects.get()
    assert (code, told[0]["outcome"], told[0]["case_ids"]) == (0, "held", [str(case.id)])
    assert (told[0]["code"], case.code) == ("unmapped-facility", "unmapped-facility")


def test_a_batch_is_its_messages_and_its_envelope_is_none(tmp_path: Path) -> None:
    batch = b"FHS|^~\\&|EHR\rBHS|^~\\&|EHR\r" + admission("1") + admission("2") + b"BTS|2\rFTS|1\r"

    code, told = ingest("ehr", written(tmp_path, "batch.hl7", batch))

    assert (code, len(told)) == (0, 2)
    assert {row["file"] for row in told} == {"batch.hl7"}
    assert Message.objects.count() == 2


def test_a_recording_of_mllp_is_taken_as_it_went_over_the_wire(tmp_path: Path) -> None:
    recorded = b"".join(b"\x0b" + admission(number) + b"\x1c\r" for number in "12")

    _, told = ingest("ehr", written(tmp_path, "wire.hl7", recorded))
    _, again = ingest("ehr", written(tmp_path, "one.hl7", admission("2")))

    assert len(told) == 2
    assert again[0]["outcome"] == "duplicate"
    assert again[0]["message_id"] == told[1]["message_id"]


def test_a_message_goes_to_the_feed_that_was_named() -> None:
    code, told = ingest("siu", ADMITTED)

    assert (code, told[0]["outcome"], told[0]["code"]) == (1, "rejected", "unsupported-message-type")
    assert Message.objects.get().feed_code == "siu"


def test_a_number_used_for_other_content_is_rejected(tmp_path: Path) -> None:
    one, other = written(tmp_path, "1.hl7", admission("1")), written(tmp_path, "2.hl7", admission("1", filler="x"))

    code, told = ingest("ehr", one, other)

    assert (code, told[1]["outcome"], told[1]["code"]) == (1, "rejected", "control-id-reused")
    assert len(told[1]["case_ids"]) == 1


@pytest.mark.parametrize("feed", FEEDS)
def test_whatever_a_file_holds_it_is_kept_and_has_a_case(feed: str, tmp_path: Path) -> None:
    files = [written(tmp_path, f"{number}.odd", content) for number, content in enumerate(ODD)]

    code, told = ingest(feed, *files)

    assert {row["file"] for row in told} == {path.name for path in files}
    for row in told:
        assert row["outcome"] in {"held", "rejected", "duplicate"}
        assert row["case_ids"]
        assert row["detail"]
    assert code == int(any(row["outcome"] == "rejected" for row in told))
    assert not Message.objects.filter(state="received").exists()


def test_nothing_is_sent_where_a_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"gone\.hl7: No such file or directory"):
        ingest("ehr", ADMITTED, tmp_path / "gone.hl7")
    with pytest.raises(CommandError, match="Is a directory"):
        ingest("ehr", tmp_path)

    assert not Message.objects.exists()


def test_an_unknown_feed_is_answered_with_those_known() -> None:
    with pytest.raises(CommandError, match="no feed 'nonsense'; known feeds: .*clearinghouse, ehr, gateway"):
        ingest("nonsense", ADMITTED)


def test_what_a_paused_feed_takes_is_told_as_received() -> None:
    Feed.objects.filter(code="ehr").update(state="paused")
    selectors.forget_feeds()

    code, told = ingest("ehr", ADMITTED)

    assert (code, told[0]["outcome"]) == (0, "received")


@pytest.mark.samples
@pytest.mark.parametrize(("feed", "kind"), [("ehr", "hl7v2"), ("siu", "hl7v2"), ("gateway", "stripe")])
def test_no_real_message_is_lost_whatever_it_holds(feed: str, kind: str) -> None:
    files = sample_files(kind)

    _, told = ingest(feed, *files)

    assert {row["file"] for row in told} == {path.name for path in files}
    unexplained = [row for row in told if row["outcome"] in {"held", "rejected"} and not row["case_ids"]]
    assert unexplained == []
    assert {row["outcome"] for row in told} <= {"processed", "duplicate", "held", "rejected"}


# --- quiet ---


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_people_is_at_rest_and_what_goes_on_by_itself_is_not() -> None:
    assert quiet.under_way() == {}
    ingest("ehr", ADMITTED)
    Message.objects.update(state="received")
    Delivery.objects.create(system="erp", operation="plan.post", posting_key="1", sealed_request=seal_json({}))
    assert quiet.under_way() == {"messages": 1, "deliveries": 1}

    Feed.objects.filter(code="ehr").update(state="paused")
    System.objects.filter(code="erp").update(state="paused")
    assert quiet.under_way() == {}


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_time_to_wait_is_over_is_not_at_rest_before_it_has_looked() -> None:
    run = Run.objects.create(
        workflow="W2", version=1, subject="A1", entity_key="A1", order_key="A1", journey_id=uuid7(),
        event_id=uuid7(), event_type="appointment.booked", facility="C07", state=RunState.WAITING,
    )  # fmt: skip
    wait = Wait.objects.create(run=run, topic="coverage.eligibility_checked", key="A1", due_at=None)
    assert quiet.under_way() == {}
    Wait.objects.filter(pk=wait.pk).update(due_at=clock.now() + timedelta(hours=1))
    assert quiet.under_way() == {}

    with clock.travel(timedelta(hours=2)):
        assert quiet.under_way() == {"timers": 1}
        sweep()
        assert quiet.under_way() == {"runs": 1}
