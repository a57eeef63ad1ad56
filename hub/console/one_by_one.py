"""A bulk action is one service call a row, each its own transaction, and a sentence about the rows left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet

from hub.console.words import count_text
from hub.core.errors import Failure
from hub.ui.bulk import BulkOutcome, refusal_text

Row = TypeVar("Row", bound=Model)

#: More than this at once would keep the person waiting. House default.
MOST = 500
_REASONS_TOLD = 3


def each(rows: QuerySet[Row], act: Callable[[Row], Any], *, noun: str, done: str) -> BulkOutcome:
    """`act` on each of `rows`, the oldest first; what a service refuses is counted by its words."""
    chosen = list(rows.order_by("pk")[: MOST + 1])
    refused: Counter[str] = Counter()
    for row in chosen[:MOST]:
        try:
            act(row)
        except (Failure, ValidationError) as error:
            refused[refusal_text(error)] += 1
        except PermissionDenied as error:
            refused[str(error) or "This is not yours to do there."] += 1
    count = len(chosen[:MOST]) - refused.total()
    skipped = [f"{number:,} left alone: {why}" for why, number in refused.most_common(_REASONS_TOLD)]
    if len(chosen) > MOST:
        skipped.append(f"{MOST:,} at a time: choose again for the rest.")
    return BulkOutcome(f"{count_text(count, noun)} {done}.", tuple(skipped))
