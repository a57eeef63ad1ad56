"""What deeds on runs, messages, systems and feeds ask for."""

from __future__ import annotations

from typing import Any

from django.forms import CharField, ChoiceField, Form, Textarea

_REASON_LENGTH = 500


class ReasonForm(Form):
    reason = CharField(
        max_length=_REASON_LENGTH, widget=Textarea(attrs={"rows": 3}), help_text="Kept in the audit, with your name."
    )


class ReplayRunForm(ReasonForm):
    """`steps` are (name, title) of the run's workflow."""

    from_step = ChoiceField(label="From step", choices=())
    field_order = ("from_step", "reason")

    def __init__(self, *args: Any, steps: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["from_step"]
        field.choices = steps
