"""How a person wants to be told of notices."""

from __future__ import annotations

from typing import Any

from django import forms

from exceptions.models import NoticePreference
from hub.console.forms.time_zones import TimeZoneField


class PreferenceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = NoticePreference
        fields = ("mail", "quiet_from", "quiet_until", "time_zone")
        labels = {"mail": "E-mail", "quiet_from": "Quiet from", "quiet_until": "Quiet until"}
        help_texts = {"quiet_from": "Nothing is mailed in these hours; it waits until they are over."}
        field_classes = {"time_zone": TimeZoneField}
        widgets = {
            "mail": forms.RadioSelect,
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("quiet_from") is None) != (data.get("quiet_until") is None):
            raise forms.ValidationError("Quiet hours have a beginning and an end.")
        return data
