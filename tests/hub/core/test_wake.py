"""Gathered wake-ups: a burst asks the broker a few times, and nothing that arrives goes unannounced."""

from __future__ import annotations

import time

import pytest

from hub.core import wake

TASK, QUEUE = "trial.task", "trial"


@pytest.fixture
def gathered(servers: None) -> wake.Gathered:
    wake.woken(TASK)
    wake._redis().delete(QUEUE)
    return wake.Gathered(TASK, queue=QUEUE)


def tasks() -> int:
    return int(wake._redis().llen(QUEUE))


def test_the_first_wake_up_goes_out_at_once(gathered: wake.Gathered) -> None:
    gathered.wake()

    assert tasks() == 1


def test_a_burst_goes_out_as_few_and_the_last_arrival_is_announced_after_it_arrived(gathered: wake.Gathered) -> None:
    gathered.wake()
    wake.woken(TASK)  # a worker has looked: what comes now needs a task of its own
    for _ in range(100):
        gathered.wake()
    time.sleep(0.1)

    assert tasks() == 2


def test_every_arrival_after_a_worker_has_looked_is_announced_within_moments(gathered: wake.Gathered) -> None:
    for seen in range(1, 6):
        gathered.wake()
        time.sleep(0.1)
        assert tasks() == seen
        wake.woken(TASK)
