"""Whether a person is there."""

from __future__ import annotations

from hub.ui.badges import Tone, ToneChoices


class Presence(ToneChoices):
    IN = "in", Tone.POSITIVE, "In now"
    OFF = "off", Tone.NEUTRAL, "Off shift"
    AWAY = "away", Tone.CAUTION, "Away"
