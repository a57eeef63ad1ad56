"""How fast held runs go on once their cause is mended, against how fast new ones run.

The same visits, the same ERP, the same workers. First new runs are let go and timed until the ERP has confirmed all of
them; then as many that one case holds are released, and timed alike; then all of them are replayed, to no effect.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

from bench.lab import Lab, lab, say
from hub import embedded

RUNS = 10_000
#: Events recorded, and runs parked, in one transaction.
_PART = 200
_PATIENCE_SECONDS = 900.0
_ENDED = "SELECT count(*) FROM orchestration_run WHERE state = 'succeeded' AND generation = %s"
#: Begun already, so that nothing is left to prepare for it.
_VISIT = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def measure() -> dict[str, object]:
    count = int(float(os.environ.get("BENCH_HELD", RUNS)))
    with lab() as made:
        made.start_servers()
        made.start_erp()
        _make_runs(2 * count)
        _hold(count)
        with made.meanwhile():
            made.start_hub("worker-engine", "worker-delivery", "beat")
            fresh = _timed(made, "new", count, count, 1, _let_go)
            released = _timed(made, "released by their case", count, 2 * count, 1, _release)
            begun = time.perf_counter()
            run = _previewed()
            preview = time.perf_counter() - begun
            replayed = _timed(made, "replayed", 2 * count, 2 * count, 2, run)
    return {
        "new_runs_per_s": round(fresh, 1),
        "released_runs_per_s": round(released, 1),
        "release_ratio": round(released / fresh, 3),
        "replayed_runs_per_s": round(replayed, 1),
        "replay_preview_s": round(preview, 1),
        "held_runs": count,
    }


def _timed(made: Lab, name: str, runs: int, target: int, generation: int, begin: Callable[[], None]) -> float:
    """Runs a second from `begin` until `target` of that generation have succeeded."""
    with psycopg.connect(embedded.database_url(made.var), autocommit=True) as connection:
        started = time.perf_counter()
        begin()
        while True:
            row = connection.execute(_ENDED, [generation]).fetchone()
            took = time.perf_counter() - started
            if row and row[0] >= target:
                break
            if took > _PATIENCE_SECONDS:
                raise SystemExit(f"{name}: {target - (row[0] if row else 0)} of {runs} runs did not end")
            time.sleep(0.05)
    say(f"  {name}: {runs} in {took:.1f} s, {runs / took:.0f}/s")
    return runs / took


def _make_runs(count: int) -> None:
    """That many visits, each with its run of W1, at rest: nobody works on them yet."""
    from django.db import transaction

    from hub.core import clock
    from hub.core.events.appointment import AppointmentBooked
    from hub.records.services import Recordable
    from orchestration import starting
    from orchestration.models import Run
    from orchestration.recording import record
    from orchestration.workflow import Registry
    from orchestration.workflows import WORKFLOWS

    starting.WORKFLOWS = Registry([one for one in WORKFLOWS.newest() if one.code == "W1"])
    for first in range(0, count, _PART):
        events = [
            AppointmentBooked(
                occurred_at=_VISIT, entity_key=f"scheduling:B{number}", facility="C01", account_number=f"B{number}",
                appointment_id=f"B{number}", starts_at=_VISIT, department="CARD", payer="AETNA", visit_type="office",
            )
            for number in range(first, min(first + _PART, count))
        ]  # fmt: skip
        with transaction.atomic():
            record(
                [
                    Recordable(event=one, system="scheduling", causation_id=None, received_at=clock.now())
                    for one in events
                ]
            )
            Run.objects.filter(state="ready").update(state="waiting")


def _hold(count: int) -> None:
    """One case holds the later half, each at its first step."""
    from django.db import transaction

    from hub.core.errors import MappingMissing
    from hub.core.parking import Held, Parked, park
    from orchestration.models import Run, Step

    subject = {"domain": "department", "system": "scheduling", "facility": "C01", "local_code": "NOBODY-MAPS-THIS"}
    failure = MappingMissing("unmapped-department", cause=tuple(subject.values()), subject=subject)
    held = list(Run.objects.order_by("id").values_list("id", flat=True)[count:])
    for first in range(0, len(held), _PART):
        part = held[first : first + _PART]
        with transaction.atomic():
            Run.objects.filter(pk__in=part).update(state="parked", step="enrich", attempts=1)
            Step.objects.bulk_create(
                Step(run_id=one, index=0, name="enrich", state="parked", attempts=1) for one in part
            )
            for one in part:
                park(Parked(kind=Held.RUN, ref=one, failure=failure, facility="C01", workflow="W1", step="enrich"))


def _let_go() -> None:
    from django.db import transaction

    from orchestration.models import Run
    from orchestration.queue import runs_are_ready

    with transaction.atomic():
        Run.objects.filter(state="waiting").update(state="ready")
        runs_are_ready()


def _release() -> None:
    from exceptions import services
    from exceptions.models import Case
    from hub.governance.access import Actor

    services.release(case_id=Case.objects.get().id, actor=Actor.command(), reason="Mapped.")


def _previewed() -> Callable[[], None]:
    """Asked for and previewed by one person; returns what runs it. The rules are put aside."""
    from django.contrib.auth.models import User

    from exceptions.replays import services, work
    from exceptions.replays.models import Replay, ReplayRule
    from exceptions.replays.states import ReplayState, Source
    from hub.governance.access import Actor, Door

    ReplayRule.objects.all().delete()
    actor = Actor.of(User.objects.get(username="linda"), Door.COMMAND)
    replay = services.request(actor=actor, source=Source.RUNS, reason="Again.", filters={"query": "workflow=W1"})
    while Replay.objects.get(pk=replay.pk).state == ReplayState.GATHERING:
        work.go_on(replay.pk)

    def run() -> None:
        services.run(replay_id=replay.pk, actor=actor)

    return run


if __name__ == "__main__":
    print(json.dumps(measure()))
