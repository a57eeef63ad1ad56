"""How a run came by what it sent: which code of the source became which of ours, by which mapping, and what the request
took from the event or from earlier steps.

The source is read again by its translator; the mappings are those of the edition of the crosswalk that the run noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.models import Message
from connectors.selectors import feed
from hub.core.errors import Failure, MappingMissing
from hub.core.events import Event as CanonicalEvent
from hub.core.events import coded_fields
from hub.core.masking import Line
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.snapshot import Crosswalk, Span
from hub.records.models import Event
from orchestration import editions
from orchestration.edition_model import Edition
from orchestration.models import Run
from orchestration.understanding import incoming

#: Larger messages are not read again for a page.
MOST_BYTES = 256 * 1024
_FACILITY = "facility"
#: Shorter values are equal by chance.
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class CodeStory:
    """One coded field. `mapping` is the key of what decided, 0 where none is known; `today` what it would be now.

    `moved` is true of a facility that is not the one its code stands for: what is said of a claim belongs where the
    claim does.
    """

    name: str
    domain: str
    local: str
    canonical: str
    mapping: int
    is_rule: bool
    today: str
    moved: bool = False

    @property
    def differs_today(self) -> bool:
        return self.today != self.canonical and not self.moved


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value of a request comes from: the event (`step` empty) or what a step gave, and its name there."""

    step: str
    name: str


def crosswalk_of(run: Run, step: str = "") -> int:
    """The number of the crosswalk that a run, or a step of it that was taken later, worked with."""
    pinned = run.pins.get("steps", {}).get(step) or run.pins.get("crosswalk") or 0
    return int(pinned)


def edition_of(run: Run) -> Crosswalk | None:
    try:
        return editions.edition(crosswalk_of(run))
    except Edition.DoesNotExist:
        return None


def codes(run: Run, event: Event, message: Message) -> list[CodeStory]:
    """The coded fields of the event that started a run; none where the source cannot be read again or tells of none."""
    raw = _as_it_came(event, message)
    if raw is None:
        return []
    now, kept = snapshot(), edition_of(run)
    then = kept or now
    on = event.occurred_at.date()
    fields = [(_FACILITY, _FACILITY, "")]
    fields += [(name, domain, event.facility) for name, domain in coded_fields(type(raw))]
    found = []
    for name, domain, place in fields:
        if local := getattr(raw, name):
            key = (domain, event.system, place, local)
            decided, present = _span(then, *key, on), _span(now, *key, on)
            canonical = event.facility if name == _FACILITY else event.data.get(name) or ""
            moved = bool(name == _FACILITY and kept and decided and decided.value != canonical)
            found.append(
                CodeStory(
                    name, domain, local, f"{canonical}", decided.mapping if decided and not moved else 0,
                    bool(decided and decided.is_rule), f"{present.value}" if present else "", moved,
                )
            )  # fmt: skip
    return found


def _as_it_came(event: Event, message: Message) -> CanonicalEvent | None:
    """The event with its sender's own codes: translated once more."""
    if message.size > MOST_BYTES or message.duplicate_of:
        return None
    info = feed(message.feed_code)
    try:
        again = info.connector.translate(incoming(message, info))
        return next((item for item in again if (item.TYPE, item.entity_key) == (event.type, event.entity_key)), None)
    except Failure:
        return None


def _span(crosswalk: Crosswalk, domain: str, system: str, facility: str, local: str, on: Any) -> Span | None:
    try:
        return crosswalk.find(domain, system, facility, local, on)
    except MappingMissing:
        return None


# --- what a request is made of ------------------------------------------------------------------------------
def origins(run: Run, event: Event | None, steps: Sequence[str]) -> dict[str, Origin]:
    """Values, as `normal` writes them, to where they stand first: in the event, or in what `steps` gave."""
    known: dict[str, Origin] = {}
    if event is not None:
        named = {"facility": event.facility, "entity_key": event.entity_key, **event.data}
        for name, text in _scalars(named):
            known.setdefault(text, Origin("", name))
    for step in steps:
        for name, text in _scalars(run.outputs.get(step, {})):
            known.setdefault(text, Origin(step, name))
    return known


def traced(layout: list[Line], known: Mapping[str, Origin]) -> Iterator[tuple[str, str, Origin]]:
    """(place, value as masked, origin) of every value of a laid-out request whose origin is known."""
    for line in layout:
        for value in line:
            origin = known.get(normal(value.text)) if value.place else None
            if origin is not None:
                yield value.place, value.masked, origin


def normal(value: Any) -> str:
    """Amounts by their value, everything else by its letters; empty for what is equal by chance."""
    text = str(value).strip()
    if len(text) < _SHORTEST or isinstance(value, bool):
        return ""
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text.upper()


def _scalars(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _scalars(value, f"{above}{name}.")
        elif isinstance(value, str | int | float | Decimal) and (text := normal(value)):
            yield f"{above}{name}", text
