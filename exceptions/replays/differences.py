"""What would come out otherwise than last time, place by place, masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from connectors.models import Message
from exceptions.replays.items import EffectState
from exceptions.replays.models import Replay, ReplayItem
from exceptions.replays.states import Versions
from hub.core.identifiers import masked_key
from hub.core.masking import HIDDEN, lay_out
from hub.core.parking import Held
from orchestration import rehearsal
from orchestration.models import Run
from orchestration.rehearsal import Outputs, request_place, step_place

#: An item shows this many of its differences; the rest is counted.
MOST = 30
#: Says with what a step worked, not what it found.
_NOT_OUTPUT = frozenset({"crosswalk"})
#: What the hub itself puts into a request, which says nothing of a patient.
_OURS = frozenset({"cost_center", "description", "service_line", "control_number"})
_IDENTIFYING = frozenset(
    """
    account_number claim claim_number encounter entity_key payer_claim_control_number second_claim visit_number
    """.split()
)
_FREE_TEXT = frozenset({"reason"})
_TEXT_LENGTH = 80

#: What laid-out documents are made of, beside their values.
_PUNCTUATION = frozenset("{}[]")
_THERE, _NOT_THERE = "there", "not there"

Document = Mapping[str, Any]
Values = dict[str, tuple[str, str]]
"""Name to (the value itself, the value as it is shown)."""


def compare(replay: Replay, item: ReplayItem) -> None:
    """Set what would be otherwise on `item`; nothing of the rehearsal stays."""
    before, after = _outputs(replay, item)
    _forget_what_is_done(before, after, {one["step"] for one in item.effects if one["state"] == EffectState.DONE})
    found = [*_of_places(before.open, after.open, _open), *_of_places(before.sealed, after.sealed, _sealed)]
    if before.ended != after.ended:
        found.insert(0, {"place": "Outcome", "before": before.ended, "after": after.ended})
    item.differs = bool(found)
    rest = len(found) - MOST
    more = [{"place": f"and {rest} more", "before": "", "after": ""}] if rest > 0 else []
    item.differences = [*found[:MOST], *more]


def _forget_what_is_done(before: Outputs, after: Outputs, steps: set[str]) -> None:
    """A step that asks for nothing now, since its effect is done, brings what it brought: nothing of it differs."""
    for step in steps:
        for places, place in ((before.open, step_place(step)), (before.sealed, request_place(step))):
            if place not in after.open and place not in after.sealed:
                places.pop(place, None)


def _outputs(replay: Replay, item: ReplayItem) -> tuple[Outputs, Outputs]:
    if item.kind == Held.RUN:
        run = Run.objects.get(pk=item.ref)
        theirs = replay.versions == Versions.THEIRS
        return rehearsal.run_before(run, replay.from_step), rehearsal.run_after(run.pk, replay.from_step, theirs=theirs)
    message = Message.objects.get(pk=item.ref)
    return rehearsal.message_before(message), rehearsal.message_after(message)


def _of_places(
    before: Mapping[str, Document], after: Mapping[str, Document], values: Callable[[Document], Values]
) -> Iterator[dict[str, str]]:
    """A step, event or request that is only on one side is one difference; of others each value is."""
    for place in dict.fromkeys((*before, *after)):
        if place not in after or place not in before:
            there = (_THERE, _NOT_THERE) if place in before else (_NOT_THERE, _THERE)
            yield {"place": place, "before": there[0], "after": there[1]}
        else:
            yield from _of_values(place, values(before[place]), values(after[place]))


def _of_values(place: str, before: Values, after: Values) -> Iterator[dict[str, str]]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, ("", "")), after.get(name, ("", ""))
        if was[0] != now[0]:
            yield {"place": f"{place}: {name}", "before": was[1][:_TEXT_LENGTH], "after": now[1][:_TEXT_LENGTH]}


def _open(document: Document) -> Values:
    """Value by value, as JSON has them: how a database orders names, or keeps a tuple, is no difference."""
    plain = msgspec.json.decode(msgspec.json.encode({k: v for k, v in document.items() if k not in _NOT_OUTPUT}))
    return {place: (_text(value), _shown(name, value)) for place, name, value in _leaves(plain)}


def _leaves(value: Any, place: str = "", name: str = "") -> Iterator[tuple[str, str, Any]]:
    """(place, its innermost name, value) of everything that says something."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{place}/{key}".lstrip("/"), key)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, f"{place}/{number}", name)
    elif value not in ("", None):
        yield place, name, value


def _sealed(document: Document) -> Values:
    """The values of a document that may speak of a patient, masked as pages mask a payload."""
    found: Values = {}
    for line in lay_out(msgspec.json.encode(document)):
        for value in line:
            if value.place and not set(value.text) <= _PUNCTUATION:
                name = value.place.rpartition("/")[2]
                shown = value.text if name in _OURS else value.masked
                found[value.place.strip("/")] = (value.text, shown)
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _shown(name: str, value: Any) -> str:
    if name in _FREE_TEXT:
        return HIDDEN
    text = _text(value)
    return masked_key(text) if name in _IDENTIFYING or text.count(":") > 1 and "T" not in text else text
