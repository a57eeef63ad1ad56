"""What people are asked about denials."""

from __future__ import annotations

from django import forms

from hub.console.forms.case import ReasonField


class AppealForm(forms.Form):
    reference = forms.CharField(
        label="Reference", max_length=50, help_text="The payer's or the portal's number of what was sent."
    )
    reason = ReasonField(required=False, label="What was sent")


class WriteOffForm(forms.Form):
    reason = ReasonField()
