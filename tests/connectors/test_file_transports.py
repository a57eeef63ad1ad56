"""What a folder promises, local or on a partner's SFTP: the same tests run against both."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.transports.files import FileSink, FileSource, Shelf, checked_name, free_name
from connectors.transports.folder import LocalFolder
from connectors.transports.sftp import SftpConfig, SftpFolder, SftpSession
from hub.core.errors import BusinessRefusal, ConfigurationFault, DataFault, Transient
from tests.support.sftp_server import PASSWORD, USER, SftpServer, sftp_server

SETTLE = timedelta(milliseconds=200)


class Folder(FileSource, FileSink):
    """For the type of the fixture: both contracts in one."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp("sftp")) as running:
        yield running


@pytest.fixture(params=["local", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Folder, Path]]:
    """The folder under test, and the directory behind it."""
    if request.param == "local":
        yield LocalFolder(tmp_path, settle=SETTLE), tmp_path
        return
    server: SftpServer = request.getfixturevalue("server")
    directory = server.root / tmp_path.name
    directory.mkdir(parents=True)
    config = SftpConfig("127.0.0.1", USER, (server.host_key,), port=server.port, password=PASSWORD)
    folder = SftpFolder(SftpSession(config), f"/{tmp_path.name}", settle=SETTLE)
    yield folder, directory
    folder.close()


@pytest.fixture
def folder(place: tuple[Folder, Path]) -> Folder:
    return place[0]


@pytest.fixture
def directory(place: tuple[Folder, Path]) -> Path:
    return place[1]


def names(folder: FileSource) -> list[str]:
    return [file.name for file in folder.list_stable()]


def test_files_are_listed_oldest_first_with_their_sizes(folder: Folder, directory: Path) -> None:
    for age, name in enumerate(("c.835", "a.835", "b.835")):
        (directory / name).write_bytes(b"x" * age)
        os.utime(directory / name, (1_700_000_000 + age, 1_700_000_000 + age))
    found = folder.list_stable()
    assert [(file.name, file.size) for file in found] == [("c.835", 0), ("a.835", 1), ("b.835", 2)]
    assert found[0].modified.timestamp() == 1_700_000_000


def test_unfinished_hidden_and_foreign_things_are_left_alone(folder: Folder, directory: Path) -> None:
    for name in ("a.835.part", "b.tmp", "B.TMP", ".hidden", "c.filepart"):
        (directory / name).write_bytes(b"x")
    (directory / "folder").mkdir()
    (directory / "link.835").symlink_to("/etc/hostname")
    (directory / "good.835").write_bytes(b"x")
    assert names(folder) == ["good.835"]


def test_a_file_that_still_grows_is_not_taken(folder: Folder, directory: Path) -> None:
    (directory / "whole.835").write_bytes(b"x")
    growing = directory / "growing.835"
    growing.write_bytes(b"x")
    writer = threading.Timer(SETTLE.total_seconds() / 2, lambda: growing.write_bytes(b"xx"))
    writer.start()
    assert names(folder) == ["whole.835"]
    writer.join()
    time.sleep(SETTLE.total_seconds())
    assert sorted(names(folder)) == ["growing.835", "whole.835"]


def test_a_file_seen_settled_before_is_not_waited_for_again(folder: Folder, directory: Path) -> None:
    (directory / "a.835").write_bytes(b"x")
    names(folder)
    started = time.monotonic()
    assert names(folder) == ["a.835"]
    assert time.monotonic() - started < SETTLE.total_seconds()


def test_the_content_comes_as_a_stream(folder: Folder, directory: Path) -> None:
    content = bytes(range(256)) * 8192
    (directory / "a.835").write_bytes(content)
    with folder.open("a.835") as stream:
        first = stream.read(3)
        rest = b"".join(iter(lambda: stream.read(100_000), b""))
    assert first + rest == content


