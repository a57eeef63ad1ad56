"""The crosswalk as it stood when runs used it: kept once per version, so that work can be done again with it.

An edition is kept in the transaction of the first run that uses it. Edition and run then stand or fall together.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, TypedDict, get_args, get_type_hints

import msgspec
from django.db import transaction

from hub.masterdata.crosswalk import fixed, snapshot
from hub.masterdata.snapshot import Crosswalk, Span
from orchestration.edition_model import Edition
from orchestration.models import Run

#: Editions opened lately; a replay with theirs asks for the same few again and again.
_OPENED = 4
#: Numbers that this process knows to be kept.
_kept: set[int] = set()


def keep(crosswalk: Crosswalk) -> None:
    """Keep this edition, unless it is kept already."""
    number = crosswalk.number
    if number in _kept:
        return
    if not Edition.objects.filter(number=number).exists():
        Edition.objects.bulk_create([Edition(number=number, content=_encoded(crosswalk))], ignore_conflicts=True)
    # Not before: a transaction that is rolled back takes the edition with it.
    transaction.on_commit(lambda: _kept.add(number))


def kept(numbers: Iterable[int]) -> set[int]:
    """Those of `numbers` that stand kept."""
    return set(Edition.objects.filter(number__in=set(numbers)).values_list("number", flat=True))


def note(run: Run, step: str) -> None:
    """Note with which crosswalk a step was taken, where it is not the one that the run began with."""
    crosswalk = snapshot()
    if run.pins.get("held") or run.pins.get("crosswalk") == crosswalk.number:
        return
    keep(crosswalk)
    run.pins = {**run.pins, "steps": {**run.pins.get("steps", {}), step: crosswalk.number}}


def within(pins: dict[str, Any]) -> AbstractContextManager[None]:
    """Everything inside is resolved as these pins of a run say: with the edition they hold, else with today's."""
    return fixed(edition(int(pins["crosswalk"]))) if pins.get("held") else nullcontext()


@lru_cache(maxsize=_OPENED)
def edition(number: int) -> Crosswalk:
    """The crosswalk of this number. Raises Edition.DoesNotExist where no run used it."""
    content = Edition.objects.values_list("content", flat=True).get(number=number)
    raw = msgspec.msgpack.decode(zlib.decompress(bytes(content)), type=_shape())
    spanned = _spanned()
    values: dict[str, Any] = {
        name: {key: tuple(map(_span, spans)) for key, spans in value.items()} if name in spanned else value
        for name, value in raw.items()
    }
    return Crosswalk(**values)


def _encoded(crosswalk: Crosswalk) -> bytes:
    spanned = _spanned()
    values = {field.name: getattr(crosswalk, field.name) for field in fields(Crosswalk)}
    plain = {
        name: {key: [_plain(span) for span in spans] for key, spans in value.items()} if name in spanned else value
        for name, value in values.items()
    }
    return zlib.compress(msgspec.msgpack.encode(plain))


@cache
def _spanned() -> frozenset[str]:
    """The look-ups by day: a span's value may be a code or an amount, which its text alone does not tell."""
    return frozenset(name for name, hint in get_type_hints(Crosswalk).items() if "Span" in str(hint))


@cache
def _shape() -> Any:
    span = TypedDict("_Span", {**get_type_hints(Span), "value": tuple[str, bool]}, total=False)  # type: ignore[misc]
    kinds = {
        name: dict[get_args(hint)[0], tuple[span, ...]] if name in _spanned() else hint  # type: ignore[misc]
        for name, hint in get_type_hints(Crosswalk).items()
    }
    return TypedDict("_Edition", kinds, total=False)  # type: ignore[operator]


def _plain(span: Span) -> dict[str, Any]:
    values = {field.name: getattr(span, field.name) for field in fields(Span)}
    return values | {"value": (str(span.value), isinstance(span.value, Decimal))}


def _span(values: dict[str, Any]) -> Span:
    text, is_amount = values["value"]
    return Span(**(values | {"value": Decimal(text) if is_amount else text}))
