"""What the mapping pages show beside a mapping: its name, what else speaks of the code, what else means the same."""

from __future__ import annotations

from django.db.models import QuerySet

from hub.governance.access import Who
from hub.masterdata import selectors
from hub.masterdata.models import Mapping
from hub.masterdata.states import WAITING, MappingState

_MOST = 25


def canonical_name(mapping: Mapping) -> str:
    """What the canonical code is called; empty where it is not in use."""
    return dict(selectors.canonical_choices(mapping.domain)).get(mapping.canonical_code, "")


def same_code(who: Who, mapping: Mapping) -> QuerySet[Mapping]:
    """Other mappings of the very same local code: earlier and later days, other facilities, other proposals."""
    rows = selectors.mappings(who).filter(domain=mapping.domain, system=mapping.system, local_code=mapping.local_code)
    return rows.exclude(pk=mapping.pk).order_by("-id")[:_MOST]


def same_meaning(who: Who, mapping: Mapping) -> QuerySet[Mapping]:
    """What else means the same canonical code."""
    rows = selectors.mappings(who).filter(
        domain=mapping.domain,
        canonical_code=mapping.canonical_code,
        state__in=(MappingState.APPROVED, *WAITING),
    )
    return rows.exclude(pk=mapping.pk).order_by("system", "facility", "local_code")[:_MOST]
