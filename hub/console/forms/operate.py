"""What engineers are asked when they drain a lane or rotate a credential."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from connectors.operating import FASTEST_DRAIN
from hub.console.forms.deeds import ReasonForm

_MINUTES = ((15, "15 minutes"), (30, "30 minutes"), (60, "1 hour"), (240, "4 hours"), (1440, "A day"))
_OVERLAPS = (
    (0, "Not at all: only the new one counts from now on"),
    (1, "1 hour"),
    (24, "A day"),
    (168, "A week"),
    (336, "Two weeks"),
)
_HIDDEN = {"autocomplete": "off", "spellcheck": "false"}
_SECRET = {"autocomplete": "new-password", "spellcheck": "false"}


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class DrainForm(ReasonForm):
    per_second = forms.IntegerField(
        label="Deliveries a second", min_value=1, max_value=FASTEST_DRAIN, initial=5,
        help_text="Never faster than the system's own rate.",
    )  # fmt: skip
    minutes = forms.TypedChoiceField(
        label="For", choices=_MINUTES, coerce=int, initial=30, help_text="After that its own rate holds again."
    )
    field_order = ("per_second", "minutes", "reason")

    @property
    def lasting(self) -> timedelta:
        return timedelta(minutes=self.cleaned_data["minutes"])


class ConfirmedForm(ReasonForm):
    """A deed that asks twice: `confirm` is the code of what it is done to, typed."""

    confirm = forms.CharField(max_length=40, widget=forms.TextInput(attrs=_HIDDEN))

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._code = code
        self.fields["confirm"].label = f"Type {code} to confirm"

    def clean_confirm(self) -> str:
        if self.cleaned_data["confirm"].strip() != self._code:
            raise forms.ValidationError(f"Type {self._code}, so that nothing is rotated by mistake.")
        return self._code


class SystemSecretForm(ConfirmedForm):
    """`names` are those of the secrets that are kept; `tried` whether the new one can be tried first."""

    name = forms.ChoiceField(label="Secret")
    value = forms.CharField(
        label="New secret", max_length=4_000, widget=forms.PasswordInput(attrs=_SECRET),
        help_text="It is sealed at once and never shown again.",
    )  # fmt: skip
    untried = forms.BooleanField(
        label="Swap it without trying it first", required=False,
        help_text="For a system that is down. Otherwise the old one stays until the new one was let in.",
    )  # fmt: skip
    field_order = ("name", "value", "untried", "reason", "confirm")

    def __init__(self, *args: Any, names: list[str], tried: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["name"]
        choice.choices = [(name, name.replace("_", " ").capitalize()) for name in names]
        if not tried:
            del self.fields["untried"]


class FeedSecretForm(ConfirmedForm):
    value = forms.CharField(
        label="Secret that the sender chose", max_length=400, required=False,
        widget=forms.PasswordInput(attrs=_SECRET),
        help_text="Leave it empty to have one made here; it is shown once.",
    )  # fmt: skip
    hours = forms.TypedChoiceField(
        label="The old one counts for", choices=_OVERLAPS, coerce=int, initial=24,
        help_text="Until its sender has changed over. It can be ended before.",
    )  # fmt: skip
    field_order = ("value", "hours", "reason", "confirm")

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])


class ReplayFromForm(ReasonForm):
    since = forms.DateTimeField(label="Since", widget=_moment(), help_text="By the clock of the hub, UTC.")
    until = forms.DateTimeField(label="Until", required=False, widget=_moment(), help_text="Empty: until now.")
    field_order = ("since", "until", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until <= since:
            self.add_error("until", "The end comes after the beginning.")
        return data
