"""The maintenance admin's sidebar: what is kept there, by what it is for, as far as a member of staff may see it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

# Group to (app label, model name, icon of Material Symbols). Models that no group names come last.
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Crosswalk",
        (
            ("masterdata", "mapping", "swap_horiz"),
            ("masterdata", "domainpolicy", "policy"),
        ),
    ),
    (
        "Reference data",
        (
            ("masterdata", "facility", "local_hospital"),
            ("masterdata", "department", "domain"),
            ("masterdata", "serviceline", "account_tree"),
            ("masterdata", "provider", "stethoscope"),
            ("masterdata", "location", "meeting_room"),
            ("masterdata", "payer", "health_and_safety"),
        ),
    ),
    (
        "Finance",
        (
            ("masterdata", "costcenter", "savings"),
            ("masterdata", "account", "account_balance"),
            ("masterdata", "fee", "price_change"),
        ),
    ),
    (
        "Payers and denials",
        (
            ("masterdata", "payerrule", "rule"),
            ("masterdata", "denialreason", "block"),
        ),
    ),
    (
        "Connections",
        (
            ("connectors", "system", "hub"),
            ("connectors", "feed", "input"),
            ("governance", "contract", "contract"),
        ),
    ),
    (
        "Access and audit",
        (
            ("auth", "user", "person"),
            ("governance", "grant", "key"),
            ("governance", "writeofflimit", "price_check"),
            ("knox", "authtoken", "token"),
            ("governance", "auditentry", "history_edu"),
            ("axes", "accesslog", "login"),
            ("axes", "accessattempt", "lock"),
            ("axes", "accessfailurelog", "no_accounts"),
        ),
    ),
)
_ICON = "table_rows"


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that hold something for this member of staff; named in the settings."""
    visible = {
        (model._meta.app_label, model._meta.model_name): str(model._meta.verbose_name_plural)
        for model, model_admin in admin.site._registry.items()
        if model_admin.has_module_permission(request)
    }
    named = {(app, model) for _, entries in _GROUPS for app, model, _ in entries}
    others = tuple((app, model, _ICON) for app, model in visible if (app, model) not in named)
    return [
        {
            "title": title,
            "separator": True,
            "collapsible": title == "More",
            "items": [
                {
                    "title": visible[app, model].capitalize(),
                    "icon": icon,
                    "link": reverse(f"admin:{app}_{model}_changelist"),
                }
                for app, model, icon in entries
                if (app, model) in visible
            ],
        }
        for title, entries in (*_GROUPS, ("More", others))
        if any((app, model) in visible for app, model, _ in entries)
    ]
