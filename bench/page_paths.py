"""What the bench of pages asks for: each page by several addresses, and searches for numbers of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from connectors.sandbox.group import ACQUIRED
from hub.core.clock import machine_now

#: Of each kind of object so many are opened.
MANY = 20
_SHOWN = (200,)
#: One hit leads straight to its page.
_FOUND = (200, 302)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; with `data` it is posted."""

    path: str
    data: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[int, ...] = _SHOWN


def paths(journeys: int) -> dict[str, list[Ask]]:
    """The pages by name. What they are about is seen by both readers, has steps, and is in the tenth too."""
    from django.urls import reverse

    from connectors.models import Message
    from exceptions.models import Case
    from orchestration.models import Run

    numbers = _numbers(journeys)
    found = [journey for _, journey in numbers]
    cases = Case.objects.filter(members__journey_id__in=found).order_by("id").values_list("number", flat=True)
    runs = Run.objects.filter(journey_id__in=found).order_by("id").values_list("pk", flat=True)
    messages = Message.objects.filter(journey_id__in=found).order_by("id").values_list("pk", flat=True)
    return {
        "home": [Ask("/")],
        "queue": _lists("/cases/", "", "?queue=denials", "?state=in_progress"),
        "case": [Ask(reverse("console:case", args=[number])) for number in _some(cases)],
        "runs": _lists("/runs/", "", "?state=parked", "?workflow=W4", "?state=cancelled", "?workflow=W1&state=parked"),
        "run": [Ask(reverse("console:run", args=[pk])) for pk in _some(runs)],
        "messages": _lists(
            "/messages/", "", "?state=held", "?state=rejected&facility=C07", "?q=MSG10K5", f"?until={_a_month_ago()}"
        ),
        "message": [Ask(reverse("console:message", args=[pk])) for pk in _some(messages)],
        "journey": [Ask(reverse("console:journey", args=[pk])) for pk in found],
        "coverage": [Ask("/mappings/coverage/")],
        "search": [Ask("/search/", {"q": text}, _FOUND) for text in _searches(numbers, runs, messages)],
    }


def _a_month_ago() -> str:
    return (machine_now() - timedelta(days=30)).date().isoformat()


def _lists(path: str, *queries: str) -> list[Ask]:
    return [Ask(f"{path}{query}") for query in queries]


def _numbers(journeys: int) -> list[tuple[int, UUID]]:
    """Numbers of journeys and their ids, spread over the whole span."""
    from hub.records.models import Journey

    chosen = [f"A{number}" for number in range(0, journeys, 100)]
    seen = Journey.objects.filter(account_number__in=chosen, facility__in=ACQUIRED).order_by("id")
    rows = [(int(account[1:]), journey) for account, journey in seen.values_list("account_number", "id")]
    return rows[:: max(1, len(rows) // MANY)][:MANY]


def _searches(numbers: Sequence[tuple[int, UUID]], runs: Any, messages: Any) -> list[str]:
    """Every kind of number, of another account each time, so that nothing is found warm."""
    from hub.core.sealing import blind_index
    from hub.records.models import BusinessKey

    (first, patient), *_ = numbers
    BusinessKey.objects.get_or_create(
        kind="patient", value=blind_index("patient:BENCH-1"), defaults={"journey_id": patient}
    )
    written = (
        "A{}", "MSG{}K5", "era_{}_3.835", "W:{}:3", "PL-{}-0", "PCN{}", "msg_{}_1", "E{}", "MSG{}K",
    )  # fmt: skip
    made = [form.format(numbers[place % len(numbers)][0]) for place, form in enumerate(written)]
    return [*made, f"T{first}", "BENCH-1", f"A{first}"[:5], "MSG1", "nobody-has-this", str(runs[0]), str(messages[3])]


def _some(rows: Any) -> list[Any]:
    found = list(rows[: MANY * 40])
    return found[:: max(1, len(found) // MANY)][:MANY]
