"""Advancing runs: claim a batch, carry each as far as it can go, write down every transition, commit.

All of it happens in one transaction that holds the runs' rows, so a killed worker leaves nothing half done: its
runs are as they were. What must happen outside is not done here; it is put into the lane of its system
(`connectors.outbound`), and the run goes on when its delivery has come to an end.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import OperationalError, transaction

from hub.core import clock
from hub.core.errors import Defect, Failure
from orchestration.advancing import Advance
from orchestration.models import Run
from orchestration.recording import announce
from orchestration.waking import answer_calls
from orchestration.workflows import WORKFLOWS

_log = structlog.get_logger(__name__)

BATCH = 100

# The oldest ready runs that no earlier unfinished run of the same entity stands before.
_CLAIM = """
SELECT run.* FROM orchestration_run AS run
 WHERE run.state = 'ready' AND (run.due_at IS NULL OR run.due_at <= %s)
   AND NOT EXISTS (
       SELECT 1 FROM orchestration_run AS earlier
        WHERE earlier.order_key = run.order_key AND earlier.id < run.id
          AND earlier.state NOT IN ('succeeded', 'cancelled'))
 ORDER BY run.id LIMIT %s FOR UPDATE OF run SKIP LOCKED
"""


def advance(limit: int = BATCH) -> int:
    """Call whom news is waiting for, then advance up to `limit` ready runs together; returns how many were taken up.

    A step that fails in a way nobody planned for spoils its transaction: the batch is then carried out run by
    run, so that only the guilty one is parked.
    """
    while answer_calls():
        pass
    try:
        with transaction.atomic():
            return _advance_claimed(_claim(limit))
    except OperationalError:
        raise  # the database is away or two workers crossed: nothing was done, the sweep wakes us again
    except Exception:  # noqa: BLE001 - the runner: what it is comes out below, one run at a time
        _log.exception("a batch of runs failed; going one by one")
        return _advance_one_by_one(limit)


def _advance_one_by_one(limit: int) -> int:
    taken = 0
    for _ in range(limit):
        runs: list[Run] = []
        try:
            with transaction.atomic():
                runs = _claim(1)
                if not runs:
                    break
                _advance_claimed(runs)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - the runner: any surprise parks this run with a case
            _log.exception("a step failed in a way nobody planned for", run=str(runs[0].id) if runs else "")
            if not runs:
                raise
            _park_defect(runs[0].id, error)
        taken += 1
    return taken


def _claim(limit: int) -> list[Run]:
    return list(Run.objects.raw(_CLAIM, [clock.machine_now(), limit]))


def _park_defect(run_id: UUID, error: Exception) -> None:
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        advance = Advance([run], WORKFLOWS)
        advance.park(advance.work[0], _defect(run, error))
        advance.write()


def _defect(run: Run, error: Exception) -> Failure:
    """A surprise as a failure: only the kind of error is told, never its text, which may quote a record."""
    kind = type(error).__name__
    return Defect(
        "unexpected-error",
        f"Step {run.step or 'first'} of {run.workflow} failed unexpectedly ({kind}).",
        cause=(run.workflow, run.step, kind),
        hint="An engineer finds the trace in the log by the run's id; retry once it is mended.",
    )


def _advance_claimed(runs: list[Run]) -> int:
    if not runs:
        return 0
    advance = Advance(runs, WORKFLOWS)
    advance.take_up_deliveries()
    for work in advance.work:
        advance.carry_on(work)
    advance.write()
    announce(advance.announced)
    return len(runs)
