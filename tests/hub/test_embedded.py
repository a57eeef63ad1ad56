"""The private servers: two copies side by side, deep folders, and nothing lost to kill -9."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from hub import embedded


@contextmanager
def running(server: embedded.Server) -> Iterator[None]:
    process = embedded.start(server, embedded.die_with_parent(signal.SIGKILL))
    assert process
    try:
        yield
    finally:
        embedded.stop(server)
        process.wait()


def connect(var: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(embedded.database_url(var), autocommit=True)


def test_postgresql_killed_in_the_middle_comes_back_with_every_committed_row(tmp_path: Path) -> None:
    server = embedded.Postgres(tmp_path)
    process = embedded.start(server, embedded.die_with_parent(signal.SIGKILL))
    assert process
    with connect(tmp_path) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        os.kill(server.pid(), signal.SIGKILL)
    process.wait()

    with running(server), connect(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_valkey_killed_keeps_what_it_had_acknowledged(tmp_path: Path) -> None:
    server = embedded.Valkey(tmp_path)
    process = embedded.start(server, embedded.die_with_parent(signal.SIGKILL))
    assert process
    with redis.Redis.from_url(embedded.redis_url(tmp_path)) as client:
        client.rpush("queue", *range(100))
        os.kill(server.pid(), signal.SIGKILL)
    process.wait()

    with running(server), redis.Redis.from_url(embedded.redis_url(tmp_path)) as client:
        assert client.llen("queue") == 100


def test_two_copies_live_side_by_side_and_a_folder_too_deep_for_a_socket_works(tmp_path: Path) -> None:
    near, deep = tmp_path / "near", tmp_path.joinpath(*["deep" * 5] * 6)
    assert embedded.runtime_dir(near) == near / "run"
    assert len(str(embedded.runtime_dir(deep))) < 60

    with running(embedded.Valkey(near)), running(embedded.Valkey(deep)):
        with redis.Redis.from_url(embedded.redis_url(near)) as client:
            client.set("whose", "near")
        with redis.Redis.from_url(embedded.redis_url(deep)) as client:
            assert client.get("whose") is None
    embedded.runtime_dir(deep).rmdir()


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    (tmp_path / "run").chmod(0o755)
    with pytest.raises(embedded.EmbeddedError, match="open to others"):
        embedded.start(embedded.Valkey(tmp_path))


def test_configured_servers_are_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/hub")
    monkeypatch.delenv("REDIS_URL")
    assert [server.name for server in embedded.servers(tmp_path)] == ["valkey"]


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("unix:///run/v.sock?db=3", "redis+socket:///run/v.sock?virtual_host=3"),
        ("redis://:secret@cache:6379/1", "redis://:secret@cache:6379/1"),
    ],
)
def test_celery_gets_the_same_redis_in_its_own_spelling(redis_url: str, broker_url: str) -> None:
    assert embedded.broker_url(redis_url) == broker_url


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("setpriv"), reason="root with util-linux only")
def test_where_containers_forbid_namespaces_another_user_runs_postgresql_in_roots_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    works = embedded._works
    monkeypatch.setattr(embedded, "_works", lambda prefix: prefix[0] != "unshare" and works(prefix))
    embedded._unprivileged.cache_clear()
    try:
        with running(embedded.Postgres(tmp_path)), connect(tmp_path) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert (tmp_path / "postgres").owner() == "nobody"
    finally:
        embedded._unprivileged.cache_clear()
