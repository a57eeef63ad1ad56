"""What may be done about a replay as it stands. It only spares refusals; the service has the last word."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from exceptions.replays import selectors
from exceptions.replays.models import Replay
from exceptions.replays.states import BEFORE, ItemState, ReplayState
from hub.ui.pages import Action


def replay_deeds(who: User | AnonymousUser, replay: Replay) -> list[Action]:
    found = _deciding(who, replay)
    if selectors.may_run(who, replay):
        found += [*_running(replay), *_calling_off(replay)]
    return found


def _deciding(who: User | AnonymousUser, replay: Replay) -> list[Action]:
    if replay.state != ReplayState.AWAITING or not selectors.may_decide(who, replay):
        return []
    return [
        _action(replay, "Approve", "replay-approve", "check", primary=True),
        _action(replay, "Refuse", "replay-refuse", "x", danger=True),
    ]


def _running(replay: Replay) -> list[Action]:
    state, waiting = replay.state, replay.count(ItemState.WAITING)
    if state == ReplayState.PREVIEWED and replay.asks:
        return [_action(replay, "Ask for approval", "replay-ask", "user-check", primary=True)] if waiting else []
    if state in {ReplayState.PREVIEWED, ReplayState.APPROVED}:
        return [_action(replay, "Run", "replay-run", "play", primary=True)] if waiting else []
    if state == ReplayState.RUNNING:
        return [
            _action(replay, "Pause", "replay-pause", "pause", at_once=True),
            _action(replay, "Rate", "replay-rate", "gauge"),
            _action(replay, "Stop", "replay-stop", "circle-x", danger=True),
        ]
    if state == ReplayState.PAUSED:
        return [
            _action(replay, "Resume", "replay-resume", "play", primary=True, at_once=True),
            _action(replay, "Rate", "replay-rate", "gauge"),
            _action(replay, "Stop", "replay-stop", "circle-x", danger=True),
        ]
    return []


def _calling_off(replay: Replay) -> list[Action]:
    return [_action(replay, "Withdraw", "replay-withdraw", "undo-2")] if replay.state in BEFORE else []


def _action(
    replay: Replay, label: str, name: str, icon: str, *, primary: bool = False, danger: bool = False,
    at_once: bool = False,
) -> Action:  # fmt: skip
    url = reverse(f"console:{name}", args=[replay.number])
    return Action(label, url, icon, primary=primary, danger=danger, at_once=at_once, version=replay.version)
