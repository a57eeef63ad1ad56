"""How replays, their items and the rules about them are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.models import User
from django.urls import reverse

from exceptions.replays.models import Replay, ReplayItem, ReplayRule
from exceptions.replays.states import ItemState, ReplayState, Source, Versions
from hub.console.replay_sources import QUERY, SINCE, UNTIL
from hub.console.selectors.runs import step_titles, workflow_title
from hub.console.words import CLASS_CHOICES, class_badge, count_text, person_name, place_name
from hub.core.parking import Held
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.format import money_text

_PAGES = {Held.MESSAGE.value: "console:message", Held.RUN.value: "console:run"}
#: Where a difference lies in a run, as `orchestration.rehearsal` names it.
_STEP = re.compile(r"(?P<kind>Step|Request of) (?P<name>[a-z0-9_-]+)")
#: Filters whose value is sealed or a key: said to be there, not repeated.
_UNREADABLE = frozenset({"about", "journey", "q"})
_EFFECTS = {"done": "Done before", "unknown": "Not known; read back first", "open": "Would happen"}
_TONES = {"done": Tone.POSITIVE, "unknown": Tone.CAUTION, "open": Tone.INFO}


def replay_url(replay: Replay) -> str:
    return reverse("console:replay", args=[replay.number])


def item_name(item: ReplayItem) -> str:
    """`run 3f2a91c0`: the end of its key, since the beginning is the time."""
    return f"{item.kind} {str(item.ref)[-8:]}"


def item_url(item: ReplayItem) -> str:
    """The page of the run or message; nothing for what the reader may not know of."""
    return reverse(_PAGES[item.kind], args=[item.ref]) if item.label else ""


def chosen_text(replay: Replay) -> str:
    """`Runs: state parked, facility C07`; `3 messages`."""
    noun = {Source.RUNS: "run", Source.MESSAGES: "message", Source.CASES: "case"}[Source(replay.source)]
    if "ids" in replay.selection:
        return count_text(len(replay.selection["ids"]), noun)
    filters = replay.selection["filters"]
    times = [f"{name} {filters[name][:16].replace('T', ' ')}" for name in (SINCE, UNTIL) if name in filters]
    said = ", ".join([*_filters(filters.get(QUERY, "")), *times])
    return f"All {noun}s" if not said else f"{noun.capitalize()}s: {said}"


def _filters(query: str) -> Iterator[str]:
    for name, value in parse_qsl(query):
        yield "found by a search" if name in _UNREADABLE else f"{name.replace('_', ' ')} {value}"


def requester_name(replay: Replay) -> str:
    return person_name(replay.requested_by) or replay.requester


def _decider_name(replay: Replay) -> str:
    if not replay.decided_by:
        return ""
    return person_name(User.objects.filter(username=replay.decided_by).first()) or replay.decided_by


def progress_text(replay: Replay) -> str:
    if replay.state == ReplayState.GATHERING:
        return f"{replay.total:,} looked at"
    if replay.started_at is None:
        return ""
    failed = replay.count(ItemState.FAILED)
    return f"{replay.ended:,} of {replay.chosen:,}" + (f", {failed:,} failed" if failed else "")


REPLAY_COLUMNS = (
    Column(
        key="number", label="Replay", value=lambda replay: f"{replay.number}: {chosen_text(replay)}", link=replay_url,
        sub="reason", css="cell-wide", export="number",
    ),
    Column(key="state", label="State", kind=Kind.BADGE, choices=ReplayState),
    Column(key="progress", label="Progress", value=progress_text, css="nowrap"),
    Column(key="chosen", label="Items", value="chosen", kind=Kind.NUMBER),
    Column(key="amount", label="At stake", kind=Kind.MONEY, sort="amount"),
    Column(key="left", label="Left out", value=lambda replay: replay.count(ItemState.LEFT_OUT), kind=Kind.NUMBER),
    Column(key="requester", label="Asked by", value=requester_name, kind=Kind.PERSON),
    Column(key="asked", label="Asked", value="requested_at", kind=Kind.WHEN),
)  # fmt: skip


def _what(item: ReplayItem) -> str:
    if not item.label:
        return "Outside your facilities"
    return workflow_title(item.label) if item.kind == Held.RUN else item.label


def _effects(item: ReplayItem) -> str:
    counts = {state: sum(one["state"] == state for one in item.effects) for state in _EFFECTS}
    return ", ".join(f"{count} {_EFFECTS[state].lower()}" for state, count in counts.items() if count)


def _outputs(item: ReplayItem) -> str:
    if item.differs is None:
        return ""
    return count_text(len(item.differences), "difference") if item.differs else "As last time"


def compare_url(item: ReplayItem) -> str:
    return reverse("console:replay-item", args=[item.replay.number, item.pk]) if item.differs is not None else ""


ITEM_COLUMNS = (
    Column(
        key="what", label="Item", value=_what, link=item_url, sub=item_name,
        export="ref", css="nowrap",
    ),
    Column(key="kind", label="Kind"),
    Column(key="facility", label="Facility", value=lambda item: place_name(item.facility)),
    Column(key="state", label="State", kind=Kind.BADGE, choices=ItemState),
    Column(key="detail", label="Why", css="cell-wide"),
    Column(key="effects", label="Outside effects", value=_effects),
    Column(key="outputs", label="Outputs", value=_outputs, link=lambda item: compare_url(item), css="nowrap"),
    Column(key="amount", label="At stake", kind=Kind.MONEY),
    Column(key="ended", label="Ended", value="ended_at", kind=Kind.WHEN),
)  # fmt: skip


def place_text(label: str, place: str) -> str:
    """`Make the claim: total` for the place `Step claim: total` of a run of W3; what speaks of no step stays."""
    said = _STEP.match(place)
    title = step_titles(label).get(said["name"], "") if said else ""
    if said is None or not title:
        return place
    return f"{'Request of ' if said['kind'] == 'Request of' else ''}{title}{place[said.end() :]}"


SAMPLE_COLUMNS = (
    Column(
        key="place", label="Where", value=lambda row: place_text(row.example.label, row.place),
        link=lambda row: compare_url(row.example), sub=lambda row: item_name(row.example),
    ),
    Column(key="before", label="Last time", value=lambda row: row.before or "nothing", css="cell-mid"),
    Column(key="after", label="Now", value=lambda row: row.after or "nothing", css="cell-mid"),
    Column(key="items", label="Items", kind=Kind.NUMBER),
)  # fmt: skip
DIFFERENCE_COLUMNS = (
    Column(key="place", label="Where", value=lambda row: place_text(row["label"], row["place"]), css="cell-wide"),
    Column(key="before", label="Last time", value=lambda row: row["before"], kind=Kind.CODE),
    Column(key="after", label="Now", value=lambda row: row["after"], kind=Kind.CODE),
)
EFFECT_COLUMNS = (
    Column(key="step", label="Step", value=lambda row: step_titles(row["label"]).get(row["step"], row["step"])),
    Column(key="operation", label="Effect", value=lambda row: f"{row['system']} {row['operation']}", kind=Kind.CODE),
    Column(
        key="state", label="Standing", value=lambda row: Badge(_EFFECTS[row["state"]], _TONES[row["state"]]),
        kind=Kind.BADGE,
    ),
    Column(key="reference", label="Reference", value=lambda row: row["reference"], kind=Kind.CODE),
)  # fmt: skip


def _label(name: str) -> str:
    title = workflow_title(name)
    return f"{name} {title}" if title != name else name


def tally_rows(tally: dict[str, Any], name: Any = _label) -> list[dict[str, Any]]:
    """Rows of a tally, the most items first."""
    rows = [{"name": name(key), "items": items, "dollars": Decimal(dollars)} for key, (items, dollars) in tally.items()]
    return sorted(rows, key=lambda row: -row["items"])


def class_name(failure_class: str) -> str:
    return class_badge(failure_class).label


TALLY_COLUMNS = (
    Column(key="name", label="Of", value=lambda row: row["name"]),
    Column(key="items", label="Items", value=lambda row: row["items"], kind=Kind.NUMBER),
    Column(key="dollars", label="At stake", value=lambda row: row["dollars"], kind=Kind.MONEY),
)
LEFT_OUT_COLUMNS = (
    Column(key="why", label="Why", value=lambda row: row[0], css="cell-wide"),
    Column(key="items", label="Items", value=lambda row: row[1], kind=Kind.NUMBER),
)


def versions_text(replay: Replay) -> str:
    if replay.source == Source.MESSAGES:
        return "Today's mappings: which ones a message was read with is not kept"
    if replay.versions == Versions.THEIRS:
        return "Runs with the workflow version and mappings they have; messages are left out"
    return "Today's mappings, rules and workflow versions"


def replay_facts(replay: Replay) -> list[Fact]:
    facts = [
        Fact("Chosen", chosen_text(replay)),
        Fact("From", f"Step {replay.from_step}" if replay.from_step else "The start"),
        Fact("With", versions_text(replay)),
        Fact("Rate", f"{replay.rate:,} a second" if replay.rate else "No limit"),
        Fact("Asked by", requester_name(replay), Kind.PERSON),
        Fact("Asked", replay.requested_at, Kind.WHEN),
        Fact("Previewed", replay.previewed_at, Kind.WHEN),
        Fact("Decided by", _decider_name(replay), Kind.PERSON),
        Fact("Decided", replay.decided_at, Kind.WHEN),
        Fact("Decision", replay.decision_reason),
        Fact("Begun", replay.started_at, Kind.WHEN),
        Fact("Ended", replay.finished_at, Kind.WHEN),
        Fact("Facilities", ", ".join(place_name(place) for place in replay.facilities)),
    ]
    return [fact for fact in facts if fact.value not in ("", None)]


def rule_text(rule: ReplayRule) -> str:
    """`More than 500 items of W5, in cases of class Business`."""
    limits = []
    if rule.items_above is not None:
        limits.append(
            f"more than {count_text(rule.items_above, 'item')}" if rule.items_above else "any number of items"
        )
    if rule.dollars_above is not None:
        limits.append(f"more than {money_text(rule.dollars_above)}")
    of = f" of {rule.label}" if rule.label else ""
    where = f", in cases of class {dict(CLASS_CHOICES)[rule.failure_class]}" if rule.failure_class else ""
    text = " and ".join(limits)
    return f"{text[:1].upper()}{text[1:]}{of}{where}"


RULE_COLUMNS = (
    Column(
        key="name", label="Rule", value="name", sub=rule_text, css="cell-wide",
        link=lambda rule: reverse("console:replay-rule", args=[rule.pk]),
    ),
    Column(key="items", label="Items above", value="items_above", kind=Kind.NUMBER),
    Column(key="dollars", label="Dollars above", value="dollars_above", kind=Kind.MONEY),
    Column(key="label", label="Workflow or feed", value="label"),
    Column(key="class", label="Class", value=lambda rule: rule.get_failure_class_display()),
    Column(key="active", label="Active", value="active", kind=Kind.FLAG),
)  # fmt: skip
