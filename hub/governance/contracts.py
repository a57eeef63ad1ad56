"""Contracts: the versioned schemas that events and feeds keep to, and the class of each of their fields.

The dataclasses of `hub.core.events` are the source of the events' schemas; `docs/contracts/events/` keeps them under
version control, so that a changed event is a changed file that somebody reviews. A feed's contract is the file beside
its translator, `connectors/<system>/contracts/*.json`, found by its `$id`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from hub.core.events import BY_TYPE, Event
from hub.env import BASE_DIR
from hub.governance.models import Contract

EVENT_FOLDER = BASE_DIR / "docs" / "contracts" / "events"
FEED_FILES = (BASE_DIR / "connectors", "*/contracts/*.json")
_HOME = "https://throughline.example/contracts/"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VERSION = re.compile(r"v([1-9]\d*)")


@dataclass(frozen=True, slots=True)
class ContractSource:
    """A contract as the code has it. `classification` is by field: none, pii, phi or financial."""

    name: str
    version: int
    owner: str
    schema: dict[str, Any]
    classification: dict[str, str]


def event_contracts() -> Iterator[ContractSource]:
    """The contract of every canonical event."""
    for event_class in BY_TYPE.values():
        schema = event_schema(event_class)
        yield ContractSource(event_class.TYPE, event_class.VERSION, "Integration", schema, classification_of(schema))


def event_schema(event_class: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's fields, each with its class (`x-classification`) and crosswalk domain."""
    # Through JSON once, so that it compares equal to what the database gives back.
    document = json.loads(msgspec.json.encode(msgspec.json.schema(event_class)))
    definitions = document["$defs"]
    shape = definitions.pop(event_class.__name__)
    hints = get_type_hints(event_class)
    for item in fields(event_class):
        described = shape["properties"][item.name]
        if hints[item.name] is datetime:
            described["format"] = "date-time"
        described["x-classification"] = item.metadata.get("classification", "none")
        if "domain" in item.metadata:
            described["x-crosswalk-domain"] = item.metadata["domain"]
    return {
        "$schema": _DIALECT,
        "$id": f"{_HOME}events/{file_name(event_class)}",
        "title": f"{event_class.TYPE}, version {event_class.VERSION}",
        "type": "object",
        "properties": shape["properties"],
        "required": shape["required"],
        **({"$defs": definitions} if definitions else {}),
    }


def file_name(event_class: type[Event]) -> str:
    return f"{event_class.TYPE}.v{event_class.VERSION}.json"


def write_event_files(folder: Path = EVENT_FOLDER) -> list[Path]:
    """Write the events' schemas; returns the files that changed. Files of older versions stay."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for event_class in BY_TYPE.values():
        path, text = folder / file_name(event_class), as_text(event_schema(event_class))
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(path)
    return changed


def as_text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def feed_contracts() -> Iterator[ContractSource]:
    """The contracts that lie beside the translators. `…/scheduling/v2.json` is version 2 of `scheduling`,
    `…/gateway/event.json` version 1 of `gateway.event`."""
    folder, pattern = FEED_FILES
    for path in sorted(folder.glob(pattern)):
        schema = json.loads(path.read_text())
        *parts, last = schema["$id"].removeprefix(_HOME).removesuffix(".json").split("/")
        version = _VERSION.fullmatch(last)
        name = ".".join(parts if version else [*parts, last])
        yield ContractSource(name, int(version[1]) if version else 1, parts[0], schema, classification_of(schema))


def classification_of(schema: Any) -> dict[str, str]:
    """Field name to class, for every property at any depth that has one."""
    found: dict[str, str] = {}
    if isinstance(schema, dict):
        for name, item in schema.get("properties", {}).items():
            if isinstance(item, dict) and "x-classification" in item:
                found[name] = item["x-classification"]
        for item in schema.values():
            found = classification_of(item) | found
    elif isinstance(schema, list):
        for item in schema:
            found = classification_of(item) | found
    return found


def sync() -> int:
    """Bring the stored contracts in line with the code; returns how many changed.

    Owner and lifecycle of a stored contract belong to people and stay.
    """
    stored = {(one.name, one.version): one for one in Contract.objects.all()}
    new, changed = [], []
    for source in (*event_contracts(), *feed_contracts()):
        known = stored.get((source.name, source.version))
        if known is None:
            new.append(
                Contract(
                    name=source.name,
                    version=source.version,
                    owner=source.owner,
                    schema=source.schema,
                    classification=source.classification,
                )
            )
        elif (known.schema, known.classification) != (source.schema, source.classification):
            known.schema, known.classification = source.schema, source.classification
            changed.append(known)
    Contract.objects.bulk_create(new, ignore_conflicts=True)
    Contract.objects.bulk_update(changed, ["schema", "classification"])
    return len(new) + len(changed)
