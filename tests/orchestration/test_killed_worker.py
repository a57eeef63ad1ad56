"""A worker killed in the middle of a step, with a real broker and a real ERP: nothing is lost, nothing is doubled."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from connectors import outbound, seed
from connectors.models import Delivery, System
from hub.core import clock
from hub.masterdata import crosswalk
from orchestration.models import Run
from orchestration.sweeps import sweep
from tests.connectors.processes import free_port, module_command, running
from tests.orchestration.world import appointment, happen
from tests.worker import Worker

#: Nothing is left to prepare for visits of then, and their period is open.
JUST_NOW = clock.machine_now() - timedelta(hours=1)
VISITS = 120
CONTROL = {"Authorization": "Bearer sandbox-control"}


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_sends_loses_nothing_and_doubles_nothing(
    start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    port = free_port()
    command = module_command(
        "connectors.sandbox.erp", port, "--books", str(tmp_path / "books.sqlite"), "--requests-per-second", "0"
    )
    with running(command, port) as erp:
        call_command("seed_group", verbosity=0)
        seed.seed()
        crosswalk.forget()
        System.objects.filter(code="erp").update(base_url=erp.url, timeout_seconds=4)
        control(erp.url, {"latency_ms": 1500})
        worker = start_worker(processes=2)
        for index in range(VISITS):
            happen(appointment(number=str(index), starts_at=JUST_NOW))
        wait_until(lambda: Delivery.objects.filter(state="sending").exists())
        time.sleep(0.3)
        worker.kill()
        assert Run.objects.filter(workflow="W1", state="succeeded").count() < VISITS

        control(erp.url, {"latency_ms": 0})
        start_worker(processes=2)
        patience = outbound.LEASE.total_seconds() + 60
        wait_until(lambda: Run.objects.filter(workflow="W1", state="succeeded").count() == VISITS, patience, sweep)
        books = httpx.get(f"{erp.url}/_control/books", headers=CONTROL).json()

    assert not Delivery.objects.exclude(state="confirmed").exists()
    assert Delivery.objects.filter(attempts__gt=1).exists()
    assert (books["plans"], books["plan_duplicates"]) == (VISITS, [])


def control(url: str, faults: dict[str, Any]) -> None:
    httpx.post(f"{url}/_control/faults", json=faults, headers=CONTROL).raise_for_status()


def wait_until(reached: Callable[[], bool], seconds: float = 60.0, meanwhile: Callable[[], None] | None = None) -> None:
    limit = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < limit, "it did not come to that in time"
        if meanwhile is not None:
            meanwhile()
        time.sleep(0.2)
