"""Codes that only a rule resolved: said wherever the messages that brought them are shown."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hub.console.links import mapping_url
from hub.console.selectors.mapping_use import RuledUse, resolved_by_rules
from hub.masterdata.domains import label_of
from hub.ui.columns import Column, Kind
from hub.ui.details import Panel
from hub.ui.tables import build_table


def _rule_url(used: RuledUse) -> str:
    return mapping_url(used.rule) if used.rule else ""


def _domain(used: RuledUse) -> str:
    return label_of(used.rule.domain) if used.rule else ""


_COLUMNS = (
    Column(key="domain", label="Domain", value=_domain),
    Column(key="local", label="Local code", value="use.local_code", kind=Kind.CODE),
    Column(key="taken", label="Taken as", value="use.canonical_code", kind=Kind.CODE),
    Column(
        key="rule", label="By the rule", value=lambda used: used.rule.local_code if used.rule else "gone",
        link=_rule_url,
    ),
)  # fmt: skip


def ruled_panel(message_ids: Sequence[UUID]) -> Panel | None:
    """None where every code had a mapping of its own."""
    found = resolved_by_rules(message_ids)
    if not found:
        return None
    context = {"table": build_table(_COLUMNS, found), "table_label": "Codes resolved by rules"}
    return Panel(
        "Resolved by a rule", "ui/_data_table.html", context, icon="waypoints", count=len(found), flush=True,
        tone="caution", note="no mapping names these codes themselves",
    )  # fmt: skip
