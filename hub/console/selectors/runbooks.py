"""The runbook that fits a trouble, drawn for one reader: its steps, what is ticked off, and the buttons for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.urls import reverse

from connectors.models import Feed, System
from connectors.states import BreakerState, FeedState, SystemState
from exceptions.models import Case
from exceptions.runbooks import selectors
from exceptions.runbooks.binding import Trouble
from exceptions.runbooks.models import Runbook, RunbookUse
from exceptions.runbooks.reading import Prose, Step, Steps, read
from exceptions.runbooks.states import SafeAction
from exceptions.states import CASE_OPEN
from hub.console.runbook_use import with_origin
from hub.core.errors import FailureClass
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.ui.pages import Action

#: Cases of these are mended on their own page: there the runbook is folded until somebody begins with it.
_MENDED_INLINE = frozenset({FailureClass.MAPPING, FailureClass.BUSINESS, FailureClass.AUTHORITY})


@dataclass(frozen=True, slots=True)
class StepView:
    """`note` says why there is no button, where a step has one that this reader cannot use here."""

    step: Step
    done: RunbookUse | None
    action: Action | None
    note: str


@dataclass(frozen=True, slots=True)
class BlockView:
    html: str = ""
    steps: Sequence[StepView] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """One runbook for one trouble. `others` fit too, and say less about it."""

    runbook: Runbook
    blocks: list[BlockView]
    case: Case | None
    may_tick: bool
    uses: list[RunbookUse]
    others: list[Runbook] = field(default_factory=list)
    open: bool = False

    @property
    def steps(self) -> list[StepView]:
        return [step for block in self.blocks for step in block.steps]

    @property
    def done(self) -> int:
        return sum(step.done is not None for step in self.steps)


@dataclass(frozen=True, slots=True)
class _Place:
    """What the buttons are about: the case, and the systems and feeds that a step may mean."""

    who: Who
    runbook: Runbook
    case: Case | None
    system: str
    systems: Mapping[str, System]
    feeds: Mapping[str, Feed]

    def feed_of(self, step: Step) -> Feed | None:
        named = step.target or (str(self.case.subject.get("feed", "")) if self.case else "")
        if named:
            return self.feeds.get(named)
        of_system = [feed for feed in self.feeds.values() if feed.system.code == self.system]
        return of_system[0] if len(of_system) == 1 else None


def guide_of_case(who: Who, case: Case, *, opened: bool = False) -> Guide | None:
    """The runbook for a case, unfolded where the case is an engineer's or somebody began with it."""
    found = selectors.fitting(selectors.trouble_of(case))
    if not found:
        return None
    uses = selectors.uses_of_case(case)
    begun = next((use.runbook_id for use in reversed(uses)), None)
    first = next((runbook for runbook in found if runbook.pk == begun), found[0])
    others = [runbook for runbook in found if runbook.pk != first.pk]
    unfolded = opened or bool(uses) or case.failure_class not in _MENDED_INLINE
    return guide(who, first, case=case, system=case.system, uses=uses, others=others, opened=unfolded)


def guide_of_system(who: Who, system: str, alerts: frozenset[str], case: Case | None) -> Guide | None:
    """The runbook for what is wrong with a system. What is ticked off there belongs to the open case about it."""
    if not alerts:
        return None
    found = selectors.fitting(Trouble(system=system, alerts=alerts))
    if not found:
        return None
    uses = selectors.uses_of_case(case) if case else selectors.uses_of_system(system)[::-1]
    return guide(who, found[0], case=case, system=system, uses=uses, others=found[1:], opened=True)


def guide(
    who: Who,
    runbook: Runbook,
    *,
    case: Case | None = None,
    system: str = "",
    uses: Sequence[RunbookUse] = (),
    others: Sequence[Runbook] = (),
    opened: bool = True,
) -> Guide:
    """`runbook` as `who` reads it for `case`, or in general."""
    blocks = read(runbook.body)
    steps = [step for block in blocks if isinstance(block, Steps) for step in block.steps]
    place = _place(who, runbook, case, system, steps)
    done = selectors.ticked(runbook, uses) if case else {}
    may_tick = case is not None and case.state in CASE_OPEN and access.may(who, Permission.WORK_CASES, case.facility)
    shown = [
        BlockView(html=block.html)
        if isinstance(block, Prose)
        else BlockView(steps=[_view(place, step, done.get(step.mark)) for step in block.steps])
        for block in blocks
    ]
    return Guide(runbook, shown, case, may_tick, list(uses)[::-1], list(others), opened)


def preview(who: Who, body: str) -> Guide:
    """What a text will look like. Its buttons do nothing: nobody means the system that is being written about."""
    shown = guide(who, Runbook(code="preview", title="Preview", body=body))
    still = [replace(block, steps=[_still(step) for step in block.steps]) for block in shown.blocks]
    return replace(shown, blocks=still)


def _still(view: StepView) -> StepView:
    label = view.step.action.label if view.step.action else ""
    return replace(view, action=Action(label, "", disabled="This is a preview.") if label else None, note="")


