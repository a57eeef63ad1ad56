"""HL7 v2 by file: a nightly batch fills the gaps of a line, and repeats what came over it without effect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import seed
from connectors.listening import answer
from connectors.models import Feed, Message, System, Transport
from connectors.selectors import forget_feeds, read_body
from connectors.states import MessageState
from connectors.watching import Watcher
from exceptions.models import Member
from tests.support.mllp import admission

HEAD, TAIL = b"FHS|^~\\&|EHR|NLM\rBHS|^~\\&|EHR|NLM\r", b"BTS|3\rFTS|1\r"


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Iterator[Path]:
    """Where the EHR's nightly file is put."""
    seed.seed()
    inbox = tmp_path / "nightly"
    inbox.mkdir()
    Feed.objects.create(
        code="ehr-nightly", system=System.objects.get(code="ehr"), name="Nightly file", transport=Transport.FILES,
        contract="hl7v2.adt-dft", options={"folder": str(inbox), "messages_of": "ehr"}, max_bytes=100_000,
    )  # fmt: skip
    Feed.objects.filter(code="clearinghouse").delete()
    forget_feeds()
    yield inbox
    forget_feeds()


def look() -> None:
    watcher = Watcher()
    for _ in range(3):  # a file is taken once it has stood still
        watcher.look()
    watcher.close()


def states() -> list[tuple[str, str, str]]:
    return sorted(Message.objects.values_list("control_id", "state", "feed_code"))


def test_a_nightly_file_fills_the_gaps_of_the_line_and_repeats_the_rest_without_effect(folder: Path) -> None:
    answer(admission("2"), "")
    (folder / "night.hl7").write_bytes(HEAD + b"".join(admission(str(number)) for number in (1, 2, 3)) + TAIL)

    look()

    assert states() == [
        ("1", "received", "ehr"), ("2", "duplicate", "ehr"), ("2", "received", "ehr"), ("3", "received", "ehr")
    ]  # fmt: skip
    assert {row.name for row in Message.objects.filter(control_id="3")} == {"night.hl7"}
    assert (folder / "done" / "night.hl7").exists() or not (folder / "night.hl7").exists()


def test_a_file_that_lost_messages_is_taken_and_said_to_be_incomplete(folder: Path) -> None:
    (folder / "night.hl7").write_bytes(HEAD + admission("1") + TAIL)

    look()

    assert Message.objects.get(control_id="1").state == MessageState.RECEIVED
    kept = Message.objects.get(code="batch-incomplete")
    assert (kept.name, Member.objects.filter(ref=kept.pk).exists()) == ("night.hl7", True)


@pytest.mark.parametrize(
    ("content", "code"), [(b"no message\r", None), (b"", "no-hl7-message"), (b"x" * 100_001, "message-too-large")]
)
def test_what_holds_no_message_is_refused_and_kept(folder: Path, content: bytes, code: str | None) -> None:
    (folder / "night.hl7").write_bytes(content)

    look()

    kept = Message.objects.get()
    assert (kept.state, kept.code) == (MessageState.REJECTED, code or "no-hl7-header")
    assert content.startswith(read_body(kept)[:100])
