"""Celery's side: tasks carry at most a name; the work is rows. A lost task costs a delay, never work."""

from __future__ import annotations

from celery import shared_task

from hub.core.wake import woken
from orchestration import engine, inbound, lanes, queue, streams, sweeps


@shared_task(name=queue.PROCESS_MESSAGES, queue="inbound")
def process_messages() -> None:
    woken(queue.PROCESS_MESSAGES)
    while inbound.process():
        pass
    while streams.process_file():
        pass


@shared_task(name=queue.ADVANCE_RUNS, queue="engine")
def advance_runs() -> None:
    woken(queue.ADVANCE_RUNS)
    while engine.advance():
        pass


@shared_task(name=queue.DELIVER, queue="delivery")
def deliver(system: str) -> None:
    woken(queue.DELIVER, system)
    lanes.drain(system)


@shared_task(name="orchestration.tasks.sweep", queue="maintenance")
def sweep() -> None:
    sweeps.sweep()


@shared_task(name="orchestration.tasks.prepare_partitions", queue="maintenance")
def prepare_partitions() -> None:
    sweeps.prepare_partitions()
