"""What a fixture is for, and how it is wanted."""

from __future__ import annotations

from django.forms import ChoiceField

from hub.console.forms.deeds import ReasonForm

FILE = "file"


class FixtureForm(ReasonForm):
    give = ChoiceField(label="Give it", choices=(("shown", "On this page, to copy"), (FILE, "As a file")))
