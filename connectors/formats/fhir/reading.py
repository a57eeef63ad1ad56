"""Bytes to a resource: every element checked by the library's R4B models, what they let pass checked by us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from connectors.formats.fhir.document import Document, parse
from connectors.formats.fhir.faults import Fault, FhirRefused
from connectors.formats.fhir.required import check

_ELEMENT = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,39}")
# How the library names a required element that is absent, as far as R4's cardinality goes and beyond it.
_ABSENT = frozenset({"missing", "model_field_validation.missing"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `document` is what was received, the record of truth; `model` is the library's view of it.

    `version` and `updated` are the server's (`meta.versionId`, `meta.lastUpdated`), empty where it has not stored it.
    """

    type: str
    id: str
    version: str
    updated: datetime | None
    document: Document = field(repr=False)
    model: Any = field(repr=False, compare=False)


def read(body: bytes) -> Resource:
    """The resource of `body`. Raises FhirRefused with everything that is wrong with it."""
    return read_document(parse(body))


def read_document(document: Document) -> Resource:
    """The same, from JSON that is parsed already (see `parse`)."""
    faults, model = _modelled(document)
    faults += check(document)
    if faults:
        raise FhirRefused(faults)
    return _resource(document, model)


def entries(bundle: Resource) -> Iterator[Resource]:
    """The resources of a bundle, in its order; of any other resource, itself. Contained ones stay inside."""
    if bundle.type != "Bundle":
        yield bundle
        return
    for entry, model in zip(bundle.document.get("entry", ()), bundle.model.entry or (), strict=True):
        if model.resource is not None:
            yield _resource(entry["resource"], model.resource)


def _modelled(document: Document) -> tuple[list[Fault], Any]:
    kind = document["resourceType"]
    try:
        return [], get_fhir_model_class(kind).model_validate(document)
    except ValidationError as error:
        return [_fault(kind, one["loc"], one["type"]) for one in error.errors(include_input=False)], None
    except (LookupError, TypeError, ValueError, RecursionError):
        # A resource type that is none, here or in an entry: the library raises whatever it stumbled over.
        return [Fault("not-r4", kind, "resources of FHIR R4")], None


def _fault(kind: str, location: Sequence[str | int], problem: str) -> Fault:
    place = kind + "".join(f"[{part}]" if isinstance(part, int) else f".{_name(part)}" for part in location)
    if problem in _ABSENT:
        return Fault("element-required", place, "a value")
    if problem == "extra_forbidden":
        return Fault("element-unknown", place, "an element of R4")
    return Fault("element-malformed", place, "a value of the element's type")


def _name(part: str) -> str:
    """An element's name as it may be told: what its sender made up could be anything."""
    return part if _ELEMENT.fullmatch(part) else "?"


def _resource(document: Document, model: Any) -> Resource:
    meta = document.get("meta", {})
    updated = model.meta.lastUpdated if model.meta is not None else None
    return Resource(
        type=document["resourceType"],
        id=document.get("id", ""),
        version=meta.get("versionId", ""),
        updated=updated.astimezone(UTC) if updated is not None else None,
        document=document,
        model=model,
    )
