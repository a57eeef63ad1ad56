"""Promises 3 and 8: a replay, done twice by mistake or by a worker that dies, has the effect of once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum

from connectors.models import Delivery
from exceptions.replays import preview, report, services, work
from exceptions.replays.models import Replay, ReplayRule
from exceptions.replays.states import ItemState, ReplayState, Source, Versions
from hub.core.ids import uuid7
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry, Grant
from hub.masterdata import crosswalk
from hub.masterdata.models import CostCenter
from orchestration.models import Run
from orchestration.states import RunState
from tests.exceptions.world import person
from tests.orchestration.conftest import group, world
from tests.orchestration.world import World, appointment, happen
from tests.worker import Worker

__all__ = ["group", "world"]

VISITS = 30


def through(world: World, replay: Replay) -> Replay:
    for _ in range(30):
        work.work()
        world.settle()
        replay.refresh_from_db()
        if replay.finished_at:
            return replay
    raise AssertionError("the replay does not end")


def previewed(replay: Replay) -> Replay:
    while work.go_on(replay.pk):
        pass
    replay.refresh_from_db()
    return replay


@pytest.mark.parametrize("versions", [Versions.TODAY, Versions.THEIRS])
def test_all_runs_replayed_twice_by_mistake_post_nothing_more(world: World, versions: Versions) -> None:
    ReplayRule.objects.all().delete()
    happen(*(appointment(number=str(number)) for number in range(VISITS)))
    world.settle()
    lena = person("lena", "lead")
    replays = [
        services.request(
            actor=lena, source=Source.RUNS, reason="Twice.", filters={"query": "workflow=W1"}, versions=versions
        )
        for _ in range(2)
    ]
    for replay in replays:
        assert previewed(replay).effects == {"done": VISITS}
        assert (replay.compared, replay.differing) == (VISITS, 0)
        services.run(replay_id=replay.pk, actor=lena)
    for replay in replays:
        assert through(world, replay).state == ReplayState.DONE
        assert report.verify(replay).holds
    assert sum(replay.count(ItemState.DONE) for replay in replays) == VISITS
    assert set(Run.objects.values_list("state", "generation")) == {(RunState.SUCCEEDED, 2)}
    assert len(world.erp.books) == VISITS
    assert set(world.erp.times().values()) == {1}
    assert not Delivery.objects.exclude(state="confirmed").exists()


def test_the_preview_shows_what_a_changed_cost_center_would_change_and_leaves_nothing(world: World) -> None:
    happen(appointment())
    world.settle()
    run = Run.objects.get()
    standing = run.outputs["enrich"]["cost_center"]
    CostCenter.objects.filter(code=standing).update(code="CHANGED")
    crosswalk.forget()
    rows = (Delivery.objects.count(), Run.objects.values().get())

    lena = person("lena", "lead")
    chosen = {"actor": lena, "source": Source.RUNS, "reason": "Moved.", "ids": [run.pk]}
    todays = services.request(**chosen)  # type: ignore[arg-type]
    theirs = services.request(**chosen, versions=Versions.THEIRS)  # type: ignore[arg-type]
    item = todays.items.get()
    assert {"place": "Step enrich: cost_center", "before": standing, "after": "CHANGED"} in item.differences
    assert (todays.differing, theirs.differing) == (1, 0)
    assert (Delivery.objects.count(), Run.objects.values().get()) == rows
    assert AuditEntry.objects.filter(action="replay.request").count() == 2
    assert len(world.erp.books) == 1


def run_at_rest() -> Run:
    return Run(
        workflow="W1", version=1, subject=str(uuid7()), order_key=str(uuid7()), state=RunState.SUCCEEDED, step="settle",
        step_index=3, event_id=uuid7(), event_type="appointment.booked", entity_key="scheduling:1", journey_id=uuid7(),
        facility="C07",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_midst_of_a_replay_leaves_nothing_undone_and_nothing_done_twice(
    start_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "SAMPLE", 1)
    ReplayRule.objects.all().delete()
    Run.objects.bulk_create(run_at_rest() for _ in range(3 * work.PART))
    user = User.objects.create_user("lena")
    Grant.objects.create(user=user, role="lead", facility="")
    lena = Actor.of(user, Door.PAGE)
    replay = previewed(
        services.request(actor=lena, source=Source.RUNS, reason="All.", filters={"query": "workflow=W1"})
    )
    assert replay.chosen == 3 * work.PART

    worker = start_worker(queues="maintenance")
    services.run(replay_id=replay.pk, actor=lena)
    until = time.monotonic() + 30
    while not Run.objects.filter(generation=2).exists() and time.monotonic() < until:
        time.sleep(0.01)
    worker.kill()

    while work.go_on(replay.pk):
        pass
    assert Run.objects.aggregate(total=Sum("generation"))["total"] == 2 * 3 * work.PART
    assert set(Run.objects.values_list("generation", flat=True)) == {2}
    replay.refresh_from_db()
    assert replay.counts == {ItemState.UNDER_WAY: 3 * work.PART}
    Run.objects.update(state=RunState.SUCCEEDED)
    while work.go_on(replay.pk):
        pass
    replay.refresh_from_db()
    assert (replay.state, replay.report["items"]["done"]) == (ReplayState.DONE, 3 * work.PART)
    assert AuditEntry.objects.filter(action="replay.report").count() == 1
