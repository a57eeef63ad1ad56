"""The file door: folders, local and of a real SFTP server, each file of which becomes one message."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import lanes, seed
from connectors.models import Feed, Lane, Message, MessageChunk, System
from connectors.selectors import forget_feeds, open_body, read_body
from connectors.spool import CHUNK_BYTES
from connectors.states import MessageState
from connectors.watching import Watcher
from exceptions.incidents import follow_incidents
from exceptions.models import Case, Member
from hub.core.sealing import seal_json, vault
from tests.support.sftp_server import PASSWORD, USER, SftpServer, sftp_server

HEADER = b"ISA*00*          *00*          *ZZ*PAYER          *ZZ*NORTHLAKE      *261121*1200*^*00501*000000001*0*P*:~\n"
SMALL = HEADER + b"GS*HP*PAYER*NORTHLAKE*20261121*1200*1*X*005010X221A1~\n"
CLAIM = b"CLP*A10001*1*250.00*200.00*50.00*12*PCN1*11~\nNM1*QC*1*DOE*JANE****MI*W123456789~\n"


@pytest.fixture
def seeded(db: None) -> None:
    seed.seed()
    forget_feeds()


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "outbound").mkdir()
    with sftp_server(tmp_path) as server:
        yield server


def by_sftp(server: SftpServer, password: str = PASSWORD) -> None:
    options = {"host": "127.0.0.1", "port": server.port, "username": USER, "host_keys": [server.host_key]}
    System.objects.filter(code="clearinghouse").update(
        options=options, sealed_secrets=seal_json({"password": password}), timeout_seconds=5
    )


def by_folder(folder: Path) -> None:
    Feed.objects.filter(code="clearinghouse").update(options={"folder": str(folder)})


@pytest.fixture(params=["folder", "sftp"])
def inbox(request: pytest.FixtureRequest, seeded: None, tmp_path: Path) -> Iterator[Path]:
    """The folder that the feed is fetched from, either way."""
    folder = tmp_path / "outbound"
    if request.param == "folder":
        folder.mkdir()
        by_folder(folder)
        yield folder
    else:
        by_sftp(request.getfixturevalue("partner"))
        yield folder


@pytest.fixture
def remote(seeded: None, partner: SftpServer) -> Path:
    """The same, and always by SFTP."""
    by_sftp(partner)
    return partner.root / "outbound"


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    made = Watcher()
    yield made
    made.close()


def lying(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.05)


def test_a_file_is_taken_once_and_then_lies_with_those_done(inbox: Path, watcher: Watcher) -> None:
    (inbox / "a.835").write_bytes(SMALL)

    assert (watcher.look(), watcher.look()) == (1, 0)

    message = Message.objects.get()
    assert (message.state, message.feed_code, message.name) == ("received", "clearinghouse", "a.835")
    assert (message.control_id, message.size) == ("000000001", len(SMALL))
    assert read_body(message) == SMALL
    assert b"ISA*" not in bytes(message.body)
    assert lying(inbox) == {"done/a.835"}


def test_what_is_no_x12_is_kept_with_a_case_and_lies_with_those_rejected(inbox: Path, watcher: Watcher) -> None:
    (inbox / "picture.835").write_bytes(b"\x89PNG\x00\xff")
    (inbox / "nothing.835").write_bytes(b"")

    assert watcher.look() == 2

    assert lying(inbox) == {"rejected/picture.835", "rejected/nothing.835"}
    for message in Message.objects.all():
        assert (message.state, message.code) == ("rejected", "no-interchange")
        assert Member.objects.filter(ref=message.id).exists()


def test_the_same_file_again_is_a_duplicate_and_takes_nobodys_place(inbox: Path, watcher: Watcher) -> None:
    for _ in range(2):
        (inbox / "a.835").write_bytes(SMALL)
        watcher.look()

    assert lying(inbox) == {"done/a.835", "done/a.1.835"}
    first = Message.objects.get(state=MessageState.RECEIVED)
    assert Message.objects.get(state=MessageState.DUPLICATE).duplicate_of == first.id


def test_a_file_that_is_too_large_is_rejected_and_its_beginning_kept(inbox: Path, watcher: Watcher) -> None:
    Feed.objects.filter(code="clearinghouse").update(max_bytes=1000)
    (inbox / "a.835").write_bytes(SMALL + CLAIM * 50)

    assert watcher.look() == 1

    kept = Message.objects.get()
    assert (kept.state, kept.code) == ("rejected", "message-too-large")
    assert read_body(kept).startswith(SMALL)
    assert lying(inbox) == {"rejected/a.835"}


def test_a_large_file_is_kept_in_sealed_pieces_and_read_again_byte_for_byte(inbox: Path, watcher: Watcher) -> None:
    content = SMALL + CLAIM * 65_000
    assert len(content) > 5_000_000
    (inbox / "a.835").write_bytes(content)

    assert watcher.look() == 1

    message = Message.objects.get()
    assert (message.body, message.size) == (None, len(content))
    pieces = [bytes(piece.body) for piece in MessageChunk.objects.filter(message_id=message.id)]
    assert message.chunks == len(pieces) == -(-len(content) // CHUNK_BYTES)
    assert not any(b"DOE*JANE" in piece for piece in pieces)
    with open_body(message) as stream:
        assert stream.read() == content
    assert lying(inbox) == {"done/a.835"}


def test_memory_does_not_grow_with_the_file_neither_in_nor_out(
    seeded: None, tmp_path: Path, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does anything of it lie on the disk in the clear while it is taken in."""
    by_folder(tmp_path)
    sealed = []
    seal = vault().seal
    monkeypatch.setattr(vault(), "seal", lambda plain: sealed.append(len(plain)) or seal(plain))
    with (tmp_path / "a.835").open("wb") as file:
        file.write(SMALL)
        for _ in range(300):
            file.write(CLAIM * 1000)
    size = (tmp_path / "a.835").stat().st_size
    assert size > 24_000_000

    tracemalloc.start()
    watcher.look()
    with open_body(Message.objects.get()) as stream:
        assert sum(len(block) for block in iter(lambda: stream.read(65536), b"")) == size
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 12_000_000
    assert sum(sealed) == size


