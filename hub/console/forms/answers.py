"""Ready-made answers in a form: chosen from a list and put into its text, to be changed before it is sent."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exceptions.answers import answers_for

#: The button's name: with it the form comes back with the answer in its text, and nothing is done.
INSERT = "insert"


class AnswerSelect(forms.Select):
    """The list, and the button beside it."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = super().render(name, value, attrs, renderer)
        button = '<button class="button" name="{}" value="1" formnovalidate>Insert</button>'
        return format_html('<span class="input-row">{}' + button + "</span>", chosen, INSERT)


class WithAnswers(forms.Form):
    """A form with the answers of `queue` before its text; without any it asks for none."""

    #: The field that an answer is put into.
    answer_goes_to: ClassVar[str]

    def __init__(self, *args: Any, queue: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answers = {} if queue is None else {str(row.pk): row for row in answers_for(queue)}
        if not self._answers:
            return
        choices = [("", "Choose…"), *((key, row.name) for key, row in self._answers.items())]
        answer = forms.ChoiceField(label="Ready-made answer", required=False, choices=choices, widget=AnswerSelect)
        names = list(self.fields)
        self.fields["answer"] = answer
        names.insert(names.index(self.answer_goes_to), "answer")
        self.order_fields(names)

    def with_answer(self, posted: QueryDict) -> dict[str, Any]:
        """What was written so far, with the chosen answer below the text that is there."""
        written: dict[str, Any] = {name: posted.get(name, "") for name in self.fields if name != "answer"}
        if row := self._answers.get(posted.get("answer", "")):
            before = str(written[self.answer_goes_to]).strip()
            written[self.answer_goes_to] = f"{before}\n{row.text}" if before else row.text
        return written

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data.pop("answer", None)
        return data
