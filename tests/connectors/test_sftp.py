"""SFTP where it hurts: strangers, wrong credentials, cuts, silence, and servers that can do less."""

from __future__ import annotations

import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest

from connectors.transports.files import Shelf
from connectors.transports.sftp import SftpConfig, SftpFolder, SftpSession
from hub.core.errors import Ambiguous, ConfigurationFault, Failure, SecurityRefusal, Transient
from tests.support.sftp_server import PASSWORD, USER, SftpServer, sftp_server

CLAIM = b"ISA*1~" * 20_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    root = tmp_path / "root"
    (root / "inbox").mkdir(parents=True)
    with sftp_server(root) as running:
        yield running


@pytest.fixture
def config(server: SftpServer) -> SftpConfig:
    return SftpConfig(
        "127.0.0.1",
        USER,
        (server.host_key,),
        port=server.port,
        password=PASSWORD,
        timeout=timedelta(seconds=5),
        system="clearinghouse",
    )


@pytest.fixture
def folder(config: SftpConfig) -> Iterator[SftpFolder]:
    with_session = folder_of(config)
    yield with_session
    with_session.close()


def folder_of(config: SftpConfig) -> SftpFolder:
    return SftpFolder(SftpSession(config), "/inbox", settle=timedelta(0))


def read_whole(folder: SftpFolder, name: str) -> bytes:
    with folder.open(name) as stream:
        return stream.read()


def refusal(config: SftpConfig) -> Failure:
    with pytest.raises(Failure) as caught:
        folder_of(config).check()
    assert caught.value.cause == ("clearinghouse",)
    return caught.value


def test_a_stranger_gets_no_password(server: SftpServer, config: SftpConfig) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    failure = refusal(replace(config, host_keys=(stranger,)))
    assert isinstance(failure, SecurityRefusal)
    assert failure.code == "host-key-unknown"
    assert server.logins == 0


def test_without_a_pinned_key_nobody_is_trusted(server: SftpServer, config: SftpConfig) -> None:
    assert isinstance(refusal(replace(config, host_keys=())), SecurityRefusal)
    assert server.logins == 0


def test_a_partner_that_changes_its_key_may_have_both_pinned(server: SftpServer, config: SftpConfig) -> None:
    old = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    folder = folder_of(replace(config, host_keys=(old, server.host_key)))
    folder.check()
    folder.close()


def test_the_key_that_is_pinned_is_asked_for_where_a_partner_has_several(
    server: SftpServer, config: SftpConfig
) -> None:
    other = server._extra_key.export_public_key().decode()
    folder = folder_of(replace(config, host_keys=(other,)))
    folder.check()
    folder.close()


def test_a_host_key_nobody_can_read_is_a_matter_of_configuration(config: SftpConfig) -> None:
    failure = refusal(replace(config, host_keys=("ssh-ed25519 not-base64!",)))
    assert (type(failure), failure.code) == (ConfigurationFault, "host-key-unreadable")


def test_a_wrong_password_is_a_matter_of_configuration(config: SftpConfig) -> None:
    failure = refusal(replace(config, password="wrong"))
    assert (type(failure), failure.code) == (ConfigurationFault, "credentials-refused")
    assert "wrong" not in str(failure)


def test_a_key_opens_instead_of_a_password(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "inbox").mkdir()
    with sftp_server(tmp_path, key.export_public_key().decode()) as server:
        private = key.export_private_key(passphrase="open sesame", rounds=50).decode()
        config = SftpConfig("127.0.0.1", USER, (server.host_key,), server.port, system="clearinghouse")
        folder = folder_of(replace(config, private_key=private, passphrase="open sesame"))
        folder.check()
        folder.close()
        failure = refusal(replace(config, private_key=private, passphrase="wrong"))
        assert failure.code == "private-key-unreadable"


def test_secrets_stay_out_of_repr(config: SftpConfig) -> None:
    shown = repr(replace(config, private_key="PRIVATE", passphrase="sesame"))
    assert not any(secret in shown for secret in (PASSWORD, "PRIVATE", "sesame"))


def test_a_server_that_is_down_is_transient(server: SftpServer, config: SftpConfig) -> None:
    server.stop()
    failure = refusal(config)
    assert (type(failure), failure.code) == (Transient, "connection-refused")
    server._acceptor = server._run(server._listen(server.port))