def test_a_watcher_killed_between_commit_and_move_leaves_a_file_that_is_moved_without_a_second_effect(
    transactional_db: None, hub_environment: dict[str, str], partner: SftpServer, watcher: Watcher
) -> None:
    seed.seed()
    by_sftp(partner)
    inbox = partner.root / "outbound"
    partner.faults.silent.add("rename")
    (inbox / "a.835").write_bytes(SMALL)
    process = subprocess.Popen([sys.executable, "manage.py", "watch_files"], env=hub_environment)
    try:
        wait_until(Message.objects.exists)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert lying(inbox) == {"a.835"}
    partner.faults.silent.clear()

    assert watcher.look() == 1

    assert lying(inbox) == {"done/a.835"}
    assert Message.objects.filter(state=MessageState.RECEIVED).count() == 1
    assert Message.objects.filter(state=MessageState.DUPLICATE).count() == 1


def test_the_command_takes_files_until_it_is_stopped(
    transactional_db: None, hub_environment: dict[str, str], partner: SftpServer
) -> None:
    seed.seed()
    by_sftp(partner)
    process = subprocess.Popen([sys.executable, "manage.py", "watch_files", "--every", "0.1"], env=hub_environment)
    try:
        for number in range(3):
            (partner.root / "outbound" / f"{number}.835").write_bytes(SMALL + b"%d" % number)
        wait_until(lambda: Message.objects.count() == 3)
        wait_until(lambda: len(lying(partner.root / "outbound")) == 3)
    finally:
        process.terminate()
    assert process.wait(30) == 0
    assert lying(partner.root / "outbound") == {"done/0.835", "done/1.835", "done/2.835"}


def test_a_file_that_cannot_be_moved_is_not_read_again_and_moved_as_soon_as_it_can_be(
    remote: Path, partner: SftpServer, watcher: Watcher
) -> None:
    partner.faults.fail.add("rename")
    (remote / "a.835").write_bytes(SMALL)

    assert [watcher.look() for _ in range(3)] == [0, 0, 0]
    assert Message.objects.count() == 1

    partner.faults.fail.clear()
    assert watcher.look() == 1
    assert Message.objects.count() == 1
    assert lying(remote) == {"done/a.835"}


