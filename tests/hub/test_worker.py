"""The worker that tests start is a real one on the test's own database and broker."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection

from hub.celery import app
from tests.worker import Worker


def test_a_worker_serves_every_queue_and_a_killed_one_is_replaced(start_worker: Callable[..., Worker]) -> None:
    worker = start_worker()
    with app.connection_for_write() as broker:
        inspect = app.control.inspect(timeout=5, connection=broker, limit=1)
        found = inspect.active_queues()
    assert found
    names = {queue["name"] for queues in found.values() for queue in queues}
    assert names == {"default", "inbound", "engine", "delivery", "maintenance"}

    worker.kill()
    assert worker.process.returncode == -9
    before = time.monotonic()
    start_worker(queues="engine")
    assert time.monotonic() - before < 30


def test_a_worker_that_lost_its_database_connection_takes_a_new_one(start_worker: Callable[..., Worker]) -> None:
    start_worker(queues="maintenance")
    touch_database()
    lost = wait_for_backends()
    with connection.cursor() as cursor:
        for backend in lost:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])

    touch_database()  # fails, and must be the only one that does

    touch_database()
    assert wait_for_backends(other_than=lost)


def touch_database() -> None:
    app.send_task("orchestration.tasks.sweep", queue="maintenance")


def wait_for_backends(other_than: frozenset[int] = frozenset()) -> frozenset[int]:
    """The worker's sessions at the test's database; empty where none came in time."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
            found = frozenset(pid for (pid,) in cursor.fetchall()) - other_than
        if found:
            return found
        time.sleep(0.05)
    return frozenset()