def _place(who: Who, runbook: Runbook, case: Case | None, system: str, steps: Sequence[Step]) -> _Place:
    named = {step.target for step in steps if step.target} | ({system} if system else set())
    if not named or not any(step.action for step in steps):
        return _Place(who, runbook, case, system, {}, {})
    systems = System.objects.filter(code__in=named).select_related("lane").defer("sealed_secrets")
    feeds = Feed.objects.filter(Q(code__in=named) | Q(system__code__in=named)).select_related("system")
    by_feed = {feed.code: feed for feed in feeds.defer("system__sealed_secrets")}
    subject = str(case.subject.get("feed", "")) if case else ""
    if subject and subject not in by_feed:
        by_feed |= {feed.code: feed for feed in Feed.objects.filter(code=subject).select_related("system")}
    return _Place(who, runbook, case, system, {row.code: row for row in systems}, by_feed)


def _view(place: _Place, step: Step, done: RunbookUse | None) -> StepView:
    if step.action is None:
        return StepView(step, done, None, "")
    action, note = _BUTTONS[step.action](place, step)
    return StepView(step, done, action, note)


_Button = tuple[Action | None, str]
_BY_ENGINEERS = "An integration engineer does this"


def _link(place: _Place, step: Step, url: str, icon: str, *, disabled: str = "", at_once: bool = False) -> _Button:
    label = step.action.label if step.action else ""
    address = with_origin(url, place.runbook, step.mark, place.case)
    return Action(label, address, icon, disabled=disabled, at_once=at_once), ""


def _system(
    name: str, icon: str, *, refusal: Callable[[System], str] = lambda system: "", at_once: bool = False
) -> Callable[[_Place, Step], _Button]:
    def button(place: _Place, step: Step) -> _Button:
        system = place.systems.get(step.target or place.system)
        if system is None:
            return None, f"{step.action.label if step.action else ''}: on the page of the system"
        if not access.may(place.who, Permission.OPERATE_SYSTEMS, ""):
            return None, _BY_ENGINEERS
        url = reverse(f"console:{name}", args=[system.code])
        return _link(place, step, url, icon, disabled=refusal(system), at_once=at_once)

    return button


def _feed(
    name: str, icon: str, *, refusal: Callable[[Feed], str] = lambda feed: "",
    needs: Permission = Permission.OPERATE_SYSTEMS,
) -> Callable[[_Place, Step], _Button]:  # fmt: skip
    def button(place: _Place, step: Step) -> _Button:
        feed = place.feed_of(step)
        if feed is None:
            return None, f"{step.action.label if step.action else ''}: on the page of the system"
        if not access.may(place.who, needs, feed.facility):
            return None, _BY_ENGINEERS
        return _link(place, step, reverse(f"console:{name}", args=[feed.code]), icon, disabled=refusal(feed))

    return button


def _ask_again(place: _Place, step: Step) -> _Button:
    case = place.case
    if case is None:
        return None, "Tried again from the case that holds it"
    if not access.may(place.who, Permission.WORK_CASES, case.facility):
        return None, ""
    held = "" if case.held and case.state in CASE_OPEN else "Nothing is held here."
    return _link(place, step, reverse("console:case-retry", args=[case.number]), "refresh-cw", disabled=held)


def _tie_out(place: _Place, step: Step) -> _Button:
    if not access.may(place.who, Permission.RUN_TIE_OUT, ""):
        return None, "A finance analyst does this"
    return _link(place, step, reverse("console:tie-out-run"), "scale", at_once=True)


def _breaker(system: System) -> str:
    lane = getattr(system, "lane", None)
    return "Its breaker is closed." if lane is None or lane.breaker == BreakerState.CLOSED else ""


_BUTTONS: Mapping[SafeAction, Callable[[_Place, Step], _Button]] = {
    SafeAction.TEST: _system("system-test", "activity", at_once=True),
    SafeAction.PAUSE_SYSTEM: _system(
        "system-pause", "circle-pause",
        refusal=lambda system: "It is paused already." if system.state == SystemState.PAUSED else "",
    ),
    SafeAction.RESUME_SYSTEM: _system(
        "system-resume", "circle-play",
        refusal=lambda system: "" if system.state == SystemState.PAUSED else "It is not paused.",
    ),
    SafeAction.DRAIN: _system("system-drain", "gauge"),
    SafeAction.RESET: _system("system-reset", "plug", refusal=_breaker),
    SafeAction.ROTATE_SYSTEM: _system("system-rotate", "key-round"),
    SafeAction.PAUSE_FEED: _feed(
        "feed-pause", "circle-pause",
        refusal=lambda feed: "It is paused already." if feed.state == FeedState.PAUSED else "",
    ),
    SafeAction.RESUME_FEED: _feed(
        "feed-resume", "circle-play",
        refusal=lambda feed: "" if feed.state == FeedState.PAUSED else "It is not paused.",
    ),
    SafeAction.ROTATE_FEED: _feed(
        "feed-rotate", "key-round", refusal=lambda feed: "" if feed.sealed_secrets else "It has no secret of its own.",
    ),
    SafeAction.REPLAY_FROM: _feed("feed-replay", "repeat", needs=Permission.REPLAY),
    SafeAction.ASK_AGAIN: _ask_again,
    SafeAction.TIE_OUT: _tie_out,
}  # fmt: skip
