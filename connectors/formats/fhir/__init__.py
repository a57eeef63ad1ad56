"""FHIR R4 resources in JSON: read through the R4B models, checked further by us, written back. README.md says how."""

from __future__ import annotations

from connectors.formats.fhir.document import parse
from connectors.formats.fhir.faults import Fault, FhirRefused
from connectors.formats.fhir.reading import Resource, entries, read, read_document
from connectors.formats.fhir.required import check
from connectors.formats.fhir.writing import losses, write

__all__ = [
    "Fault",
    "FhirRefused",
    "Resource",
    "check",
    "entries",
    "losses",
    "parse",
    "read",
    "read_document",
    "write",
]
