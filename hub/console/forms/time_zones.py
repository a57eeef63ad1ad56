"""Time zones as people write them."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms


class TimeZoneField(forms.CharField):
    """An IANA name, such as America/Chicago."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {"label": "Time zone", "max_length": 40}
        super().__init__(**(defaults | options))

    def clean(self, value: Any) -> str:
        zone = str(super().clean(value)).strip()
        if zone not in available_timezones():
            raise forms.ValidationError("Name a time zone, as America/Chicago.")
        return zone
