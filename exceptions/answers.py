"""Ready-made texts that leads keep for comments and resolutions."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from exceptions.keeping import drop, held, keep
from exceptions.models import Answer, Queue
from hub.governance.access import Actor


def answers_for(queue: str) -> QuerySet[Answer]:
    """Those of the queue and those of every one, by name."""
    return Answer.objects.filter(queue__in=("", queue))


@transaction.atomic
def save_answer(
    *,
    actor: Actor,
    name: str,
    text: str,
    queue: Queue | str = "",
    answer_id: int | None = None,
    version: int | None = None,
) -> Answer:
    """A new one, or with `answer_id` that one changed."""
    row = Answer() if answer_id is None else held(Answer, answer_id, version)
    keep(row, actor, {"name": name.strip(), "queue": str(queue), "text": text.strip()})
    return row


@transaction.atomic
def remove_answer(*, answer_id: int, actor: Actor) -> None:
    drop(held(Answer, answer_id, None), actor, ("name", "queue", "text"))
