"""What deeds on runs, messages, systems and feeds ask for."""

from __future__ import annotations

from django.forms import CharField, Form, Textarea

_REASON_LENGTH = 500


class ReasonForm(Form):
    reason = CharField(
        max_length=_REASON_LENGTH, widget=Textarea(attrs={"rows": 3}), help_text="Kept in the audit, with your name."
    )
