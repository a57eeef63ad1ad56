"""How runbooks and their versions are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from exceptions.runbooks.models import Runbook
from exceptions.runbooks.states import Alert, RunbookState
from hub.console.words import CLASS_CHOICES
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact

_CLASSES = dict(CLASS_CHOICES)
_ALERTS = dict(Alert.choices)
_SHOWN = 3


def runbook_url(runbook: Runbook) -> str:
    return reverse("console:runbook", args=[runbook.code])


def binding_text(binding: Mapping[str, str]) -> str:
    """`Outage of erp`, `credentials-refused`, `A system is paused`: what one binding stands for."""
    what = [
        _ALERTS.get(binding.get("alert", ""), ""),
        binding.get("code", ""),
        _CLASSES.get(binding.get("failure_class", ""), ""),
    ]
    named = ", ".join(part for part in what if part)
    system = binding.get("system", "")
    return f"{named or 'Anything'} · {system}" if system else named


def bindings_text(bindings: Sequence[Mapping[str, str]]) -> str:
    shown = "; ".join(binding_text(binding) for binding in bindings[:_SHOWN])
    return (
        f"{shown} and {len(bindings) - _SHOWN} more" if len(bindings) > _SHOWN else shown or "Shown nowhere by itself"
    )


RUNBOOK_COLUMNS = (
    Column(key="title", label="Runbook", link=runbook_url, sub="summary", css="cell-wide", sort="title"),
    Column(key="bound", label="Shown for", value=lambda row: bindings_text(row.bindings), css="cell-wide"),
    Column(key="state", label="State", kind=Kind.BADGE, choices=RunbookState, sort="state"),
    Column(key="version", label="Version", kind=Kind.NUMBER),
    Column(key="changed_by", label="Written by"),
    Column(key="changed_at", label="Changed", kind=Kind.AGE, sort="changed_at"),
)


def _version_url(row: Any) -> str:
    return reverse("console:runbook-version", args=[row.code, row.version])


VERSION_COLUMNS = (
    Column(
        key="version", label="Version", link=_version_url, css="cell-main", value=lambda row: f"Version {row.version}"
    ),
    Column(key="reason", label="What changed", value=lambda row: row.history_change_reason or "", css="cell-wide"),
    Column(key="by", label="By", value="changed_by"),
    Column(key="at", label="When", value="changed_at", kind=Kind.WHEN),
)


def runbook_facts(runbook: Runbook) -> list[Fact]:
    return [
        Fact("Short name", runbook.code, Kind.CODE),
        *(Fact("Shown for", binding_text(binding)) for binding in runbook.bindings),
        Fact("Version", f"{runbook.version}"),
        Fact("Written by", runbook.changed_by),
        Fact("Changed", runbook.changed_at, Kind.WHEN),
    ]
