"""The search box: whatever people have in hand (a number, an id, a code) leads to what it names, in their scope."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from connectors.models import Message, System
from exceptions import selectors as case_selectors
from exceptions.models import Case
from hub.console.selectors import journeys as journey_selectors
from hub.console.selectors import ledger as ledger_selectors
from hub.console.selectors import messages as message_selectors
from hub.console.selectors import runs as run_selectors
from hub.core.identifiers import masked_identifier
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission

#: Of each kind no more than these are shown; narrower lists are on the kinds' own pages.
MOST = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: where it is, what it is called (masked), and what helps to tell it from others."""

    kind: str
    label: str
    url: str
    note: str = ""
    icon: str = "circle-dot"


def search(who: Who, text: str) -> list[Hit]:
    """Everything that `text` names exactly, journeys first; nothing outside the reader's scope."""
    text = text.strip()
    if not text:
        return []
    identified = _by_id(who, text)
    if identified:
        return identified
    return [
        *_cases(who, text),
        *_journeys(who, text),
        *_messages(who, text),
        *_entries(who, text),
        *_systems(who, text),
    ]


def _by_id(who: Who, text: str) -> list[Hit]:
    try:
        key = UUID(text)
    except ValueError:
        return []
    hits = []
    if run := run_selectors.runs(who).filter(pk=key).first():
        title = run_selectors.workflow_title(run.workflow)
        hits.append(Hit("Run", title, reverse("console:run", args=[key]), run.get_state_display(), "workflow"))
    if message := message_selectors.messages(who).filter(pk=key).first():
        hits.append(_message(message))
    if journey_selectors.journeys(who).filter(pk=key).exists():
        hits.append(Hit("Journey", f"Journey {text[-8:]}", reverse("console:journey", args=[key]), icon="route"))
    if ledger_selectors.entries(who).filter(pk=key).exists():
        hits.append(Hit("Entry", f"Entry {text[-8:]}", reverse("console:entry", args=[key]), icon="book-open"))
    if case := case_selectors.cases(who).filter(pk=key).first():
        hits.append(_case(case))
    return hits


def _cases(who: Who, text: str) -> list[Hit]:
    number = text.lower().removeprefix("case").strip().removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        return []
    return [_case(case) for case in case_selectors.cases(who).filter(number=int(number))]


def _case(case: Case) -> Hit:
    return Hit("Case", case.title, reverse("console:case", args=[case.number]), f"{case.number}", "inbox")


def _journeys(who: Who, text: str) -> list[Hit]:
    if not access.may(who, Permission.VIEW_JOURNEYS):
        return []
    found = journey_selectors.find(who, text)[:MOST]
    standings = journey_selectors.standings(found)
    return [
        Hit(
            "Journey",
            f"Journey {masked_identifier(journey.account_number) or str(journey.pk)[-8:]}",
            reverse("console:journey", args=[journey.pk]),
            " · ".join(
                filter(None, (journey.facility, standings[journey.pk].stage if journey.pk in standings else ""))
            ),
            "route",
        )
        for journey in found
    ]


def _messages(who: Who, text: str) -> list[Hit]:
    files = System.objects.filter(feeds__transport="files").values_list("feeds__code", flat=True)
    named = Q(control_id=text) | Q(name=text, feed_code__in=list(files))
    return [_message(message) for message in message_selectors.messages(who).filter(named).order_by("-id")[:MOST]]


def _message(message: Message) -> Hit:
    label = message.name or message.control_id or str(message.pk)[-8:]
    note = f"{message.feed_code} · {message.get_state_display()}"
    return Hit("Message", label, reverse("console:message", args=[message.pk]), note, "mail")


def _entries(who: Who, text: str) -> list[Hit]:
    rows = ledger_selectors.entries(who).filter(posting_key=text)
    return [
        Hit(
            "Entry",
            entry.description,
            reverse("console:entry", args=[entry.pk]),
            entry.get_state_display(),
            "book-open",
        )
        for entry in rows[:MOST]
    ]


def _systems(who: Who, text: str) -> list[Hit]:
    if not access.may(who, Permission.VIEW_SYSTEMS):
        return []
    rows = System.objects.filter(Q(code__iexact=text) | Q(name__iexact=text) | Q(number__iexact=text))
    return [Hit("System", row.name, reverse("console:system", args=[row.code]), row.number, "network") for row in rows]