def test_a_server_that_says_nothing_is_transient(config: SftpConfig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failure = refusal(replace(config, port=silent.getsockname()[1], timeout=timedelta(milliseconds=300)))
    assert isinstance(failure, Transient)


def test_a_session_whose_connection_was_lost_opens_another(server: SftpServer, folder: SftpFolder) -> None:
    folder.deliver("a.837", CLAIM)
    server.restart()
    for _ in range(2):  # the loss itself may still be noticed by the first call
        try:
            folder.deliver("b.837", CLAIM)
            break
        except Transient:
            continue
    assert (server.root / "inbox/b.837").read_bytes() == CLAIM
    assert server.logins == 2


@pytest.mark.parametrize("moment", ["open", "write"])
def test_an_upload_that_is_cut_left_nothing_under_its_name(server: SftpServer, folder: SftpFolder, moment: str) -> None:
    server.faults.cut_before.add(moment)
    with pytest.raises(Transient):
        folder.deliver("a.837", CLAIM)
    assert not (server.root / "inbox/a.837").exists()
    server.faults.cut_before.clear()
    assert not folder.deliver("a.837", CLAIM).already
    assert (server.root / "inbox/a.837").read_bytes() == CLAIM


def test_a_cut_after_the_rename_is_ambiguous_and_repeating_is_safe(server: SftpServer, folder: SftpFolder) -> None:
    server.faults.cut_after.add("posix_rename")
    with pytest.raises(Ambiguous):
        folder.deliver("a.837", CLAIM)
    server.faults.cut_after.clear()
    assert folder.find("a.837") is not None
    assert folder.deliver("a.837", CLAIM).already


def test_a_rename_the_server_refuses_is_not_ambiguous(server: SftpServer, folder: SftpFolder) -> None:
    server.faults.fail |= {"posix_rename", "rename"}
    with pytest.raises(Transient) as caught:
        folder.deliver("a.837", CLAIM)
    assert caught.value.code == "sftp-failed"


def test_a_server_without_posix_rename_is_served_with_the_plain_one(server: SftpServer, folder: SftpFolder) -> None:
    server.faults.fail.add("posix_rename")
    folder.deliver("a.837", CLAIM)
    assert (server.root / "inbox/a.837").read_bytes() == CLAIM


def test_what_the_server_does_not_allow_is_a_matter_of_configuration(server: SftpServer, folder: SftpFolder) -> None:
    server.faults.deny.add("open")
    with pytest.raises(ConfigurationFault) as caught:
        folder.deliver("a.837", CLAIM)
    assert caught.value.code == "permission-denied"


@pytest.mark.parametrize(
    "work",
    [
        lambda folder: folder.deliver("b.837", CLAIM),
        lambda folder: folder.finish("a.835", Shelf.DONE),
        lambda folder: read_whole(folder, "a.835"),
    ],
    ids=["deliver", "finish", "read"],
)
def test_silence_ends_with_a_failure_and_the_next_call_works(
    server: SftpServer, config: SftpConfig, work: Callable[[SftpFolder], object]
) -> None:
    (server.root / "inbox/a.835").write_bytes(CLAIM)
    server.faults.silent |= {"write", "rename", "read"}
    folder = folder_of(replace(config, timeout=timedelta(seconds=1)))
    with pytest.raises(Transient) as caught:
        work(folder)
    assert caught.value.code == "no-answer-in-time"
    server.faults.silent.clear()
    assert [file.name for file in folder.list_stable()] == ["a.835"]
    folder.close()


def test_a_read_that_is_cut_does_not_look_like_the_end_of_the_file(server: SftpServer, folder: SftpFolder) -> None:
    (server.root / "inbox/a.835").write_bytes(b"x" * 3_000_000)
    with folder.open("a.835") as stream:
        stream.read(10)
        server.drop_connections()
        with pytest.raises(Transient):
            stream.read()


def test_a_big_file_does_not_grow_memory(server: SftpServer, folder: SftpFolder) -> None:
    with (server.root / "inbox/big.835").open("wb") as big:
        big.truncate(20_000_000)
    with folder.open("big.835") as stream:
        stream.read(1)
        tracemalloc.start()
        size = 1 + sum(len(block) for block in iter(lambda: stream.read(65536), b""))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size == 20_000_000
    assert peak < 4_000_000


def test_two_folders_share_one_connection(server: SftpServer, config: SftpConfig) -> None:
    (server.root / "outbox").mkdir()
    session = SftpSession(config)
    inbox, outbox = SftpFolder(session, "/inbox"), SftpFolder(session, "outbox/", settle=timedelta(0))
    inbox.deliver("a.837", CLAIM)
    outbox.deliver("b.835", CLAIM)
    assert [file.name for file in outbox.list_stable()] == ["b.835"]
    assert server.logins == 1
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("paramiko")]
