"""The house of every test: a private PostgreSQL and Valkey, and no network beyond this machine.

The addresses are fixed before Django reads its settings; the servers start with the first test that needs
them, so tests of formats pay for neither.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import redis

from hub import embedded

# With pytest-xdist the workers inherit the folder of the process that started them: one PostgreSQL for all with a
# database each, and a Valkey each.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if not WORKER:
    os.environ["HUB_VAR"] = tempfile.mkdtemp(prefix="hub-tests-")
VAR = Path(os.environ["HUB_VAR"])
BROKER_VAR = VAR / WORKER if WORKER else VAR
POSTGRES = embedded.Postgres(VAR, durable=False)
VALKEY = embedded.Valkey(BROKER_VAR, durable=False)
os.environ |= {
    "HUB_ENV": "development",
    "DJANGO_SETTINGS_MODULE": "hub.settings",
    "DATABASE_URL": embedded.database_url(VAR),
    "REDIS_URL": embedded.redis_url(BROKER_VAR),
}

import django  # noqa: E402
from django.conf import settings  # noqa: E402

# Here and not later: a conftest.py further down may import models.
django.setup()

# Making passwords slowly is most of what a test with a person in it would cost; those made slowly still count.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]

if WORKER:
    # pytest-django read the settings before this file, with the addresses that the first process left behind.
    settings.REDIS_URL = os.environ["REDIS_URL"]
    settings.CELERY_BROKER_URL = embedded.broker_url(settings.REDIS_URL)
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL

from django.db.backends.signals import connection_created  # noqa: E402
from django.dispatch import receiver  # noqa: E402

from hub.masterdata import crosswalk  # noqa: E402
from tests.worker import Worker  # noqa: E402

RUNNING: list[subprocess.Popen[bytes]] = []


def start_servers(*servers: embedded.Server) -> None:
    for server in servers:
        if process := embedded.start(server, embedded.die_with_parent(server.stop_signal)):
            RUNNING.append(process)


#: What takes minutes and mostly waits: begun first, it is done while the others run.
LONG = "tests/test_sandbox_day.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Under xdist the first process starts PostgreSQL, since servers die with the process they belong to."""
    if not WORKER and session.config.pluginmanager.hasplugin("dsession"):
        start_servers(POSTGRES)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Sessions of processes and threads that a test left behind must not keep the database from being dropped."""
    yield
    from django.db import connection

    with django_db_blocker.unblock():
        connection.close()  # the last test may have left it broken on purpose
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def pytest_unconfigure() -> None:
    embedded.stop(VALKEY)
    if not WORKER:
        embedded.stop(POSTGRES)
    for process in RUNNING:
        process.wait()
    for folder in {BROKER_VAR, VAR} if not WORKER else {BROKER_VAR}:
        shutil.rmtree(embedded.runtime_dir(folder), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@receiver(connection_created)
def clean_like_maintenance(connection: Any, **_: Any) -> None:
    """After a transactional test Django truncates every table, the append-only ones too."""
    with connection.cursor() as cursor:
        cursor.execute("SET hub.maintenance = 'on'")


@pytest.fixture(autouse=True)
def crosswalk_of_this_test() -> None:
    """No test resolves codes with what an earlier one left in the process."""
    crosswalk.forget()


@pytest.fixture(scope="session")
def servers() -> None:
    """PostgreSQL and Valkey run from here on. The database fixtures ask for it by themselves."""
    start_servers(POSTGRES, VALKEY)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    servers: None,
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Called before the test database is created."""


@pytest.fixture
def hub_environment(transactional_db: None) -> dict[str, str]:
    """The environment in which a hub process started by a test works on the test's own database."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    return os.environ | {"DATABASE_URL": embedded.database_url(VAR, name)}


@pytest.fixture
def start_worker(hub_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Starts real Celery workers on the test's database: `start_worker(queues="engine", processes=2)`."""
    started: list[Worker] = []

    def start(*, queues: str = "default,inbound,engine,delivery,maintenance", processes: int = 1) -> Worker:
        worker = Worker(tmp_path / f"worker-{len(started)}.log", queues, processes, hub_environment)
        started.append(worker)
        worker.wait_ready()
        return worker

    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushdb()
    yield start
    for worker in started:
        worker.stop()


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A test that reaches for the network fails, with the address in its message."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            refuse_unless_local(str(address[0]))
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_unless_local(host.decode() if isinstance(host, bytes) else str(host or "localhost"))
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def refuse_unless_local(host: str) -> None:
    if host == "localhost":
        return
    try:
        local = ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        local = False
    if not local:
        raise AssertionError(f"A test reached for {host}; tests stay on this machine.")
