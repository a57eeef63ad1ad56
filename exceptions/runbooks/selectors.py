"""Reads: the runbooks that fit, what was done with them, and what is done for one case already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from exceptions.models import Case
from exceptions.runbooks.binding import Trouble, best
from exceptions.runbooks.models import Runbook, RunbookUse
from exceptions.runbooks.states import Alert, RunbookState, UseKind, UseOutcome
from exceptions.states import CASE_OPEN
from hub.core.clock import now
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission

#: Of what was done with a runbook, or for a case, a page shows this many.
SHOWN = 20


def trouble_of(case: Case) -> Trouble:
    late = case.state in CASE_OPEN and case.due_at is not None and case.due_at < now()
    alerts = frozenset({Alert.CASE_OVERDUE.value} if late else ())
    return Trouble(case.failure_class, case.code, case.system, alerts)


def fitting(trouble: Trouble) -> list[Runbook]:
    """The runbooks in use that fit, the most specific first. One query; a text is read when it is shown."""
    rows = Runbook.objects.filter(state=RunbookState.ACTIVE).exclude(bindings=[]).defer("body")
    scored = [(best(row.bindings, trouble), row) for row in rows]
    found = [(score, row) for score, row in scored if score]
    return [row for _, row in sorted(found, key=lambda pair: (-pair[0], pair[1].title))]


def ticked(runbook: Runbook, uses: Sequence[RunbookUse]) -> dict[str, RunbookUse]:
    """Step to the use that did it last; `uses` are those of one case, the oldest first."""
    done: dict[str, RunbookUse] = {}
    for use in uses:
        if use.runbook_id != runbook.pk or not use.step or use.outcome != UseOutcome.DONE:
            continue
        if use.kind == UseKind.UNDONE:
            done.pop(use.step, None)
        else:
            done[use.step] = use
    return done


def uses_of_case(case: Case) -> list[RunbookUse]:
    """Everything that was done from runbooks for a case, the oldest first."""
    return list(RunbookUse.objects.filter(case=case).select_related("runbook").order_by("id"))


def uses_of_system(code: str) -> list[RunbookUse]:
    """The newest that was done from runbooks at a system of the whole group, newest first."""
    return list(RunbookUse.objects.filter(system=code, facility="").select_related("runbook").order_by("-id")[:SHOWN])


def uses_of_runbook(who: Who, runbook: Runbook) -> list[RunbookUse]:
    """The newest uses of a runbook that lie in the reader's scope, newest first."""
    rows = RunbookUse.objects.filter(runbook=runbook).select_related("case")
    return list(access.scoped(rows, who, Permission.VIEW_CASES, shared=True).order_by("-id")[:SHOWN])


def runbooks() -> QuerySet[Runbook]:
    return Runbook.objects.all()


def versions(runbook: Runbook) -> list[Any]:
    """What it said before, newest first."""
    return list(runbook.history.select_related("history_user").order_by("-version", "-history_id"))


def version(runbook: Runbook, number: int) -> Any:
    """The last words of one version. Raises DoesNotExist of the history where there is none."""
    return runbook.history.filter(version=number).latest("history_id")
