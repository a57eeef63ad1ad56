"""Facilities and systems as filters offer them."""

from __future__ import annotations

from connectors.models import System
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata.models import Facility, Payer


def facility_choices(who: Who, permission: Permission) -> list[tuple[str, str]]:
    """(code, "code name") of the facilities where `who` holds `permission`."""
    scope = access.facilities(who, permission)
    rows = Facility.objects.order_by("code").values_list("code", "name")
    return [(code, f"{code} {name}") for code, name in rows if scope is None or code in scope]


def payer_choices() -> list[tuple[str, str]]:
    return list(Payer.objects.order_by("name").values_list("code", "name"))


def system_choices() -> list[tuple[str, str]]:
    return list(System.objects.order_by("name").values_list("code", "name"))
