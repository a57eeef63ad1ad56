"""Looking something up by what its people call it. It posts: such names do not belong into addresses."""

from __future__ import annotations

from django.forms import CharField, Form, TextInput


class FindForm(Form):
    q = CharField(
        label="Find", max_length=160, strip=True,
        widget=TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
