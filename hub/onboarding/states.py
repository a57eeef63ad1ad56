"""Legal transitions of an onboarding, and how its steps stand."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class OnboardingState(ToneChoices):
    OPEN = "open", Tone.INFO, "Being set up"
    ASKED = "asked", Tone.ACCENT, "Waits for a second person"
    LIVE = "live", Tone.POSITIVE, "Live"
    PAUSED = "paused", Tone.CAUTION, "Paused again"
    ENDED = "ended", Tone.NEUTRAL, "Given up"


TRANSITIONS: dict[str, frozenset[str]] = {
    OnboardingState.OPEN: frozenset({OnboardingState.ASKED, OnboardingState.ENDED}),
    OnboardingState.ASKED: frozenset({OnboardingState.OPEN, OnboardingState.LIVE}),
    OnboardingState.LIVE: frozenset({OnboardingState.PAUSED}),
    OnboardingState.PAUSED: frozenset({OnboardingState.ASKED, OnboardingState.ENDED}),
    OnboardingState.ENDED: frozenset({OnboardingState.OPEN}),
}

#: What can still be set up.
OPEN_STATES = (OnboardingState.OPEN, OnboardingState.PAUSED)


class StepState(ToneChoices):
    DONE = "done", Tone.POSITIVE, "Done"
    NEXT = "next", Tone.ACCENT, "Next"
    BLOCKED = "blocked", Tone.CAUTION, "Blocked"
    WAITING = "waiting", Tone.NEUTRAL, "Not yet"
