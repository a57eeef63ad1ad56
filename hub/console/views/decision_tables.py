"""Decision tables: their versions, the rows of one, how it differs from the one in force, and its test bench."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from hub.console.forms.case import ReasonForm
from hub.console.forms.decision_tables import ApproveTableForm, ProposeTableForm, row_forms, rows_of
from hub.console.guard import Guarded
from hub.console.links import decision_table_url
from hub.console.selectors import bench
from hub.console.selectors.people import with_names
from hub.console.tables.decision_tables import (
    CHANGE_COLUMNS,
    HIT_COLUMNS,
    MOVED_COLUMNS,
    OUTCOME_COLUMNS,
    ROW_COLUMNS,
    VERSION_COLUMNS,
    WITHOUT_COLUMNS,
    changed_only,
    hit_lines,
    moved_lines,
    outcome_lines,
    table_facts,
    trial_stats,
    without_lines,
)
from hub.core.clock import now, today
from hub.core.errors import Failure
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission
from hub.masterdata import decision_selectors as reads
from hub.masterdata import decision_services as services
from hub.masterdata.decision_rows import differences
from hub.masterdata.models import DecisionTable
from hub.masterdata.ranges import start_of
from hub.masterdata.rule_loading import table_info
from hub.masterdata.states import MappingState
from hub.ui.actions import ActionView
from hub.ui.badges import Badge, badge_for
from hub.ui.bulk import refusal_text
from hub.ui.details import DetailView, Fact, Panel, find_in_scope
from hub.ui.format import when_text
from hub.ui.lists import ListView
from hub.ui.pages import Action, Crumb, Empty, PageView, announce
from hub.ui.tables import build_table


class TableList(Guarded, ListView):
    needs = Permission.VIEW_MAPPINGS
    title = "Decision tables"
    lead = "Who decides what becomes of an amount that a payer took off: the first row that fits, or a person."
    nav = "decision-tables"
    order = "-pk"
    columns = VERSION_COLUMNS
    empty = Empty("No decision table yet", "The first load brings the table of late adjustments.", "table-2")

    def get_queryset(self) -> QuerySet[DecisionTable]:
        return with_names(reads.versions(), "proposed_by", "decided_by")


class TablePage(Guarded, DetailView):
    needs = Permission.VIEW_MAPPINGS
    nav = "decision-tables"
    object: DecisionTable

    def get_queryset(self) -> QuerySet[DecisionTable]:
        return with_names(DecisionTable.objects.prefetch_related("rows"), "proposed_by", "decided_by")

    def get_title(self) -> str:
        return f"{self.object.name}, version {self.object.version}"

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, MappingState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Decision tables", reverse("console:decision-tables")), Crumb(f"Version {self.object.version}")]

    def get_facts(self) -> list[Fact]:
        return table_facts(self.object)

    def get_actions(self) -> list[Action]:
        return table_deeds(self.who, self.object)

    def get_panels(self) -> list[Panel]:
        info = table_info(self.object)
        rows = build_table(ROW_COLUMNS, info.rows)
        empty = Empty("No rows yet", "Everything would go to a person.", "table-2")
        shown = {"table": rows, "table_label": "Rows, tried from the top", "empty": empty}
        panels = [
            Panel("Rows", "ui/_data_table.html", shown, icon="list-ordered", count=len(info.rows), flush=True,
                  note="tried from the top; the first that fits decides"),
        ]  # fmt: skip
        return [*panels, *self._compared(), self._bench()]

    def _compared(self) -> list[Panel]:
        standing = reads.version_in_force(self.object.code, now().date())
        if standing is None or standing.pk == self.object.pk:
            return []
        changed = changed_only(differences(table_info(standing).rows, table_info(self.object).rows))
        context = {
            "table": build_table(CHANGE_COLUMNS, changed),
            "table_label": f"Compared with version {standing.version}",
            "empty": Empty("Nothing differs", f"Its rows are those of version {standing.version}.", "circle-check"),
        }
        title = f"Compared with version {standing.version}, in force"
        return [Panel(title, "ui/_data_table.html", context, icon="file-diff", count=len(changed), flush=True)]

    def _bench(self) -> Panel:
        url = reverse("console:decision-table-bench", args=[self.object.pk])
        return Panel("Test bench", key="bench", icon="test-tube", lazy_url=url, note="on claims that were decided")


class TableBench(Guarded, PageView):
    """What this version would have decided; a fragment of its page."""

    needs = Permission.VIEW_MAPPINGS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = DecisionTable.objects.prefetch_related("rows")
        table: DecisionTable = find_in_scope(rows, "pk", self.kwargs["pk"])  # type: ignore[assignment]
        since, until = bench.last_month(now().date())
        since, until = _day(request, "since", since), _day(request, "until", until)
        standing = reads.version_in_force(table.code, now().date())
        trial = bench.try_out(self.who, table_info(table), table_info(standing) if standing else None, since, until)
        context = {
            "object": table,
            "standing": standing,
            "trial": trial,
            "most": bench.MOST,
            "stats": trial_stats(trial),
            "outcomes": build_table(OUTCOME_COLUMNS, outcome_lines(trial)),
            "hits": build_table(HIT_COLUMNS, hit_lines(trial)),
            "moved": build_table(MOVED_COLUMNS, moved_lines(trial)),
            "without": build_table(WITHOUT_COLUMNS, without_lines(trial)),
        }
        return render(request, "console/decision_tables/_bench.html", context)


def _day(request: HttpRequest, name: str, default: date) -> date:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return default


class EditTable(Guarded, PageView):
    """The rows of a draft, all on one page."""

    needs = Permission.PROPOSE_RULES
    nav = "decision-tables"
    template_name = "console/decision_tables/edit.html"

    @property
    def table(self) -> DecisionTable:
        if not hasattr(self, "_table"):
            self._table: DecisionTable = find_in_scope(DecisionTable.objects.all(), "pk", self.kwargs["pk"])  # type: ignore[assignment]
        return self._table

    def get_title(self) -> str:
        return f"Rows of version {self.table.version}"

    def get_lead(self) -> str:
        return "Empty conditions fit everything. Rows are tried by their place; the amount's sign does not matter."

    def get_crumbs(self) -> list[Crumb]:
        return [
            Crumb("Decision tables", reverse("console:decision-tables")),
            Crumb(f"Version {self.table.version}", decision_table_url(self.table)),
            Crumb("Edit"),
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = [services.row_values(row) for row in self.table.rows.order_by("position")]
        return self.ask(row_forms(initial=rows))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        formset = row_forms(request.POST)
        if not formset.is_valid():
            return self.ask(formset, status=422)
        try:
            services.write_rows(table=self.table, rows=rows_of(formset), actor=self.actor, seen=_seen(request.POST))
        except (Failure, ValidationError) as error:
            return self.ask(formset, status=409, refusal=refusal_text(error))
        url = decision_table_url(self.table)
        return announce(request, HttpResponseRedirect(url), "The rows are written. Try them on the test bench.")

    def ask(self, formset: Any, *, status: int = 200, refusal: str = "") -> HttpResponse:
        seen = _seen(self.request.POST)
        context = self.get_context_data(
            formset=formset,
            refusal=refusal,
            table=self.table,
            of_another=self.table.proposed_by != self.who.get_username(),
            version=reads.revision_of(self.table) if seen is None else seen,
        )
        return self.render_to_response(context, status=status)


def _seen(data: Mapping[str, Any]) -> int | None:
    """Which state of the version the person looked at, as a page gave it along."""
    text = str(data.get("version", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def table_deeds(who: Who, table: DecisionTable) -> list[Action]:
    """What may be done with a version; the services have the last word."""
    may_propose = access.may(who, Permission.PROPOSE_RULES, "")
    may_approve = access.may(who, Permission.APPROVE_RULES, "")
    own = table.proposed_by == getattr(who, "username", "")
    if table.state == MappingState.PROPOSED:
        found = []
        if may_approve or own:
            found.append(_action(table, "Withdraw" if own else "Reject", "reject", "x"))
        if may_propose:
            url = reverse("console:decision-table-edit", args=[table.pk])
            found.append(Action("Edit rows", url, "pencil", dialog=False))
        if may_approve:
            why = "You proposed it; a second person approves it." if own else ""
            found.append(_action(table, "Approve", "approve", "check", primary=True, disabled=why))
        return found
    found = []
    if table.state == MappingState.APPROVED and may_approve:
        found.append(_action(table, "Retire", "retire", "archive", danger=True))
    if may_propose:
        found.append(_action(table, "Propose a change", "propose", "plus", primary=True))
    return found


def _action(
    table: DecisionTable, label: str, deed: str, icon: str, *, primary: bool = False, danger: bool = False,
    disabled: str = "",
) -> Action:  # fmt: skip
    """A dialog shows no rows, so its address says which rows its page showed."""
    url = f"{reverse(f'console:decision-table-{deed}', args=[table.pk])}?version={reads.revision_of(table)}"
    return Action(label, url, icon, primary=primary, danger=danger, disabled=disabled)


class TableAction(Guarded, ActionView):
    """Where the version changed since its page was shown, the dialog says who changed it, and does nothing."""

    needs = Permission.APPROVE_RULES
    nav = "decision-tables"
    object: DecisionTable

    def current_version(self) -> int:
        return reads.revision_of(self.object)

    def seen_version(self) -> int | None:
        asked = _seen(self.request.POST)
        return _seen(self.request.GET) if asked is None else asked

    def ask(self, form: Form | None, *, status: int = 200, refusal: str = "") -> HttpResponse:
        if self.changed_meanwhile():
            refusal = services.changed_since(self.object).message
        return super().ask(form, status=status, refusal=refusal)

    def get_queryset(self) -> QuerySet[DecisionTable]:
        return DecisionTable.objects.all()

    def may_act(self) -> bool:
        return access.may(self.who, self.needs, "")

    def get_success_url(self) -> str:
        return decision_table_url(self.object)


class ProposeTable(TableAction):
    """The next version, with the rows of this one to start from."""

    needs = Permission.PROPOSE_RULES
    title = "Propose a change"
    form_class = ProposeTableForm
    submit_label = "Begin a draft"

    def get_question(self) -> str:
        return f"A new version begins with the rows of version {self.object.version}; it decides nothing yet."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        self.draft = services.propose_table(code=self.object.code, actor=self.actor, copy_of=self.object, **data)
        return f"Version {self.draft.version} is a draft."

    def get_success_url(self) -> str:
        return decision_table_url(getattr(self, "draft", self.object))


class ApproveTable(TableAction):
    title = "Approve"
    form_class = ApproveTableForm

    def get_question(self) -> str:
        return "It decides from its first day on, in place of the version in force. What waits for a rule goes on."

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        approved = services.approve_table(table=self.object, actor=self.actor, seen=version, **data)
        start = start_of(approved.effective)
        return f"Approved. It decides from {when_text(start)} on." if start and start > today() else "Approved."


class RejectTable(TableAction):
    """Whoever proposed it may withdraw it, so the service is asked and not the right to approve."""

    needs = Permission.VIEW_MAPPINGS
    question = "The draft ends; nothing else changes."
    form_class = ReasonForm
    danger = True

    @property
    def own(self) -> bool:
        return self.object.proposed_by == self.who.get_username()

    def get_title(self) -> str:
        return "Withdraw" if self.own else "Reject"

    def may_act(self) -> bool:
        return access.may(self.who, self.needs)

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.reject_table(table=self.object, actor=self.actor, seen=version, **data)
        return "The draft is withdrawn." if self.own else "The draft is rejected."


class RetireTable(TableAction):
    title = "Retire"
    question = "Without another version in its place, people decide about every adjustment from now on."
    form_class = ReasonForm
    danger = True

    def perform(self, data: dict[str, Any], *, version: int | None) -> str:
        services.retire_table(table=self.object, actor=self.actor, seen=version, **data)
        return "Retired."
