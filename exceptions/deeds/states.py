"""What is done to cases with one gesture, how far it has come, and what became of each case."""

from __future__ import annotations

from django.db import models

from hub.ui.badges import Tone, ToneChoices


class DeedAct(models.TextChoices):
    """What a person does to one case or to many with one gesture."""

    TAKE = "take", "Take"
    ASSIGN = "assign", "Assign"
    SNOOZE = "snooze", "Snooze"
    WAKE = "wake", "Put back"
    WATCH = "watch", "Watch"
    UNWATCH = "unwatch", "Stop watching"
    RESOLVE = "resolve", "Resolve"
    RETRY = "retry", "Retry"
    UNDO = "undo", "Undo"


class DeedState(ToneChoices):
    UNDER_WAY = "under_way", Tone.ACCENT, "Under way"
    DONE = "done", Tone.POSITIVE, "Done"
    STOPPED = "stopped", Tone.CAUTION, "Stopped"


class ItemState(ToneChoices):
    WAITING = "waiting", Tone.ACCENT, "Waiting"
    DONE = "done", Tone.POSITIVE, "Done"
    LEFT = "left", Tone.CAUTION, "Left alone"
