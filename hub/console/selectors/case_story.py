"""The case in one line of time: what people did and what the runs and messages that it holds did; and cases like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from django.urls import reverse

from connectors.models import Message
from exceptions import selectors
from exceptions.models import Case, Member, Note
from exceptions.states import CaseState, NoteKind, Resolution
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.ui.format import duration_text
from orchestration.models import Attempt, Run, Step
from orchestration.states import AttemptOutcome
from orchestration.workflows import WORKFLOWS

#: Of a case with many members the oldest of these tell what happened to all.
MOST_RUNS, MOST_ATTEMPTS = 3, 40
#: Solved cases that are counted, the newest.
COUNTED = 200
_MOST_EARLIER = 20


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that a run or message did, for the same line of time as people's acts."""

    at: datetime
    title: str
    actor: str
    outcome: str
    url: str


def doings(who: Who, members: Sequence[Member]) -> list[Doing]:
    """What the oldest of `members` did, as far as `who` may see runs and messages."""
    runs = [member.ref for member in members if member.kind == Held.RUN][:MOST_RUNS]
    messages = [member.ref for member in members if member.kind == Held.MESSAGE][:MOST_RUNS]
    found = _of_runs(runs) if runs and access.may(who, Permission.VIEW_RUNS) else []
    if messages and access.may(who, Permission.VIEW_MESSAGES):
        found += _of_messages(messages)
    return sorted(found, key=lambda one: one.at)


def _of_runs(ids: Sequence[UUID]) -> list[Doing]:
    attempts = list(Attempt.objects.filter(run_id__in=ids).order_by("-id")[:MOST_ATTEMPTS])
    steps = Step.objects.in_bulk({attempt.step_id for attempt in attempts})
    runs = Run.objects.only("workflow", "version").in_bulk({attempt.run_id for attempt in attempts})
    return [_doing(attempt, runs[attempt.run_id], steps.get(attempt.step_id)) for attempt in attempts]


def _doing(attempt: Attempt, run: Run, step: Step | None) -> Doing:
    title = _step_title(run, step.name if step else "")
    outcome = AttemptOutcome(attempt.outcome).label.lower()
    why = f" ({attempt.code})" if attempt.code else ""
    url = reverse("console:run", args=[run.pk])
    return Doing(attempt.at, f"{title}: {outcome}{why}", f"Run {str(run.pk)[-8:]}", attempt.outcome, url)


def _step_title(run: Run, name: str) -> str:
    try:
        workflow = WORKFLOWS.get(run.workflow, run.version)
    except KeyError:
        return name or "A step"
    place = workflow.positions.get(name)
    return workflow.steps[place].title if place is not None else name or "A step"


def _of_messages(ids: Sequence[UUID]) -> list[Doing]:
    rows = Message.objects.filter(pk__in=ids).defer("body", "headers")
    return [
        Doing(row.received_at, f"Received from {row.feed_code}", f"Message {str(row.pk)[-8:]}", "", url)
        for row in rows
        if (url := reverse("console:message", args=[row.pk]))
    ]


# --- how others like it were solved ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Solutions:
    """How many cases like it were solved in the commonest way, of how many, and how long that took as a rule."""

    count: int
    of: int
    how: str
    median: timedelta

    @property
    def sentence(self) -> str:
        took = duration_text(self.median)
        if self.of == 1:
            return f"The one like it was solved by {self.how}, in {took}."
        return f"{self.count} of {self.of} like it were solved by {self.how}; median {took}."


#: How a line of a case's story begins, and what it says of the way that the case was solved.
_WAYS: Mapping[str, str] = {
    "The code is known now": "mapping the code",
    "Corrected:": "correcting the record",
    "Wrote off": "writing it off",
    "Approved what": "writing it off",
    "Attachment control number": "entering the attachment's number",
    "Authorization number": "entering the authorization",
    "The claim is chosen": "choosing the claim",
    "Decided:": "deciding the adjustment",
    "Ask the payer": "asking the payer again",
    "Request again": "requesting it again",
    "Make it again": "making the claim again",
}
_BY_RESOLUTION: Mapping[str, str] = {
    Resolution.FIXED: "a fix at the cause",
    Resolution.RELEASED: "trying again",
    Resolution.CORRECTED: "the source's correction",
    Resolution.NO_ACTION: "needing nothing",
    Resolution.DUPLICATE: "being a duplicate",
    Resolution.SETTLED: "settling it outside",
    Resolution.DECIDED: "somebody's decision",
    Resolution.WRITTEN_OFF: "writing it off",
}


def solutions(who: Who, case: Case) -> Solutions | None:
    """None where no case like it was solved yet. Counts the newest `COUNTED` only, so its cost has an end."""
    rows = selectors.cases(who).filter(code=case.code, state=CaseState.RESOLVED).exclude(pk=case.pk)
    solved = list(rows.order_by("-resolved_at").values_list("id", "resolution", "opened_at", "resolved_at")[:COUNTED])
    if not solved:
        return None
    told = _ways([pk for pk, _, _, _ in solved])
    ways = {pk: told.get(pk) or _BY_RESOLUTION.get(resolution, "other means") for pk, resolution, _, _ in solved}
    how, count = Counter(ways.values()).most_common(1)[0]
    took = [(ended - begun).total_seconds() for pk, _, begun, ended in solved if ways[pk] == how and ended is not None]
    return Solutions(count, len(solved), how, timedelta(seconds=median(took) if took else 0))


def _ways(ids: Iterable[UUID]) -> dict[UUID, str]:
    notes = Note.objects.filter(case__in=list(ids), kind__in=(NoteKind.STATE, NoteKind.RELEASED)).order_by("id")
    found: dict[UUID, str] = {}
    for case_id, text in notes.values_list("case_id", "text"):
        for beginning, way in _WAYS.items():
            if text.startswith(beginning):
                found[case_id] = way
    return found


# --- the same cause before ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Recurrence:
    """The newest case before this one with the very same cause; `times` counts all of them, up to a limit."""

    before: Case
    times: int
    many: bool

    @property
    def sentence(self) -> str:
        least = ", at least" if self.many else ""
        often = f" It is the {_ordinal(self.times + 1)} time{least}." if self.times > 1 else ""
        if self.before.resolved_at is None:
            return f"The same cause is open there as well.{often}"
        after = Resolution(self.before.resolution).label.lower() if self.before.resolution else "resolved"
        day = f"{self.before.resolved_at:%b} {self.before.resolved_at.day}"
        return f"It came back after its fix on {day} ({after}).{often}"


def recurrence(who: Who, case: Case) -> Recurrence | None:
    rows = selectors.cases(who).filter(fingerprint=case.fingerprint, id__lt=case.id).order_by("-id")
    found = list(rows[:_MOST_EARLIER])
    return Recurrence(found[0], len(found), len(found) == _MOST_EARLIER) if found else None


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
