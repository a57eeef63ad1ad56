"""Legal transitions of a replay and of what is in it."""

from __future__ import annotations

from django.db import models

from hub.ui.badges import Tone, ToneChoices


class ReplayState(ToneChoices):
    GATHERING = "gathering", Tone.INFO, "Being previewed"  # its items are taken up and looked at, in parts
    PREVIEWED = "previewed", Tone.NEUTRAL, "Previewed"  # nothing has happened; whoever asked for it decides
    AWAITING = "awaiting", Tone.CAUTION, "Awaiting approval"
    APPROVED = "approved", Tone.ACCENT, "Approved"
    RUNNING = "running", Tone.INFO, "Running"
    PAUSED = "paused", Tone.CAUTION, "Paused"
    STOPPING = "stopping", Tone.CAUTION, "Stopping"  # nothing more is begun; what is under way comes to rest
    STOPPED = "stopped", Tone.NEUTRAL, "Stopped"
    DONE = "done", Tone.POSITIVE, "Done"
    REFUSED = "refused", Tone.CRITICAL, "Refused"
    WITHDRAWN = "withdrawn", Tone.NEUTRAL, "Withdrawn"


#: A worker has something to do for these, by itself.
AT_WORK = (ReplayState.GATHERING, ReplayState.RUNNING, ReplayState.PAUSED, ReplayState.STOPPING)
#: Nothing has happened yet, and it can still be called off.
BEFORE = (ReplayState.GATHERING, ReplayState.PREVIEWED, ReplayState.AWAITING, ReplayState.APPROVED)
#: Over, with a sealed report.
REPORTED = (ReplayState.STOPPED, ReplayState.DONE)
REPLAY_FINAL = (*REPORTED, ReplayState.REFUSED, ReplayState.WITHDRAWN)

REPLAY_TRANSITIONS: dict[str, frozenset[str]] = {
    ReplayState.GATHERING: frozenset({ReplayState.PREVIEWED, ReplayState.WITHDRAWN}),
    ReplayState.PREVIEWED: frozenset({ReplayState.AWAITING, ReplayState.RUNNING, ReplayState.WITHDRAWN}),
    ReplayState.AWAITING: frozenset({ReplayState.APPROVED, ReplayState.REFUSED, ReplayState.WITHDRAWN}),
    ReplayState.APPROVED: frozenset({ReplayState.RUNNING, ReplayState.WITHDRAWN}),
    ReplayState.RUNNING: frozenset({ReplayState.PAUSED, ReplayState.STOPPING, ReplayState.DONE}),
    ReplayState.PAUSED: frozenset({ReplayState.RUNNING, ReplayState.STOPPING, ReplayState.DONE}),
    ReplayState.STOPPING: frozenset({ReplayState.STOPPED}),
}


class ItemState(ToneChoices):
    WAITING = "waiting", Tone.NEUTRAL, "Waiting"
    UNDER_WAY = "under_way", Tone.INFO, "Under way"
    DONE = "done", Tone.POSITIVE, "Done"
    FAILED = "failed", Tone.CRITICAL, "Failed"
    LEFT_OUT = "left_out", Tone.CAUTION, "Left out"


class Versions(models.TextChoices):
    """With which mappings, rules and workflow version work is done again."""

    TODAY = "today", "Today's mappings, rules and workflow version"
    THEIRS = "theirs", "The ones it ran with"


class Source(models.TextChoices):
    """What a replay was chosen from."""

    RUNS = "runs", "Runs"
    MESSAGES = "messages", "Messages"
    CASES = "cases", "What cases hold"
