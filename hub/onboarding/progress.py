"""The steps of the flow and how each stands, computed from the checklist: nothing is ticked off by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.onboarding.checklist import Check
from hub.onboarding.selectors import Facts
from hub.onboarding.states import OnboardingState, StepState

FACILITY, FEEDS, CODES, COVERAGE, DRY_RUN, GO_LIVE = "facility", "feeds", "codes", "coverage", "dry-run", "go-live"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is called, how it stands, and in a few words why."""

    key: str
    title: str
    state: StepState
    said: str


_TITLES = {
    FACILITY: "The facility",
    FEEDS: "Systems and feeds",
    CODES: "Code lists",
    COVERAGE: "Coverage",
    DRY_RUN: "Dry run",
    GO_LIVE: "Go live",
}
#: The lines of the checklist that a step is done with.
_ASKS = {
    FACILITY: ("facility", "calendar", "cost_centers", "location"),
    FEEDS: ("feeds", "proven", "tried"),
    CODES: (),
    COVERAGE: ("own_code", "coverage", "decided"),
    DRY_RUN: ("dry_run",),
    GO_LIVE: (),
}

#: The step without which another cannot be done.
NEEDS = {CODES: FEEDS, COVERAGE: CODES, DRY_RUN: FEEDS}


def steps(facts: Facts, checks: Sequence[Check]) -> list[Step]:
    """All of them in order. The first that is not done is the next; one that cannot be done yet says why."""
    found: list[Step] = []
    for key, title in _TITLES.items():
        done, said = _standing(key, facts, checks)
        blocked = "" if done else _blocked(key, facts, checks)
        if done:
            state = StepState.DONE
        elif blocked:
            state, said = StepState.BLOCKED, blocked
        elif all(step.state == StepState.DONE for step in found):
            state = StepState.NEXT
        else:
            state = StepState.WAITING
        found.append(Step(key, title, state, said))
    return found


def _standing(key: str, facts: Facts, checks: Sequence[Check]) -> tuple[bool, str]:
    if key == GO_LIVE:
        live = facts.onboarding.state == OnboardingState.LIVE
        return live, facts.onboarding.get_state_display()
    if key == CODES:
        count = len(facts.listed)
        return bool(count), f"{count:,} codes listed" if count else "no list yet"
    asked = [one for one in checks if one.key in _ASKS[key]]
    open_ones = [one for one in asked if not one.ok]
    if key == COVERAGE and facts.listed:
        return not open_ones, f"{facts.coverage} % of {facts.onboarding.threshold} %"
    return not open_ones, "done" if not open_ones else f"{len(open_ones)} of {len(asked)} to do"


def _blocked(key: str, facts: Facts, checks: Sequence[Check]) -> str:
    """Why a step cannot be done yet."""
    if key in (CODES, DRY_RUN) and not facts.channels:
        return "needs a feed first"
    if key == COVERAGE and not facts.listed:
        return "needs a list of codes first"
    if key == GO_LIVE and (waiting := sum(not one.ok for one in checks)):
        return f"{waiting} of {len(checks)} checks open"
    return ""


def share_done(checks: Sequence[Check]) -> tuple[int, int]:
    """Checks that are so, of all."""
    return sum(one.ok for one in checks), len(checks)