def test_a_file_that_may_not_be_read_is_set_aside_with_a_case(
    remote: Path, partner: SftpServer, watcher: Watcher
) -> None:
    partner.faults.deny.add("open")
    (remote / "a.835").write_bytes(SMALL)

    assert watcher.look() == 1

    kept = Message.objects.get()
    assert (kept.state, kept.code, kept.size) == ("rejected", "permission-denied", len(SMALL))
    assert Member.objects.filter(ref=kept.id).exists()
    assert lying(remote) == {"rejected/a.835"}
    assert System.objects.get(code="clearinghouse").state == "active"


def test_a_connection_cut_while_a_file_is_read_leaves_nothing_and_the_next_look_takes_it(
    remote: Path, partner: SftpServer, watcher: Watcher
) -> None:
    partner.faults.cut_before.add("read")
    (remote / "a.835").write_bytes(SMALL)
    assert watcher.look() == 0
    assert not Message.objects.exists()

    partner.faults.cut_before.clear()
    assert watcher.look() == 1
    assert Message.objects.count() == 1


def test_a_partner_that_is_down_is_one_incident_which_ends_when_it_is_back(
    remote: Path, partner: SftpServer, watcher: Watcher
) -> None:
    watcher.look()
    partner.stop()
    for _ in range(lanes.FAILURES_TO_OPEN + 3):
        watcher.look()
    follow_incidents()
    assert Lane.objects.get(system__code="clearinghouse").breaker == "open"
    assert (Case.objects.get().code, Case.objects.get().state) == ("system-down", "open")

    partner.restart()
    watcher.look()
    follow_incidents()
    assert Lane.objects.get(system__code="clearinghouse").breaker == "closed"
    assert Case.objects.get().state == "resolved"


def test_a_partner_that_does_not_let_us_in_is_paused_with_a_case_before_it_locks_the_account(
    remote: Path, partner: SftpServer, watcher: Watcher
) -> None:
    by_sftp(partner, password="old")

    assert [watcher.look() for _ in range(4)] == [0, 0, 0, 0]

    assert System.objects.get(code="clearinghouse").state == "paused"
    assert (Case.objects.get().code, Case.objects.get().failure_class) == ("credentials-refused", "configuration")


def test_settings_that_lead_nowhere_pause_that_system_only(inbox: Path, watcher: Watcher) -> None:
    System.objects.filter(code="ehr").update(options={})
    Feed.objects.create(code="other", system=System.objects.get(code="ehr"), name="Other", transport="files")
    (inbox / "a.835").write_bytes(SMALL)

    assert watcher.look() == 1

    assert System.objects.get(code="ehr").state == "paused"
    assert Case.objects.get().code == "address-incomplete"


def test_a_paused_feed_is_emptied_and_a_paused_system_let_alone(inbox: Path, watcher: Watcher) -> None:
    Feed.objects.filter(code="clearinghouse").update(state="paused")
    (inbox / "a.835").write_bytes(SMALL)
    assert watcher.look() == 1

    System.objects.filter(code="clearinghouse").update(state="paused")
    (inbox / "b.835").write_bytes(SMALL + b" ")
    assert watcher.look() == 0
    assert lying(inbox) == {"done/a.835", "b.835"}


def badly_named(folder: Path) -> Path:
    return Path(os.fsdecode(os.fsencode(folder) + b"/r\xe9ponse.835"))


def test_a_name_that_is_no_unicode_stops_nobody(seeded: None, tmp_path: Path, watcher: Watcher) -> None:
    by_folder(tmp_path)
    badly_named(tmp_path).write_bytes(SMALL)
    (tmp_path / "b.835").write_bytes(SMALL + b" ")

    assert watcher.look() == 2

    assert Message.objects.filter(state=MessageState.RECEIVED, name="r?ponse.835").exists()
    assert len(lying(tmp_path / "done")) == 2


def test_by_sftp_such_a_name_pauses_the_partner_with_a_case_that_says_so(remote: Path, watcher: Watcher) -> None:
    badly_named(remote).write_bytes(SMALL)

    assert watcher.look() == 0

    assert System.objects.get(code="clearinghouse").state == "paused"
    assert Case.objects.get().code == "file-name-unreadable"
