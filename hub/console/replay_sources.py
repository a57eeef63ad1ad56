"""What the filters of the lists of runs, messages and cases let by, for a replay that a worker gathers later."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import FilterSet

from connectors.states import MessageState
from exceptions import selectors as cases
from exceptions.replays.selection import register
from exceptions.replays.states import Source
from hub.console.filters.messages import MessageFilter
from hub.console.filters.queue import CaseFilter
from hub.console.filters.runs import RunFilter
from hub.console.selectors import messages, runs
from hub.ui.lists import OWN_PARAMETERS

#: How the choice of a list travels: its query string, without what belongs to the list itself.
QUERY = "query"
#: Moments (ISO 8601) between which messages came, where days are too coarse. What repeats another is left aside.
SINCE, UNTIL = "since", "until"


def chosen_by(query: QueryDict) -> dict[str, str]:
    """The filters of a list page, as a replay keeps them."""
    kept = query.copy()
    for name in OWN_PARAMETERS:
        kept.pop(name, None)
    return {QUERY: kept.urlencode()}


def _matching(filterset: type[FilterSet], rows: QuerySet[Any], user: User, filters: Mapping[str, str]) -> QuerySet[Any]:
    reader = SimpleNamespace(user=user)
    found: QuerySet[Any] = filterset(QueryDict(filters.get(QUERY, "")), queryset=rows, request=reader).qs
    return found


def _runs(user: User, filters: Mapping[str, str]) -> QuerySet[Any]:
    return _matching(RunFilter, runs.runs(user), user, filters)


def _messages(user: User, filters: Mapping[str, str]) -> QuerySet[Any]:
    rows = _matching(MessageFilter, messages.messages(user), user, filters)
    if SINCE in filters:
        rows = rows.filter(received_at__gte=filters[SINCE]).exclude(state=MessageState.DUPLICATE)
    return rows.filter(received_at__lt=filters[UNTIL]) if UNTIL in filters else rows


def _cases(user: User, filters: Mapping[str, str]) -> QuerySet[Any]:
    return _matching(CaseFilter, cases.cases(user), user, filters)


def register_sources() -> None:
    register(Source.RUNS, _runs)
    register(Source.MESSAGES, _messages)
    register(Source.CASES, _cases)
