"""Tiles: one number that matters, what it means, where it leads."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from hub.ui.badges import Tone


@dataclass(frozen=True, slots=True)
class Stat:
    """`value` is text as it is to be read (`$81.4K`, `212`); `chart` a sparkline; `hint` the comparison."""

    label: str
    value: str
    unit: str = ""
    hint: str = ""
    tone: Tone | None = None
    url: str = ""
    chart: SafeString | str = ""
