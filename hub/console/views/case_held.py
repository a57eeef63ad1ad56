"""All that a case holds or held, with a retry of some of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from exceptions import regrouping, selectors, services
from exceptions.models import Case, Member
from exceptions.states import MemberState
from hub.console.filters.case import MemberFilter
from hub.console.forms.arrange import SplitForm
from hub.console.guard import Guarded, actor, holds, within_reach
from hub.console.links import case_url
from hub.console.selectors.case import with_journeys
from hub.console.tables.case import MEMBER_COLUMNS
from hub.console.words import count_text
from hub.governance.roles import Permission
from hub.ui.bulk import BulkAction, BulkOutcome
from hub.ui.columns import Column
from hub.ui.details import find_in_scope
from hub.ui.lists import ListView
from hub.ui.pages import Crumb, Empty
from hub.ui.tables import Table

_MOST = 500


def _retry(request: HttpRequest, rows: QuerySet[Member], data: dict[str, Any]) -> BulkOutcome:
    members = list(rows.filter(state=MemberState.HELD).order_by("id").values_list("id", "case_id")[:_MOST])
    if not members:
        return BulkOutcome("None of these is held any more.")
    ids = [member_id for member_id, _ in members]
    count = services.retry_members(case_id=members[0][1], actor=actor(request), member_ids=ids)
    return BulkOutcome(f"{count_text(count, 'item')} tried again.")


def _split(request: HttpRequest, rows: QuerySet[Member], data: dict[str, Any]) -> BulkOutcome:
    chosen = list(rows.filter(state=MemberState.HELD).order_by("id").values_list("id", "case_id")[:_MOST])
    if not chosen:
        return BulkOutcome("None of these is held any more.")
    fresh = regrouping.split(
        case_id=chosen[0][1], member_ids=[member_id for member_id, _ in chosen], actor=actor(request), **data
    )
    return BulkOutcome(f"Case {fresh.number} holds {count_text(fresh.held, 'item')} of it now.")


class CaseHeld(Guarded, ListView):
    needs = Permission.VIEW_CASES
    nav = "cases"
    order = "pk"
    columns = MEMBER_COLUMNS
    filterset_class = MemberFilter
    empty = Empty("Nothing is held", "This case never held anything that you may see.")
    bulk_actions = (
        BulkAction(name="retry", label="Retry", icon="refresh-cw", run=_retry, permitted=holds(Permission.WORK_CASES)),
        BulkAction(
            name="split", label="Split off", icon="split", run=_split, form_class=SplitForm,
            confirm="They get a case of their own, with the same clock.", permitted=holds(Permission.WORK_CASES),
        ),
    )  # fmt: skip

    @property
    def case(self) -> Case:
        if not hasattr(self, "_case"):
            self._case: Any = find_in_scope(selectors.cases(self.who), "number", self.kwargs["number"])
        return self._case  # type: ignore[no-any-return]

    def get_queryset(self) -> QuerySet[Member]:
        return selectors.members(self.who, self.case)

    def build_table(self) -> Table:
        with_journeys(self.page.rows)
        return super().build_table()

    def get_columns(self) -> Sequence[Column]:
        return within_reach(self.columns, self.who)

    def get_title(self) -> str:
        return f"What case {self.case.number} holds"

    def get_lead(self) -> str:
        return self.case.title

    def get_crumbs(self) -> list[Crumb]:
        queue = Crumb("Work queue", reverse("console:queue"))
        return [queue, Crumb(f"Case {self.case.number}", case_url(self.case)), Crumb("Held")]
