"""The shape every canonical event has, and how its fields are classified.

A translator fills coded fields with the sender's local codes; recording replaces them by canonical ones through
the crosswalk. Nothing downstream of recording ever sees a local code.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar


class Classification(StrEnum):
    NONE = "none"
    PII = "pii"
    PHI = "phi"
    FINANCIAL = "financial"


_REQUIRED: Any = object()


def _field(default: Any, **metadata: str) -> Any:
    if default is _REQUIRED:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def coded(domain: str, default: Any = _REQUIRED) -> Any:
    """A field holding a code of the crosswalk's `domain`."""
    return _field(default, domain=domain)


def pii(default: Any = _REQUIRED) -> Any:
    """A field that identifies a person; sealed at rest, masked on view."""
    return _field(default, classification=Classification.PII.value)


def phi(default: Any = _REQUIRED) -> Any:
    """A field about a person's care; sealed at rest, masked on view."""
    return _field(default, classification=Classification.PHI.value)


def financial(default: Any = _REQUIRED) -> Any:
    """An amount: shown to finance and revenue cycle."""
    return _field(default, classification=Classification.FINANCIAL.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to one entity.

    `entity_key` is the ordering key: events of one entity take effect in the order of `sequence`, where the
    source numbers its versions, and of `occurred_at` otherwise. `account_number` is the patient account that
    joins a journey; it is empty where the source does not know it.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1

    occurred_at: datetime
    entity_key: str
    facility: str = coded("facility")
    account_number: str = ""
    sequence: int | None = None

    @property
    def entity_kind(self) -> str:
        return self.TYPE.partition(".")[0]


_coded: dict[str, tuple[tuple[str, str], ...]] = {}
_classified: dict[str, dict[str, Classification]] = {}


def coded_fields(event_class: type[Event]) -> tuple[tuple[str, str], ...]:
    """(field name, crosswalk domain) of every coded field but the facility, which is resolved first."""
    known = _coded.get(event_class.TYPE)
    if known is None:
        known = _coded[event_class.TYPE] = tuple(
            (item.name, item.metadata["domain"])
            for item in fields(event_class)
            if "domain" in item.metadata and item.name != "facility"
        )
    return known


def classification(event_class: type[Event]) -> dict[str, Classification]:
    """Field name to its classification, for every field."""
    known = _classified.get(event_class.TYPE)
    if known is None:
        known = _classified[event_class.TYPE] = {
            item.name: Classification(item.metadata.get("classification", Classification.NONE.value))
            for item in fields(event_class)
        }
    return known
