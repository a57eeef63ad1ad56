"""The resources of one message and how they refer to each other; the codes and numbers that the clinic gives them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from connectors.formats.fhir import Fault, FhirRefused, Resource, entries
from connectors.translation import Incoming

# What came along with a match of a search, or speaks about the search, is no news of its own (Bundle.entry.search).
_NO_NEWS = frozenset({"include", "outcome"})


class Parts:
    """One message: what it is about (`subjects`), and everything that can be looked up in it."""

    def __init__(self, message: Resource, incoming: Incoming) -> None:
        self.incoming = incoming
        self._by_place: dict[str, Resource] = {}
        self.subjects: list[Resource] = []
        for resource, url, mode in _listed(message):
            self._by_place[f"{resource.type}/{resource.id}"] = resource
            if url:
                self._by_place[url] = resource
            if mode not in _NO_NEWS:
                self.subjects.append(resource)

    def find(self, reference: Any, owner: Any = None) -> Any:
        """The model that a reference points to; None where it is not in this message."""
        literal = getattr(reference, "reference", None) or ""
        if literal.startswith("#"):
            inner = getattr(owner, "contained", None) or ()
            return next((one for one in inner if one.id == literal[1:]), None)
        found = self._by_place.get(literal) or self._by_place.get(_relative(literal))
        return found.model if found is not None else None

    def code(self, reference: Any, owner: Any = None) -> str:
        """What the clinic calls the target: its business identifier, else the id it is kept under."""
        if reference is None:
            return ""
        if reference.identifier is not None and reference.identifier.value:
            return str(reference.identifier.value)
        found = self.find(reference, owner)
        if found is not None:
            return number_of(found)
        literal = reference.reference or ""
        return "" if literal.startswith(("#", "urn:")) else _relative(literal).rpartition("/")[2]

    def account(self, references: Any, owner: Any) -> str:
        """The number of the first account; "" where only its id is known, which nobody else would know it by."""
        for reference in references or ():
            found = self.find(reference, owner)
            if found is not None:
                return number_of(found, "AN")
            return str(reference.identifier.value or "") if reference.identifier is not None else ""
        return ""

    def coverages(self, patient: Any) -> list[Any]:
        """The active coverages of a patient in this message, the primary one first (Coverage.order)."""
        known = {id(one.model): one.model for one in self._by_place.values() if one.type == "Coverage"}
        unique = [model for model in known.values() if model.status == "active"]
        own = [model for model in unique if patient is None or self.find(model.beneficiary) in (patient, None)]
        return sorted(own, key=lambda model: model.order or 1)

    def payer(self, coverage: Any) -> str:
        """Who pays: the first payor, by the clinic's code for it."""
        return self.code(coverage.payor[0], coverage) if coverage.payor else ""


def _relative(literal: str) -> str:
    """`https://ehr.example/r4/Patient/1/_history/2` as `Patient/1`."""
    return "/".join(literal.split("/_history/")[0].split("/")[-2:])


def _listed(message: Resource) -> Iterator[tuple[Resource, str, str]]:
    """(resource, fullUrl, search mode) of each."""
    if message.type != "Bundle":
        yield message, "", ""
        return
    filled = [entry for entry in message.document.get("entry", ()) if "resource" in entry]
    for resource, entry in zip(entries(message), filled, strict=True):
        yield resource, entry.get("fullUrl", ""), entry.get("search", {}).get("mode", "")


def number_of(model: Any, *kinds: str) -> str:
    """The business identifier of the first of `kinds` (HL7 table 0203: MR, AN, VN), else its first, else its id."""
    identifiers = [one for one in getattr(model, "identifier", None) or () if one.value]
    for kind in kinds:
        for one in identifiers:
            if kind in codes_of(one.type):
                return str(one.value)
    return str(identifiers[0].value) if identifiers else str(model.id or "")


def codes_of(concept: Any, *systems: str) -> list[str]:
    """The codes of a CodeableConcept, of these systems where any are named."""
    codings = (getattr(concept, "coding", None) or ()) if concept is not None else ()
    return [one.code for one in codings if one.code and (not systems or one.system in systems)]


def first_code(concepts: Any, *systems: str) -> str:
    """The first code of a CodeableConcept, or of a list of them."""
    several = concepts if isinstance(concepts, list) else [concepts]
    return next((code for concept in several for code in codes_of(concept, *systems)), "")


def sequence_of(resource: Resource) -> int | None:
    """What puts the versions of one resource in order: the server's number for it, else its time, in milliseconds."""
    if resource.version.isascii() and resource.version.isdecimal() and len(resource.version) <= 18:
        return int(resource.version)
    return None if resource.updated is None else int(resource.updated.timestamp() * 1000)


def moment(value: datetime | date | None, incoming: Incoming) -> datetime | None:
    """A dateTime of FHIR as a moment: without a time of day it is the beginning of the day at the facility."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=incoming.zone)
    return datetime(value.year, value.month, value.day, tzinfo=incoming.zone)


def changed_at(resource: Resource, *other: datetime | None) -> datetime:
    """When the resource became what it is: as its server says, else the first of `other` that is known."""
    found = next((one for one in (resource.updated, *other) if one is not None), None)
    if found is None:
        raise absent(resource, "meta.lastUpdated")
    return found.astimezone(UTC)


def absent(resource: Resource, place: str) -> FhirRefused:
    """R4 lets this element be absent; the hub cannot do without it."""
    return FhirRefused([Fault("element-required", f"{resource.type}.{place}", "a value")])
