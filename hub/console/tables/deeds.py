"""The cases that a deed left alone, and why."""

from __future__ import annotations

from hub.console.links import case_url
from hub.console.words import place_name
from hub.ui.columns import Column, Kind

LEFT_COLUMNS = (
    Column(
        key="case", label="Case", value="case.title", link=lambda item: case_url(item.case),
        sub=lambda item: f"{item.case.number}",
    ),
    Column(key="facility", label="Facility", value=lambda item: place_name(item.case.facility)),
    Column(key="amount", label="At risk", value="case.amount", kind=Kind.MONEY),
    Column(key="said", label="Why it was left alone", value="said"),
)  # fmt: skip