def test_a_finished_file_lies_on_its_shelf_and_is_listed_no_more(folder: Folder, directory: Path) -> None:
    (directory / "a.835").write_bytes(b"good")
    (directory / "b.835").write_bytes(b"bad")
    assert folder.finish("a.835", Shelf.DONE) == "done/a.835"
    assert folder.finish("b.835", Shelf.REJECTED) == "rejected/b.835"
    assert (directory / "done/a.835").read_bytes() == b"good"
    assert (directory / "rejected/b.835").read_bytes() == b"bad"
    assert names(folder) == []


def test_finishing_never_overwrites(folder: Folder, directory: Path) -> None:
    kept = []
    for content in (b"1", b"2", b"3"):
        (directory / "a.835").write_bytes(content)
        kept.append(folder.finish("a.835", Shelf.DONE))
    assert kept == ["done/a.835", "done/a.1.835", "done/a.2.835"]
    assert [(directory / name).read_bytes() for name in kept] == [b"1", b"2", b"3"]


def test_finishing_what_is_gone_says_so(folder: Folder, directory: Path) -> None:
    with pytest.raises(Transient) as caught:
        folder.finish("a.835", Shelf.DONE)
    assert caught.value.code == "file-gone"
    assert list(directory.glob("done/*")) == []


def test_opening_what_is_gone_says_so(folder: Folder) -> None:
    with pytest.raises(Transient) as caught, folder.open("a.835"):
        pass
    assert caught.value.code == "file-gone"


def test_a_delivered_file_is_there_whole_and_nothing_else(folder: Folder, directory: Path) -> None:
    receipt = folder.deliver("claim.837", b"ISA*" * 50_000)
    assert (directory / "claim.837").read_bytes() == b"ISA*" * 50_000
    assert [path.name for path in directory.iterdir()] == ["claim.837"]
    assert (receipt.name, receipt.size, receipt.already) == ("claim.837", 200_000, False)


def test_delivering_the_same_again_changes_nothing(folder: Folder, directory: Path) -> None:
    first = folder.deliver("claim.837", b"ISA*1~")
    written = (directory / "claim.837").stat()
    again = folder.deliver("claim.837", b"ISA*1~")
    assert again.already
    assert again.sha256 == first.sha256
    assert (directory / "claim.837").stat().st_ino == written.st_ino


@pytest.mark.parametrize("other", [b"ISA*2~", b"ISA*2~~"], ids=["same size", "other size"])
def test_another_content_of_the_same_name_is_refused(folder: Folder, directory: Path, other: bytes) -> None:
    folder.deliver("claim.837", b"ISA*1~")
    with pytest.raises(BusinessRefusal) as caught:
        folder.deliver("claim.837", other)
    assert caught.value.code == "file-name-taken"
    assert (directory / "claim.837").read_bytes() == b"ISA*1~"


def test_a_part_left_by_a_cut_upload_is_replaced(folder: Folder, directory: Path) -> None:
    (directory / "claim.837.part").write_bytes(b"x" * 1000)
    folder.deliver("claim.837", b"ISA*1~")
    assert (directory / "claim.837").read_bytes() == b"ISA*1~"
    assert not (directory / "claim.837.part").exists()


def test_a_delivery_can_be_read_back(folder: Folder) -> None:
    assert folder.find("claim.837") is None
    folder.deliver("claim.837", b"ISA*1~")
    found = folder.find("claim.837")
    assert found is not None
    assert found.size == 6


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "a\\b", "a\0b", "a\nb"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    with pytest.raises(DataFault):
        checked_name(name)


def test_a_folder_that_is_not_there_is_a_matter_of_configuration(folder: Folder, directory: Path) -> None:
    directory.rmdir()
    for call in (folder.list_stable, folder.check, lambda: folder.deliver("a.837", b"x")):
        with pytest.raises(ConfigurationFault) as caught:
            call()
        assert caught.value.code == "folder-missing"


def test_a_free_name_keeps_its_suffix() -> None:
    assert free_name("a.835", {"b.835"}) == "a.835"
    assert free_name("a.835", {"a.835", "a.1.835"}) == "a.2.835"
    assert free_name("plain", {"plain"}) == "plain.1"
