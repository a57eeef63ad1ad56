"""The search box: whatever people have in hand (a number, an id, a code) leads to what it names, in their scope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from connectors.models import Delivery, Message, System
from exceptions import selectors as case_selectors
from exceptions.models import Case
from exceptions.states import CASE_OPEN
from hub.console.selectors import finding
from hub.console.selectors import journeys as journey_selectors
from hub.console.selectors import ledger as ledger_selectors
from hub.console.selectors import messages as message_selectors
from hub.console.selectors import runs as run_selectors
from hub.console.selectors.journeys import SHORTEST_BEGINNING
from hub.console.words import place_name
from hub.core.identifiers import masked_identifier
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.records.models import Event, Remittance
from orchestration.models import Run

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
    """Everything that `text` names, journeys first; nothing outside the reader's scope.

    A number counts whole; where none of a kind has it whole, by its beginning. Who may see no journeys is shown the
    runs and messages of those that it leads to. A patient's number leads nowhere without the permission for journeys.
    """
    text = text.strip()
    if not text:
        return []
    identified = _by_id(who, text)
    if identified:
        return identified
    found = [
        *_cases(who, text),
        *_journeys(who, text),
        *_remittances(who, text),
        *_messages(who, text),
        *(_entries(who, text) or _deliveries(who, text)),
        *_systems(who, text),
    ]
    return found or _cases_that_name(who, text)


def _by_id(who: Who, text: str) -> list[Hit]:
    try:
        key = UUID(text)
    except ValueError:
        return []
    hits = []
    if run := run_selectors.runs(who).filter(pk=key).first():
        hits.append(_run(run))
    if message := message_selectors.messages(who).filter(pk=key).first():
        hits.append(_message(message))
    if journey_selectors.journeys(who).filter(pk=key).exists():
        hits.append(Hit("Journey", f"Journey {text[-8:]}", reverse("console:journey", args=[key]), icon="route"))
    if ledger_selectors.entries(who).filter(pk=key).exists():
        hits.append(Hit("Entry", f"Entry {text[-8:]}", reverse("console:entry", args=[key]), icon="book-open"))
    if case := case_selectors.cases(who).filter(pk=key).first():
        hits.append(_case(case))
    hits += [_delivery(row) for row in finding.deliveries(who).filter(pk=key)]
    event = Event.objects.filter(pk=key).values_list("causation_id", flat=True).first()
    if event:
        hits += [_message(row) for row in message_selectors.messages(who).filter(pk=event)]
    return hits


def _cases(who: Who, text: str) -> list[Hit]:
    number = text.lower().removeprefix("case").strip().removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        return []
    return [_case(case) for case in case_selectors.cases(who).filter(number=int(number))]


def _cases_that_name(who: Who, text: str) -> list[Hit]:
    """Open cases whose title holds it: what is held was recorded nowhere, and its case names its number."""
    if len(text) < SHORTEST_BEGINNING:
        return []
    rows = case_selectors.cases(who).filter(state__in=CASE_OPEN, title__icontains=text)
    return [_case(case) for case in finding.newest(rows, MOST)]


def _case(case: Case) -> Hit:
    return Hit("Case", case.title, reverse("console:case", args=[case.number]), f"{case.number}", "inbox")


def _journeys(who: Who, text: str) -> list[Hit]:
    if not access.may(who, Permission.VIEW_JOURNEYS):
        return _work(who, text)
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


def _work(who: Who, text: str) -> list[Hit]:
    """The runs and messages of the journeys that a number leads to."""
    ids = journey_selectors.ids_of(text, patients=False)
    runs = run_selectors.runs(who).filter(journey_id__in=ids).defer("outputs", "pins")
    messages = message_selectors.messages(who).filter(journey_id__in=ids)
    return [*map(_run, finding.newest(runs, MOST)), *map(_message, finding.newest(messages, MOST))]


def _run(run: Run) -> Hit:
    title = run_selectors.workflow_title(run.workflow)
    note = f"{run.event_type} · {place_name(run.facility)} · {run.get_state_display()}"
    return Hit("Run", title, reverse("console:run", args=[run.pk]), note, "workflow")


def _remittances(who: Who, text: str) -> list[Hit]:
    """By the number of its check or transfer, the file that told of it: also where no claim of ours was found."""
    traces = dict(Remittance.objects.filter(trace_number=text).values_list("message_id", "payer")[:MOST])
    return [
        replace(_message(message), kind="Remittance", note=f"{traces[message.pk]} · {message.feed_code}")
        for message in message_selectors.messages(who).filter(pk__in=traces).order_by("-id")
    ]


def _messages(who: Who, text: str) -> list[Hit]:
    return [_message(message) for message in finding.messages(who, text, most=MOST)]


def _message(message: Message) -> Hit:
    label = message.name or message.control_id or str(message.pk)[-8:]
    note = f"{message.feed_code} · {message.get_state_display()}"
    return Hit("Message", label, reverse("console:message", args=[message.pk]), note, "mail")


def _deliveries(who: Who, text: str) -> list[Hit]:
    """What was sent, by the number the far side gave it or by its posting key: the step that sent it."""
    return [_delivery(row) for row in finding.deliveries_named(who, text, most=MOST)]


def _delivery(row: Delivery) -> Hit:
    note = " · ".join(filter(None, (row.reference, row.get_state_display(), place_name(row.facility))))
    return Hit("Delivery", f"{row.system} {row.operation}", reverse("console:run", args=[row.run_id]), note, "send")


def _entries(who: Who, text: str) -> list[Hit]:
    if not access.may(who, Permission.VIEW_LEDGER):
        return []
    keys = [text, *finding.posting_keys(text, most=MOST)]
    rows = ledger_selectors.entries(who).filter(posting_key__in=keys)
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
