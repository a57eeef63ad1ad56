"""What a runbook is bound to, what it offers to do, and what became of it."""

from __future__ import annotations

from django.db import models

from hub.ui.badges import Tone, ToneChoices


class RunbookState(ToneChoices):
    ACTIVE = "active", Tone.POSITIVE, "In use"
    RETIRED = "retired", Tone.NEUTRAL, "Retired"


class Alert(models.TextChoices):
    """What the console shows as trouble beside the class and code of a failure."""

    SYSTEM_DOWN = "system.down", "A system does not answer"
    SYSTEM_PAUSED = "system.paused", "A system is paused"
    SYSTEM_THROTTLED = "system.throttled", "A system asked us to slow down"
    UNCONFIRMED = "delivery.unconfirmed", "Deliveries are sent and unconfirmed"
    FEED_PAUSED = "feed.paused", "A feed is paused"
    FEED_TROUBLED = "feed.troubled", "A feed holds or rejects messages"
    CASE_OVERDUE = "case.overdue", "A case's clock has run out"
    BREAK = "tie-out.break", "The books do not agree"


class SafeAction(models.TextChoices):
    """What a step may offer as a button. Each is the same act as on its own page."""

    TEST = "test-connection", "Test the connection"
    PAUSE_SYSTEM = "pause-system", "Pause the system"
    RESUME_SYSTEM = "resume-system", "Resume the system"
    DRAIN = "drain", "Drain at a rate"
    RESET = "reset-breaker", "Close the breaker"
    ROTATE_SYSTEM = "rotate-credential", "Rotate the credential"
    PAUSE_FEED = "pause-feed", "Pause the feed"
    RESUME_FEED = "resume-feed", "Resume the feed"
    ROTATE_FEED = "rotate-feed-secret", "Rotate the feed's secret"
    REPLAY_FROM = "replay-from", "Replay from a time"
    ASK_AGAIN = "ask-again", "Try what is held again"
    TIE_OUT = "tie-out", "Compare the books now"


class UseKind(models.TextChoices):
    STEP = "step", "Step done"
    UNDONE = "undone", "Step taken back"
    ACTION = "action", "Action"


class UseOutcome(ToneChoices):
    DONE = "done", Tone.POSITIVE, "Done"
    REFUSED = "refused", Tone.CRITICAL, "Refused"
