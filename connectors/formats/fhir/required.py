"""What R4 demands and the library lets pass: codes of required bindings, and what a reference may point to.

The table `required.json` follows the StructureDefinitions of FHIR R4 (4.0.1) for the resources that the hub reads;
a currency is three capital letters, whatever ISO 4217 lists this year. Only what can be known from the document is
judged: a reference by its own words (`Patient/1`, `type`), by the resource in the same bundle or contained, and not
at all where it is a bare identifier or another server's address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from connectors.formats.fhir.document import Document
from connectors.formats.fhir.faults import Fault

_TABLE = Path(__file__).parent / "required.json"
_CURRENCY = re.compile(r"[A-Z]{3}")
_CURRENCIES = "currencies"
# `Patient/1`, `Patient/1/_history/2`, `Patient?identifier=…`, each alone or behind a server's address.
_TYPED = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)(?:/[A-Za-z0-9.-]{1,64}(?:/_history/[^/]+)?|\?.*)", re.DOTALL)


@dataclass(slots=True)
class _Rule:
    """What holds at one element, and at the elements below it."""

    below: dict[str, _Rule] = field(default_factory=dict)
    codes: frozenset[str] | None = None
    binding: str = ""
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scope:
    """What references within one document can be looked up in."""

    full_urls: Mapping[str, str]
    contained: Mapping[str, str]


def check(document: Document) -> tuple[Fault, ...]:
    """Every fault of the resource, of those contained in it and of a bundle's entries, in the order of the text."""
    return tuple(_resource(document, str(document.get("resourceType")), _full_urls(document)))


def checked_types() -> frozenset[str]:
    """The resource types that the table speaks of."""
    return frozenset(_rules())


def _resource(document: Document, place: str, full_urls: Mapping[str, str]) -> Iterator[Fault]:
    kind = document.get("resourceType")
    scope = _Scope(full_urls, _contained(document))
    rule = _rules().get(kind) if isinstance(kind, str) else None
    if rule is not None:
        yield from _element(document, rule, place, scope)
    for index, inner in enumerate(_list(document.get("contained"))):
        if isinstance(inner, dict):
            yield from _resource(inner, f"{place}.contained[{index}]", full_urls)
    if kind == "Bundle":
        for index, entry in enumerate(_list(document.get("entry"))):
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield from _resource(entry["resource"], f"{place}.entry[{index}].resource", full_urls)


def _element(value: Any, rule: _Rule, place: str, scope: _Scope) -> Iterator[Fault]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _element(item, rule, f"{place}[{index}]", scope)
        return
    if isinstance(value, str) and rule.binding and not _is_bound(value, rule):
        yield Fault("code-not-allowed", place, _codes_in_words(rule))
    if not isinstance(value, dict):
        return
    if rule.targets and (found := _target(value, scope)) and found not in rule.targets:
        yield Fault("reference-type", place, f"a reference to {' or '.join(rule.targets)}")
    for name, below in rule.below.items():
        if name in value:
            yield from _element(value[name], below, f"{place}.{name}", scope)


def _is_bound(value: str, rule: _Rule) -> bool:
    if rule.codes is None:
        return _CURRENCY.fullmatch(value) is not None
    return value in rule.codes


def _codes_in_words(rule: _Rule) -> str:
    if rule.codes is None:
        return "a currency of ISO 4217"
    return f"one of {', '.join(sorted(rule.codes))} ({rule.binding})"


def _target(reference: Mapping[str, Any], scope: _Scope) -> str:
    """The type that a reference points to, "" where its words do not tell."""
    literal = reference.get("reference")
    if isinstance(literal, str) and literal:
        if literal in scope.full_urls:
            return scope.full_urls[literal]
        if literal.startswith("#"):
            return scope.contained.get(literal[1:], "")
        match = _TYPED.fullmatch(literal)
        if match:
            return match[1]
    stated = reference.get("type")
    return stated if isinstance(stated, str) and "/" not in stated else ""


def _full_urls(document: Document) -> dict[str, str]:
    if document.get("resourceType") != "Bundle":
        return {}
    entries = [entry for entry in _list(document.get("entry")) if isinstance(entry, dict)]
    return {
        entry["fullUrl"]: str(entry["resource"].get("resourceType"))
        for entry in entries
        if isinstance(entry.get("fullUrl"), str) and isinstance(entry.get("resource"), dict)
    }


def _contained(document: Document) -> dict[str, str]:
    inner = [one for one in _list(document.get("contained")) if isinstance(one, dict)]
    return {str(one.get("id")): str(one.get("resourceType")) for one in inner}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@cache
def _rules() -> dict[str, _Rule]:
    table = msgspec.json.decode(_TABLE.read_bytes())
    rules: dict[str, _Rule] = {}
    for kind, paths in table["bindings"].items():
        for path, binding in paths.items():
            rule = _at(rules.setdefault(kind, _Rule()), path)
            rule.binding = binding
            rule.codes = None if binding == _CURRENCIES else frozenset(table["codes"][binding])
    for kind, paths in table["references"].items():
        for path, targets in paths.items():
            _at(rules.setdefault(kind, _Rule()), path).targets = tuple(targets)
    return rules


def _at(rule: _Rule, path: str) -> _Rule:
    for name in path.split("."):
        rule = rule.below.setdefault(name, _Rule())
    return rule
