"""Celery's side: tasks carry at most a name; the work is rows. A lost task costs a delay, never work."""

from __future__ import annotations

from celery import shared_task

from hub.core.wake import woken
from orchestration import engine, inbound, lanes, queue, streams, sweeps


@shared_task(name=queue.PROCESS_MESSAGES)
def process_messages() -> None:
    woken(queue.PROCESS_MESSAGES)
    while inbound.process():
        pass
    while streams.process_file():
        pass


@shared_task(name=queue.ADVANCE_RUNS)
def advance_runs() -> None:
    woken(queue.ADVANCE_RUNS)
    while engine.advance():
        pass


@shared_task(name=queue.DELIVER)
def deliver(system: str) -> None:
    woken(queue.DELIVER, system)
    lanes.drain(system)


@shared_task(name="orchestration.tasks.sweep")
def sweep() -> None:
    sweeps.sweep()


@shared_task(name="orchestration.tasks.prepare_partitions")
def prepare_partitions() -> None:
    sweeps.prepare_partitions()
