"""The worker that tests start is a real one on the test's own database and broker."""

from __future__ import annotations

import time
from collections.abc import Callable

from hub.celery import app
from tests.worker import Worker


def test_a_worker_serves_every_queue_and_a_killed_one_is_replaced(start_worker: Callable[..., Worker]) -> None:
    worker = start_worker()
    with app.connection_for_write() as connection:
        inspect = app.control.inspect(timeout=5, connection=connection, limit=1)
        found = inspect.active_queues()
    assert found
    names = {queue["name"] for queues in found.values() for queue in queues}
    assert names == {"default", "inbound", "engine", "delivery", "maintenance"}

    worker.kill()
    assert worker.process.returncode == -9
    before = time.monotonic()
    start_worker(queues="engine")
    assert time.monotonic() - before < 30
