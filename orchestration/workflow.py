"""The workflow API: a workflow is code, a list of named steps.

    @step
    def plan(work: Work) -> Outcome:
        return Deliver("erp", "plan.post", {...})

A step looks at its `Work` and returns what is to happen; it never talks to the outside itself. It may raise a
`Failure`: transient ones are tried again by the step's retry policy, any other parks the run with a case.
A step may be carried out more than once (a lost worker, a replay), so it changes only what it may change twice;
the one outside effect it asks for happens once, by its posting key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.core.errors import Failure, FailureClass
from hub.core.events import Event
from hub.records.services import Recorded

if TYPE_CHECKING:
    from orchestration.work import Work


@dataclass(frozen=True, slots=True)
class Done:
    """The step is done; `output` is kept under its name for the steps after it.

    `events` are news of the hub's own making (a claim submitted, an estimate), with canonical codes: they are
    recorded in the transaction that records the step, and start and wake runs as any other event does.
    """

    output: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing to do here."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is over: the steps that follow have nothing to do."""

    output: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deliver:
    """An outside effect, once per posting key. The step is done when the far side confirmed it.

    The posting key is the step's own unless `posting_key` names another (an entry's, say).
    """

    system: str
    operation: str
    payload: Mapping[str, Any]
    posting_key: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again when an event of one of these (type, key) pairs is recorded, or at `until` (business time).

    The step is evaluated anew then, and decides itself what it means that the time has come.

    `ask` is a question put into its lane meanwhile, once per posting key. The run does not stand still with the lane,
    as it does with a Deliver of its own: it looks again when the delivery came to an end, too. `case` is what a person
    is to decide while the run waits: it is parked, and still goes on by itself.
    """

    topics: tuple[tuple[str, str], ...]
    until: datetime | None = None
    ask: Deliver | None = None
    case: Failure | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """What the run stands on has changed: it is carried out once more from the step of this name on."""

    step: str
    reason: str = ""


Outcome = Done | Skip | Finish | Deliver | Wait | Again
StepFunction = Callable[["Work"], Outcome]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential delays with jitter over the upper half, up to `attempts` tries."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    attempts: int = 8
    classes: frozenset[FailureClass] = frozenset({FailureClass.TRANSIENT, FailureClass.LOST})

    def delay(self, attempt: int, spread: float) -> timedelta:
        """Before the try after `attempt` (1-based); `spread` is a random number of [0, 1)."""
        grown: timedelta = min(self.first * 2 ** min(attempt - 1, 16), self.longest)
        return grown * (0.5 + spread / 2)

    def again(self, failure: Failure, attempt: int) -> bool:
        return failure.failure_class in self.classes and attempt < self.attempts


DEFAULT_RETRY = RetryPolicy()


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One stage. `title` is what people read."""

    name: str
    title: str
    function: StepFunction
    retry: RetryPolicy = DEFAULT_RETRY


@dataclass(frozen=True)
class Workflow:
    """A process, versioned. A run keeps the version it began with.

    `subject` names what one trigger starts once; `order` names what its runs are carried out in order of.
    `concerns` picks, of a batch of such events, those that start a run, where that depends on what stands recorded
    (a charge that comes after its claim): it is asked once per batch, in the transaction that records the events.
    """

    code: str
    version: int
    title: str
    starts_on: frozenset[str]
    steps: tuple[StepDefinition, ...]
    subject: Callable[[Event], str]
    order: Callable[[Event], str]
    concerns: Callable[[Sequence[Recorded]], Sequence[Recorded]] | None = None

    @cached_property
    def positions(self) -> dict[str, int]:
        return {item.name: index for index, item in enumerate(self.steps)}

    def posting_key(self, subject: str, step_name: str) -> str:
        """What makes this step's outside effect happen once, however often the run is replayed."""
        return f"{self.code}:{subject}:{step_name}"[:160]


class Registry:
    """Every version of every workflow; new runs take the newest."""

    def __init__(self, workflows: Sequence[Workflow]) -> None:
        self._by_version = {(item.code, item.version): item for item in workflows}
        self._newest: dict[str, Workflow] = {}
        for item in workflows:
            standing = self._newest.get(item.code)
            if standing is None or item.version > standing.version:
                self._newest[item.code] = item

    def get(self, code: str, version: int) -> Workflow:
        """Raises KeyError for a version that is no longer carried: its runs must be drained before it goes."""
        return self._by_version[code, version]

    def started_by(self, event_type: str) -> list[Workflow]:
        return [item for item in self._newest.values() if event_type in item.starts_on]

    def newest(self) -> list[Workflow]:
        return list(self._newest.values())
